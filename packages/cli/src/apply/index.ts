import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { contentDigest } from '@selvage/bundle'
import { CommandError } from '../exit.ts'
import { directoryDigest } from '../plan/directory-digest.ts'
import type { Plan } from '../plan/plan-file.ts'
import { meshVariables, soundMesh } from '../sound-mesh.ts'
import type { DevState } from '../state.ts'
import { readTree } from '../tree.ts'
import { awaitOutcome, type Outcome, outcomeAt } from './await-active.ts'
import { deliver, findAtGates, findInForce, type GateStatus, type InForce, readStatus } from './in-force.ts'
import { refuseMoved } from './plan-moved.ts'
import { type Content, contentOf, isEnding, SignedBundles } from './signed-bundles.ts'
import { readSigningKey } from './signing-key.ts'

export interface ApplyOptions {
  readonly state: DevState
  /** Where what was signed is kept. */
  readonly stateDir: string
  /** Holds `centre.pem`, and `DOMAIN.pem` of each domain that is signed here. */
  readonly keys: string
  /** Of this signer only. */
  readonly signer?: string | undefined
  readonly plan?: Plan | undefined
  /** Milliseconds for the gates to take it. */
  readonly waitMs: number
  readonly now: () => number
  readonly say: (text: string) => void
}

export interface Signed {
  readonly who: string
  readonly version: number
  readonly digest: string
  readonly parent?: string
  /** The version whose content it has again. */
  readonly revertOf?: number
}

export interface AtGate {
  readonly gate: string
  readonly centre: number | null
  readonly domain: number | null
  /** `active`; `waiting`: not within the time; else the code with which it was refused. */
  readonly outcome: string
  /** Of the activation. */
  readonly ms?: number
}

export interface Applied {
  readonly signed: readonly Signed[]
  readonly gates: readonly AtGate[]
}

/** One signer: what is in force, and what is to be. */
interface Change {
  readonly who: string
  readonly inForce: InForce | undefined
  readonly content: Content & { readonly digest: string }
  readonly key: KeyObject | undefined
  readonly revertOf?: number
}

/** Signs what a tree says now, and has it taken. */
export async function applyTree(options: ApplyOptions, dir: string): Promise<Applied> {
  const { state } = options
  const tree = readTree(dir)
  const variables = meshVariables(state.issuers, options.stateDir)
  const mesh = soundMesh({ dir, tree, variables }, 'nothing is signed')
  if (mesh.name !== state.mesh) throw new CommandError('refused', `the tree is of the mesh ${mesh.name}, and ${state.mesh} is running`)
  const all = ['centre', ...mesh.domains.map(({ name }) => name)]
  const changes = await Promise.all(
    signersOf(options, all).map(async who => ({ ...(await standing(options, who)), content: contentOf(tree, who, mesh, variables) })),
  )
  const differing = changes.filter(({ inForce, content }) => inForce?.content !== content.digest)
  if (options.plan !== undefined) {
    const atGates = await findAtGates(state)
    const planned = changes.map(({ who, inForce, content }) => ({
      who,
      before: (who === 'centre' ? atGates : inForce)?.content ?? null,
      after: content.digest,
    }))
    refuseMoved(
      { ...options.plan, signers: options.plan.signers.filter(({ who }) => options.signer === undefined || who === options.signer) },
      { directory: directoryDigest(tree), signers: planned.filter(({ before, after }) => before !== after) },
    )
  }
  const now = options.now()
  const ending = changes.filter(({ inForce, key }) => inForce !== undefined && key !== undefined && isEnding(inForce.expires, now))
  const due = changes.filter(one => differing.includes(one) || ending.includes(one))
  return due.length === 0 ? { signed: [], gates: await lackingCentre(options, changes) } : signAll(options, due)
}

/** Signs an old content again, as a new version. */
export async function revert(options: ApplyOptions, version: number): Promise<Applied> {
  const { signer } = options
  if (signer === undefined)
    throw new CommandError('usage', 'whose version is it?', { help: 'Each signer counts versions of its own: name one with --signer.' })
  const [who] = signersOf(options, ['centre', ...Object.keys(options.state.gates)])
  const { inForce, key } = await standing(options, who!)
  const old = key === undefined ? undefined : new SignedBundles(options.stateDir, who!, key).find(version)
  if (key !== undefined && old === undefined)
    throw new CommandError('refused', `version ${version} of ${who} is not kept here`, {
      help: 'Bring the texts of then back from version control, and apply them.',
    })
  const content = { files: old?.files ?? [], variables: old?.variables ?? {}, digest: old === undefined ? '' : contentDigest(old) }
  if (old !== undefined && inForce?.content === content.digest)
    return { signed: [], gates: await lackingCentre(options, [{ who: who!, inForce }]) }
  return signAll(options, [{ who: who!, inForce, key, content, revertOf: version }])
}

