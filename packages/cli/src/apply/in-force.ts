import { createPublicKey, type KeyObject } from 'node:crypto'
import { contentDigest, maxBundleLength, openBundle } from '@selvage/bundle'
import { z } from 'zod'
import { CommandError } from '../exit.ts'
import { findProblem, refusal } from '../gate-client.ts'
import type { DevState } from '../state.ts'
import type { Held } from './signed-bundles.ts'

/** What is in force of one signer, wherever it was signed. */
export interface InForce extends Held {
  /** Digest of what it says. */
  readonly content: string
  readonly expires: string
}

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const heldShape = z.looseObject({ version: z.int().min(1), digest, content: digest, expires: z.string() })
const statusShape = z.looseObject({
  centre: heldShape.nullable(),
  domain: heldShape.nullable(),
  active: z.looseObject({ centre: z.number(), domain: z.number(), ms: z.number(), requests: z.number() }).nullable(),
  refused: z.array(z.looseObject({ kind: z.enum(['centre', 'domain']), code: z.string(), version: z.number().optional() })),
})

/** What a gate says of its rules. */
export type GateStatus = z.infer<typeof statusShape>

const patience = 30_000

export async function readStatus(gate: string): Promise<GateStatus> {
  const { text } = await call(`${gate}/v1/bundles`)
  const status = statusShape.safeParse(jsonOf(text))
  if (!status.success) throw new CommandError('unavailable', `${gate} is no gate`)
  return status.data
}

/** Of one signer; undefined: nothing. Whoever has the centre's key asks control; for others it is as the gates have it. */
export async function findInForce(state: DevState, who: string, key: KeyObject | undefined): Promise<InForce | undefined> {
  if (who === 'centre' && key !== undefined) return findCentre(state.control, createPublicKey(key))
  const gate = who === 'centre' ? Object.values(state.gates)[0] : state.gates[who]
  if (gate === undefined)
    throw new CommandError('refused', `no gate runs for ${who}`, {
      help: 'Start the mesh again with `selvage dev`, which makes one for each domain.',
    })
  const status = await readStatus(gate.http)
  return (who === 'centre' ? status.centre : status.domain) ?? undefined
}

/**
 * The centre's rules as the gates hold them, which is what is in force: control hands out also what they refused. Undefined:
 * they hold none.
 */
export async function findAtGates({ gates }: DevState): Promise<InForce | undefined> {
  const held = await Promise.all(
    Object.entries(gates).map(async ([gate, { http }]) => ({ gate, centre: (await readStatus(http)).centre ?? undefined })),
  )
  if (new Set(held.map(({ centre }) => centre?.content)).size <= 1) return held[0]?.centre
  const told = held.map(({ gate, centre }) => `${gate} ${centre === undefined ? 'none' : `version ${centre.version}`}`)
  throw new CommandError('refused', `the gates do not hold the same rules of the centre: ${told.join(', ')}`, {
    help: 'One has refused what another took, or has not taken it yet: `selvage doctor` says which. `selvage plan --against DIR` compares with a tree.',
  })
}

/** Undefined: there is none yet. */
async function findCentre(control: string, publicKey: Parameters<typeof openBundle>[1]): Promise<InForce | undefined> {
  const { text, status } = await call(`${control}/v1/bundles/centre`)
  if (status === 503) return undefined
  const bundle = openBundle(text, publicKey)
  return { ...bundle, content: contentDigest(bundle) }
}

/** Throws what is told of a bundle that is not taken. */
export async function deliver(url: string, envelope: string): Promise<void> {
  const { text, status } = await call(url, { method: 'PUT', body: envelope, headers: { 'content-type': 'application/json' } })
  if (status === 200) return
  const problem = findProblem(text)
  throw problem === undefined ? new CommandError('unavailable', `${url} answers with status ${status}`) : refusal(problem)
}

/** Activating a domain's bundle takes as long as validating and publishing do. */
const deliverWithin = 600_000

async function call(url: string, init: RequestInit = {}): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const signal = AbortSignal.timeout(init.method === 'PUT' ? deliverWithin : patience)
    const response = await fetch(url, { ...init, redirect: 'error', signal })
    return { status: response.status, text: await textOf(response) }
  } catch (cause) {
    throw new CommandError('unavailable', `${new URL(url).origin} cannot be reached`, { help: 'Is `npm start` running?', cause })
  }
}

/** attacker-controlled: whatever listens there, whatever length it says. */
async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > maxBundleLength * 2) throw new Error('longer than a bundle may be')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
