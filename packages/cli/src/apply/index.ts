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
import { awaitOutcome, type Outcome } from './await-active.ts'
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

/** One signer: what there is of theirs, and what is to be. */
interface Change {
  readonly who: string
  /** Of the centre what control hands out, which gates may have refused. */
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
  const planned = options.plan === undefined ? all : await unmoved(options, options.plan, changes, directoryDigest(tree))
  const isNew = ({ inForce, content }: Change): boolean => inForce?.content !== content.digest
  const now = options.now()
  const isDue = ({ inForce, key }: Change): boolean => inForce !== undefined && key !== undefined && isEnding(inForce.expires, now)
  return signAll(
    options,
    // Of who is not planned nothing but what is in force is signed, for longer.
    changes.filter(one => (isNew(one) ? planned.includes(one.who) : isDue(one))),
    changes,
  )
}

/** Whom the plan signs for. Throws where anything is another than it was. */
async function unmoved(options: ApplyOptions, plan: Plan, changes: readonly Change[], directory: string): Promise<readonly string[]> {
  const signers: Plan['signers'] = await Promise.all(
    changes.map(async ({ who, inForce, content: { digest: after } }) => {
      if (who !== 'centre') return { who, before: inForce?.content ?? null, after }
      return { who, before: (await findAtGates(options.state))?.content ?? null, after, handedOut: inForce?.content ?? null }
    }),
  )
  const own = plan.signers.filter(({ who }) => options.signer === undefined || who === options.signer)
  refuseMoved({ ...plan, signers: own }, { directory, signers: signers.filter(({ before, after }) => before !== after) })
  return own.map(({ who }) => who)
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
  const change: Change = { who: who!, inForce, key, content, revertOf: version }
  return signAll(options, old !== undefined && inForce?.content === content.digest ? [] : [change], [change])
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

/** @param all of whom it is told how the gates stand to them, whether or not anything is signed */
async function signAll(options: ApplyOptions, changes: readonly Change[], all: readonly Change[]): Promise<Applied> {
  for (const { who, key } of changes) if (key === undefined) readSigningKey(join(options.keys, `${who}.pem`))
  const until = options.now() + options.waitMs
  const signed: Signed[] = []
  const awaited = new Map<string, Expected>()
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
  const signedFor = new Set(awaited.keys())
  const centre = changes.some(({ who }) => who === 'centre') ? undefined : all.find(({ who }) => who === 'centre')?.inForce
  // Signed before, and perhaps refused.
  if (centre !== undefined) for (const gate of Object.keys(options.state.gates)) awaited.set(gate, { ...awaited.get(gate), centre })
  const gates = await Promise.all([...awaited].map(([gate, expected]) => atGate(options, gate, expected, until)))
  return { signed, gates: gates.filter(({ gate, outcome }) => outcome !== 'active' || signedFor.has(gate)) }
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

interface Expected {
  readonly centre?: Version
  readonly domain?: Version
}
type Version = Pick<Signed, 'version' | 'digest'>

async function atGate({ state, now }: ApplyOptions, gate: string, expected: Expected, until: number): Promise<AtGate> {
  let outcome: Outcome = 'active'
  let status: GateStatus | undefined
  for (const kind of ['centre', 'domain'] as const) {
    const signed = expected[kind]
    if (signed === undefined) continue
    // A gate that refused the centre's for what its domain said tries again by itself.
    const tried = kind === 'centre' && expected.domain !== undefined ? ['policy.invalid'] : []
    const found = await awaitOutcome(
      () => readStatus(state.gates[gate]!.http),
      { kind, version: signed.version, digest: signed.digest },
      { until, now, again: tried },
    )
    if (outcome === 'active') outcome = found.outcome
    status = found.status ?? status
  }
  return {
    gate,
    centre: status?.active?.centre ?? null,
    domain: status?.active?.domain ?? null,
    outcome: typeof outcome === 'object' ? outcome.refused : outcome,
    ...(outcome === 'active' && status?.active != null ? { ms: status.active.ms } : {}),
  }
}