/** Nothing is to be signed; gates that do not have what was signed of the centre, as they refused it. */
async function lackingCentre(options: ApplyOptions, standing: readonly Pick<Change, 'who' | 'inForce'>[]): Promise<readonly AtGate[]> {
  const centre = standing.find(({ who }) => who === 'centre')?.inForce
  if (centre === undefined) return []
  const gates = await Promise.all(
    Object.entries(options.state.gates).map(async ([gate, { http }]): Promise<AtGate> => {
      const status = await readStatus(http)
      const outcome = status.centre?.content === centre.content ? 'active' : outcomeAt(status, { kind: 'centre', ...centre })
      return atStatus(gate, status, outcome)
    }),
  )
  return gates.filter(({ outcome }) => outcome !== 'active')
}

function signersOf({ signer }: ApplyOptions, all: readonly string[]): readonly string[] {
  if (signer === undefined) return all
  if (all.includes(signer)) return [signer]
  throw new CommandError('usage', `there is no signer ${signer}`, { help: `Signers: ${all.join(', ')}` })
}

async function standing({ state, keys }: ApplyOptions, who: string): Promise<Pick<Change, 'who' | 'inForce' | 'key'>> {
  const path = join(keys, `${who}.pem`)
  const key = existsSync(path) ? readSigningKey(path) : undefined
  return { who, key, inForce: await findInForce(state, who, key) }
}

async function signAll(options: ApplyOptions, changes: readonly Change[]): Promise<Applied> {
  for (const { who, key } of changes) if (key === undefined) readSigningKey(join(options.keys, `${who}.pem`))
  const until = options.now() + options.waitMs
  const signed: Signed[] = []
  const awaited = new Map<string, { centre?: Signed; domain?: Signed }>()
  // The centre's first: a domain's bundle may speak of what it says anew.
  for (const change of changes) {
    const { bundle, envelope } = sign(options, change)
    const told: Signed = {
      who: change.who,
      version: bundle.version,
      digest: bundle.digest,
      ...(bundle.parent === undefined ? {} : { parent: bundle.parent }),
      ...(change.revertOf === undefined ? {} : { revertOf: change.revertOf }),
    }
    signed.push(told)
    options.say(
      `signed    ${told.who} version ${told.version}${change.revertOf === undefined ? '' : `, which says what version ${change.revertOf} said`}`,
    )
    await handOver(options, told, envelope, until)
    const gates = told.who === 'centre' ? Object.keys(options.state.gates) : [told.who]
    for (const gate of gates) awaited.set(gate, { ...awaited.get(gate), [told.who === 'centre' ? 'centre' : 'domain']: told })
  }
  const gates = await Promise.all([...awaited].map(([gate, expected]) => atGate(options, gate, expected, until)))
  return { signed, gates }
}

function sign({ state, stateDir, now }: ApplyOptions, { who, key, content, inForce }: Change): ReturnType<SignedBundles['sign']> {
  return new SignedBundles(stateDir, who, key!).sign(content, { mesh: state.mesh, now: now(), held: inForce })
}

async function handOver({ state, now }: ApplyOptions, signed: Signed, envelope: string, until: number): Promise<void> {
  if (signed.who !== 'centre') return deliver(`${state.gates[signed.who]!.http}/v1/bundles/domain`, envelope)
  await deliver(`${state.control}/v1/bundles/centre`, envelope)
  // Until the gates have it, or have refused it: what a domain says may hang on it.
  const awaited = { kind: 'centre', version: signed.version, digest: signed.digest } as const
  await Promise.all(Object.values(state.gates).map(({ http }) => awaitOutcome(() => readStatus(http), awaited, { until, now })))
}

async function atGate(
  { state, now }: ApplyOptions,
  gate: string,
  expected: { readonly centre?: Signed; readonly domain?: Signed },
  until: number,
): Promise<AtGate> {
  let outcome: Outcome = 'active'
  let status: GateStatus | undefined
  for (const kind of ['centre', 'domain'] as const) {
    const signed = expected[kind]
    if (signed === undefined) continue
    // A gate that refused the centre's for what its domain said tries again by itself.
    const tried = kind === 'centre' && expected.domain !== undefined ? ['policy.invalid'] : []
    const found = await awaitOutcome(() => readStatus(state.gates[gate]!.http), { kind, ...signed }, { until, now, again: tried })
    if (outcome === 'active') outcome = found.outcome
    status = found.status ?? status
  }
  return { ...atStatus(gate, status, outcome), ...(outcome === 'active' && status?.active != null ? { ms: status.active.ms } : {}) }
}

const atStatus = (gate: string, status: GateStatus | undefined, outcome: Outcome): AtGate => ({
  gate,
  centre: status?.active?.centre ?? null,
  domain: status?.active?.domain ?? null,
  outcome: typeof outcome === 'object' ? outcome.refused : outcome,
})
