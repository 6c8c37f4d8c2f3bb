import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { CommandError } from '../exit.ts'
import { colour, print, printJson } from '../output.ts'
import { readDevState, stateDir } from '../state.ts'
import { formatTable } from '../table.ts'
import { plain, plainJson } from '../text.ts'

interface Probe {
  readonly what: string
  readonly address: string
  readonly ok: boolean
  readonly detail: string
}

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('the effective configuration, and a probe of each binding')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage doctor')
    .action(async (options: { state?: string; json?: boolean }) => {
      const state = readDevState(stateDir(options.state))
      const targets = [
        ...Object.entries(state.issuers).map(([alias, url]) => [`issuer ${alias}`, `${url}/.well-known/openid-configuration`] as const),
        ['control', `${state.control}/readyz`] as const,
        ...Object.entries(state.gates).map(([domain, gate]) => [`gate ${domain}`, `${gate.http}/readyz`] as const),
      ]
      const probes = await Promise.all(targets.map(([what, address]) => probe(what, address)))
      const bundles = await Promise.all(
        Object.entries(state.gates).map(async ([domain, gate]) => [domain, await fetchJson(`${gate.http}/v1/bundles`)] as const),
      )
      const configuration = readConfigurations(stateDir(options.state))
      if (options.json === true) printJson({ state, configuration, probes, bundles: Object.fromEntries(bundles) })
      else {
        print(
          formatTable(
            ['what', 'address', 'state', 'detail'],
            probes.map(({ what, address, ok, detail }) => [what, address, ok ? 'ok' : 'FAILS', detail]),
          ),
        )
        for (const [part, config] of Object.entries(configuration))
          print(`${colour.bold(part)} is configured with\n${plainJson(JSON.stringify(config, null, 2))}`)
        for (const [domain, held] of bundles) print(`${colour.bold(domain)} holds\n${plainJson(JSON.stringify(held, null, 2))}`)
      }
      if (probes.some(({ ok }) => !ok)) throw new CommandError('unavailable', 'not everything answers', { json: 'printed' })
    })
}

/** What each part was started with. Keys in it are public; secrets lie in key files of their own. */
function readConfigurations(state: string): Readonly<Record<string, unknown>> {
  const dir = join(state, 'config')
  if (!existsSync(dir)) return {}
  const names = readdirSync(dir).filter(name => name.endsWith('.json'))
  return Object.fromEntries(names.sort().map(name => [name.slice(0, -5), JSON.parse(readFileSync(join(dir, name), 'utf8')) as unknown]))
}

async function probe(what: string, address: string): Promise<Probe> {
  const started = performance.now()
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(5_000) })
    const text = await response.text()
    const ms = Math.round(performance.now() - started)
    return { what, address, ok: response.ok, detail: response.ok ? `${ms} ms${degradedIn(text)}` : plain(text.slice(0, 200)) }
  } catch (error) {
    return { what, address, ok: false, detail: error instanceof Error ? error.message : 'failed' }
  }
}

/** What a part that answers does not know at this moment. */
function degradedIn(text: string): string {
  const [, words] = /"degraded":\[("[a-z-]+"(?:,"[a-z-]+")*)\]/.exec(text) ?? []
  return words === undefined ? '' : `; ${words.replaceAll('"', '').replaceAll(',', ', ')}`
}

async function fetchJson(url: string): Promise<unknown> {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).json()
  } catch {
    return null
  }
}
