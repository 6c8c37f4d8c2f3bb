import type { Command } from 'commander'
import { z } from 'zod'
import { CommandError } from '../exit.ts'
import { callGate } from '../gate-client.ts'
import { asWhoever } from '../login/asking.ts'
import { colour, note, noteColour, print, printJson } from '../output.ts'
import { gateOf, readDevState, stateDir } from '../state.ts'
import { formatTable } from '../table.ts'
import { plain } from '../text.ts'

interface Options {
  readonly as?: string
  readonly for?: string
  readonly gate?: string
  readonly state?: string
  readonly json?: boolean
}

const texts = z.array(z.string())
const attribute = z.looseObject({ name: z.string(), value: z.json(), source: z.string(), observed: z.string(), expires: z.string() })

const shape = z.looseObject({
  subject: z.looseObject({ id: z.string(), kind: z.string(), roles: texts, groups: texts, attributes: z.array(attribute) }),
  actors: z.array(z.looseObject({ id: z.string() })),
  issuer: z.string(),
  client: z.string().optional(),
  observed: z.string(),
  expires: z.string(),
  proof: z.string(),
  device: z.looseObject({ method: z.string(), source: z.string().optional(), observed: z.string() }).optional(),
  degraded: texts,
  purposes: texts,
  session: z.looseObject({ purpose: z.string(), reason: z.string().optional(), expires: z.string() }).optional(),
})

type Known = z.infer<typeof shape>

export function whoamiCommand(program: Command): void {
  program
    .command('whoami')
    .description('what each gate knows of you, from where and how old')
    .option('--as <login[@issuer]>', 'a demo login; left out: who is logged in, else analyst')
    .option('--for <login>', 'as an agent, for this person')
    .option('--gate <domain>', 'of one gate only')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage whoami --gate health')
    .action(async (options: Options) => {
      const dir = stateDir(options.state)
      const state = readDevState(dir)
      const domains = options.gate === undefined ? Object.keys(state.gates) : [options.gate]
      const told: Record<string, Known | object> = {}
      let refused: CommandError | undefined
      for (const domain of domains) {
        const { http } = gateOf(state, '', domain)
        try {
          const known = await asWhoever(dir, options, { domain, http }, 'analyst', ({ caller, session }) => {
            const asked = session === undefined ? ({ method: 'GET' } as const) : { body: { session } }
            return callGate({ gate: http, path: '/v1/whoami', caller, ...asked }, shape)
          })
          told[domain] = known
          if (options.json !== true) tell(domain, known)
        } catch (error) {
          if (!(error instanceof CommandError) || domains.length === 1) throw error
          refused ??= error
          told[domain] = { error: error.json }
          if (options.json !== true) note(`${noteColour.red(`${domain}:`)} ${plain(error.message)}`)
        }
      }
      if (Object.values(told).every(known => 'error' in known) && refused !== undefined) throw refused
      if (options.json === true) printJson(told)
    })
}

function tell(domain: string, known: Known): void {
  const { subject, actors, client, session } = known
  const by = actors.map(({ id }) => ` by ${id}`).join('')
  print(
    `${colour.bold(plain(`${domain}: ${subject.id}${by}`))} ${colour.dim(plain(`(${subject.kind}, ${client ?? 'no client named'}, proof ${known.proof})`))}`,
  )
  const rows = [
    ['roles', list(subject.roles), known.issuer, known.observed, known.expires],
    ['groups', list(subject.groups), known.issuer, known.observed, known.expires],
    ...subject.attributes.map(({ name, value, source, observed, expires }) => [name, textOf(value), source, observed, expires]),
    ...deviceRow(known),
    ...(session === undefined
      ? []
      : [['session', `${session.purpose}${session.reason === undefined ? '' : `: ${session.reason}`}`, 'you', '', session.expires]]),
    ['purposes', list(known.purposes), 'the rules', '', ''],
    ...(known.degraded.length === 0 ? [] : [['degraded', list(known.degraded), '', '', '']]),
  ]
  print(formatTable(['what', 'value', 'from', 'observed', 'until'], rows))
}

function deviceRow({ device }: Known): string[][] {
  if (device === undefined) return [['device', 'unknown', '', '', '']]
  const { method, source, observed, ...signals } = device
  const told = Object.entries(signals).map(([name, value]) => (value === true ? name : `${name}: ${textOf(value)}`))
  return [['device', [method, told.join(', ')].join(': '), source ?? '', observed, '']]
}

const list = (names: readonly string[]): string => (names.length === 0 ? '–' : names.join(', '))
const textOf = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))
