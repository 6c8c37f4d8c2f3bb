import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { CommandError } from './exit.ts'

/** `<state>/dev.json` (DESIGN section 12): what a running `selvage dev` says of itself. */
const shape = z.looseObject({
  mesh: z.string(),
  control: z.string(),
  gates: z.record(z.string(), z.looseObject({ http: z.string(), logs: z.looseObject({ audit: z.string() }) })),
  issuers: z.record(z.string(), z.string()),
  logins: z.array(z.string()),
  verifierKeys: z.array(z.string()),
  tree: z.string(),
  data: z.enum(['sample', 'real']),
})

export type DevState = z.infer<typeof shape>

export const stateDir = (option: string | undefined): string => resolve(option ?? process.env.SELVAGE_STATE ?? '.selvage')

export function readDevState(dir: string): DevState {
  const path = join(dir, 'dev.json')
  if (!existsSync(path))
    throw new CommandError('unavailable', 'no mesh is running here', {
      help: 'Start one with `npm start`, or name its state folder with --state.',
    })
  try {
    return shape.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    throw new CommandError('unavailable', `${path} does not say where the mesh is`, { help: 'Start the mesh again.', cause })
  }
}

/** The gate whose domain a statement or a name speaks of. */
export function gateOf(state: DevState, text: string, named?: string): { readonly domain: string; readonly http: string } {
  const spoken = named ?? Object.keys(state.gates).find(domain => speaksOf(text, domain))
  const domain = spoken ?? Object.keys(state.gates)[0]
  const gate = domain === undefined ? undefined : state.gates[domain]
  if (domain === undefined || gate === undefined)
    throw new CommandError('usage', `there is no gate for ${named ?? 'this'}`, { help: `Gates: ${Object.keys(state.gates).join(', ')}` })
  return { domain, http: gate.http }
}

function speaksOf(text: string, domain: string): boolean {
  const name = domain.replace(/[^\w-]/g, String.raw`\$&`)
  return new RegExp(`(^|[^A-Za-z0-9_."])"?${name}"?\\.`, 'i').test(text)
}
