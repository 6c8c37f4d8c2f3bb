import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { contentDigest, type Freshness, maxBundleLength, openBundle, parsePublicKey, type VerifiedBundle } from '@selvage/bundle'
import { createVerifier, DeviceTrust, type KeySource } from '@selvage/identity'
import { SelvageError } from '@selvage/kernel/model'
import type { CompiledPolicies } from '@selvage/kernel/policy'
import type { Config } from '../config.ts'
import type { Keys } from '../keys.ts'
import type { Official } from '../official/index.ts'
import { onceFor } from '../once-for.ts'
import type { Clock, Log } from '../ports.ts'
import { Backoff } from './backoff.ts'
import { fetchText } from './fetch-text.ts'
import { openKeptFreshness } from './freshness.ts'
import type { Generation } from './generation.ts'
import { openHistory } from './history.ts'
import { openKept } from './kept.ts'
import { buildModel, type Model } from './model.ts'
import { openProducts, type Products } from './products.ts'
import { Refusals } from './refusals.ts'
import { replayActivation } from './replay-activation.ts'

export interface Sync {
  readonly generation: () => Generation
  readonly rulesOf: (centre: string, domain: string) => Promise<Model | undefined>
  readonly offerDomain: (envelope: string) => Promise<{ version: number; digest: string }>
  /** How many issuers have stale keys, or none. */
  readonly staleIssuers: () => number
  readonly readiness: () => { readonly ready: boolean; readonly why?: string }
  /** Told to anybody: versions and digests, and no name of a product. */
  readonly describe: () => object
  readonly close: () => Promise<void>
}

interface Options {
  readonly config: Config
  readonly clock: Clock
  readonly log: Log
  readonly keys: Keys
  readonly official: Official
  readonly issuerKeys: KeySource
}

interface Spurned {
  readonly digest: string
  readonly error: SelvageError
  readonly again: Backoff
  /** It was not refused: it could not be kept. */
  readonly isUnkept: boolean
}

/** Milliseconds between looks at whether this gate can decide; while it cannot, each one asks control. */
const lookEvery = 500
/** Milliseconds that a newer bundle of the centre may take, its reading in a child too, until the one before is no longer the rules. */
const swapWithin = 30_000

/** Pulls the centre's bundle and freshness, takes the domain's, verifies both, and swaps generations whole. */
export function openSync(options: Options): Sync {
  const { config, clock, log, issuerKeys } = options
  const dir = join(config.stateDir, 'bundles')
  const history = openHistory(join(dir, 'history'), log)
  const common = { dir, mesh: config.mesh, domain: config.domain, now: clock, log, history }
  const signers = { centre: parsePublicKey(config.keys.centre), domain: parsePublicKey(config.keys.domain) }
  const centre = openKept({ ...common, kind: 'centre', key: signers.centre })
  const domain = openKept({ ...common, kind: 'domain', key: signers.domain })
  const freshness = openKeptFreshness({ ...common, key: parsePublicKey(config.keys.freshness) })
  const products = openProducts(options)
  const backoff = new Backoff()
  const refusals = new Refusals(clock)
  const looksBetween = Math.ceil(config.controlEveryMs / lookEvery)
  let held: Generation | undefined
  /** What is held keeps its files, however many newer ones are published with rules that are not taken. */
  let unpin = (): void => undefined
  let timer: NodeJS.Timeout | undefined
  let looks = looksBetween
  let refused = false
  let told = ''
  /** When control first said that it has a newer bundle than the one that is held; by no clock that can be set. */
  let behindSince: number | undefined
  /** The newer bundle of the centre that was not taken, and when it is tried again: its domain may have changed, or there may be room. */
  let spurned: Spurned | undefined
  let closed = false
  // One activation at a time, in the order of arrival.
  let queue: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = queue.then(work, work)
    queue = next.catch(() => undefined)
    return next
  }

  /** @param keep comes before they are in force: of what could not be kept, `finish` would have the one before again */
  async function activate(
    nextCentre: VerifiedBundle | undefined,
    nextDomain: VerifiedBundle | undefined,
    keep?: () => void,
  ): Promise<void> {
    if (nextCentre === undefined || nextDomain === undefined) return keep?.()
    const isHeld = held?.centre.digest === nextCentre.digest && held.domain.digest === nextDomain.digest
    if (isHeld && !products.unfinished()) return keep?.()
    const next = await buildGeneration({ ...options, products, id: (held?.id ?? 0) + 1, before: held?.policies }, nextCentre, nextDomain)
    keep?.()
    unpin()
    unpin = next.pin()
    held = next
    refusals.clear('domain', nextDomain.version)
    log('policy.activated', {
      generation: held.id,
      centre: nextCentre.version,
      domain: nextDomain.version,
      products: held.products.size,
      ...held.activation,
    })
  }

  async function rulesOf(centreDigest: string, domainDigest: string): Promise<Model | undefined> {
    if (held?.centre.digest.startsWith(centreDigest) === true && held.domain.digest.startsWith(domainDigest)) return held
    const [then, own] = [findPast(centreDigest, signers.centre), findPast(domainDigest, signers.domain)]
    return then === undefined || own === undefined ? undefined : buildModel(options.official, then, own)
  }

  /** What lies on the disk is verified like what comes from the wire, and is what was asked for or nothing. */
  function findPast(digest: string, key: KeyObject): VerifiedBundle | undefined {
    const text = history.find(digest)
    const bundle = text === undefined ? undefined : openBundle(text, key)
    return bundle?.digest.startsWith(digest) === true ? bundle : undefined
  }

  async function offerDomain(envelope: string): Promise<{ version: number; digest: string }> {
    return inTurn(async () => {
      let version: number | undefined
      try {
        const { bundle, keep } = domain.open(envelope)
        version = bundle.version
        await activate(centre.current(), bundle, keep)
        refusals.clear('domain')
        // It may fit now.
        if (spurned !== undefined) looks = looksBetween
        spurned = undefined
        return { version, digest: bundle.digest }
      } catch (error) {
        throw refusals.add('domain', error, version)
      }
    })
  }

  /**
   * Without control, or where the bundle that it hands out is refused, the last good one stays in force until the last word that
   * it is current is too old (ADR 9).
   */
  async function pull(): Promise<void> {
    const envelope = await fetchText(`${config.control}/v1/freshness`, 65_536)
    const word = freshness.read(envelope)
    if (!isOf(word, centre.current())) await swapCentre(word)
    behindSince = undefined
    freshness.offer(envelope)
  }

  /** The rules before stay in force while the new ones are fetched and made ready, but not for long. */
  async function swapCentre(word: Freshness): Promise<void> {
    const { version, digest } = word
    if (spurned?.digest === digest && !spurned.again.isDue()) throw spurned.error
    if (spurned?.digest !== digest) behindSince ??= performance.now()
    let isUnkept = false
    try {
      const { bundle, keep } = centre.open(await fetchText(`${config.control}/v1/bundles/centre`, maxBundleLength * 2))
      // A word of no bundle that was had is never kept: its version would be a floor that no bundle might ever reach.
      if (!isOf(word, bundle)) throw new SelvageError('policy.invalid', { cause: 'control’s word is of another bundle than it hands out' })
      const tryKeep = (): void => {
        isUnkept = true
        keep()
        isUnkept = false
      }
      await inTurn(() => activate(bundle, domain.current(), tryKeep))
      spurned = undefined
      refusals.clear('centre')
    } catch (error) {
      if (error instanceof SelvageError || isUnkept) spurn(digest, refusals.add('centre', error, version), isUnkept)
      else {
        // Control went away meanwhile: what the rules are now is not known.
        looks = looksBetween
        // A try that came to nothing is one, too: else none would be due any more.
        if (spurned?.digest === digest) spurned.again.failed()
      }
      throw error
    }
  }

  /** Good rules that the disk does not take are the rules nonetheless: the gate stays behind. */
  function spurn(digest: string, error: SelvageError, isUnkept: boolean): void {
    behindSince = isUnkept ? (behindSince ?? performance.now()) : undefined
    const again = spurned?.digest === digest ? spurned.again : new Backoff()
    again.failed()
    spurned = { digest, error, again, isUnkept }
  }

  /** Asks at once while nothing can be decided, or the disk keeps the rules from it; not again and again for a bundle that was refused. */
  async function tick(): Promise<void> {
    for (const kept of [centre, domain, freshness]) kept.retry()
    const isKeptBack = spurned?.isUnkept === true && behindSince !== undefined
    looks = !isKeptBack && (readiness().ready || refused) ? looks + 1 : looksBetween
    if (looks >= looksBetween) {
      looks = 0
      await pull().then(() => notePull(), notePull)
    }
    finish()
    if (!closed) timer = setTimeout(() => void tick(), lookEvery)
  }

  function notePull(error?: unknown): void {
    const code = error instanceof SelvageError ? error.code : 'fetch'
    const cause = String(error instanceof SelvageError ? error.options.cause : error)
    refused = error instanceof SelvageError && code !== 'policy.stale'
    const failure = error === undefined ? '' : `${code} ${cause}`
    if (failure !== '' && failure !== told) log('control.unreachable', { code, cause })
    told = failure
  }

  /** What a disk or a child refused is tried again, ever more seldom, until it is done. */
  function finish(): void {
    const isHeld = held?.centre.digest === centre.current()?.digest && held?.domain.digest === domain.current()?.digest
    const isDone = isHeld && !products.unfinished()
    if (isDone) backoff.done()
    if (isDone || closed || !backoff.isDue()) return
    void inTurn(() => activate(centre.current(), domain.current()))
      .catch(logRefused)
      .finally(() => backoff.failed())
  }

  function generation(): Generation {
    if (held === undefined) throw new SelvageError('policy.missing')
    const word = freshness.current()
    if (held.centre.expires <= clock() || held.domain.expires <= clock()) throw new SelvageError('policy.expired')
    if (freshness.age() > config.maxFreshnessAge * 1_000) throw new SelvageError('policy.stale')
    // Control says that a newer version is current, and it cannot be had.
    if (behindSince !== undefined && performance.now() - behindSince > swapWithin)
      throw new SelvageError('policy.stale', { cause: 'a newer bundle is current, and does not come' })
    if (word?.digest !== held.centre.digest) throw new SelvageError('policy.stale', { cause: 'a newer bundle is current' })
    return held
  }

  function readiness(): { ready: boolean; why?: string } {
    try {
      generation()
      return { ready: true }
    } catch (error) {
      return { ready: false, why: error instanceof SelvageError ? error.code : 'internal.fault' }
    }
  }

  /** Of what is kept: it was taken once, and cannot be now. */
  const logRefused = (error: unknown): void => {
    refusals.add('domain', error, domain.current()?.version)
    log('policy.refused', { cause: String((error instanceof SelvageError && error.options.cause) || error) })
  }
  const start = inTurn(() => activate(centre.current(), domain.current())).catch(logRefused)
  void start.then(tick)

  return {
    generation,
    rulesOf,
    staleIssuers: () => issuerKeys.stale().length,
    offerDomain,
    readiness,
    describe: () => ({
      centre: summary(centre.current()),
      domain: summary(domain.current()),
      freshness: freshness.current() ?? null,
      active:
        held === undefined ? null : { generation: held.id, centre: held.centre.version, domain: held.domain.version, ...held.activation },
      refused: refusals.list(),
    }),
    close: async () => {
      closed = true
      clearTimeout(timer)
      await products.close()
      await queue
    },
  }
}

const isOf = (word: Freshness, bundle: VerifiedBundle | undefined): boolean =>
  bundle?.digest === word.digest && bundle.version === word.version

const contentOf = onceFor(contentDigest)
const summary = (bundle: VerifiedBundle | undefined): object | null =>
  bundle === undefined
    ? null
    : {
        version: bundle.version,
        digest: bundle.digest,
        content: contentOf(bundle),
        issued: bundle.issued,
        expires: bundle.expires,
      }

interface Building extends Options {
  readonly products: Products
  readonly id: number
  /** The rules in force. */
  readonly before: CompiledPolicies | undefined
}

async function buildGeneration(building: Building, centre: VerifiedBundle, domain: VerifiedBundle): Promise<Generation> {
  const { clock, issuerKeys, id, before } = building
  const started = performance.now()
  const { model, tried } = await building.official.trial(async engine => {
    const built = await buildModel(engine, centre, domain)
    const readMs = Math.round(performance.now() - started)
    return { model: built, tried: { readMs, ...(await replayActivation(engine, built.policies, centre.digest + domain.digest, before)) } }
  })
  const { mesh, trust, policies } = model
  const devices = deviceTrust(trust)
  const triedMs = Math.round(performance.now() - started)
  const bound = await building.products.make(mesh, trust)
  const { subjectAttributes, roles, groups } = mesh.taxonomy
  const activation = { ...tried, triedMs, ms: Math.round(performance.now() - started) }
  return {
    id,
    activation,
    centre: { version: centre.version, digest: centre.digest, expires: Date.parse(centre.expires) },
    domain: { version: domain.version, digest: domain.digest, expires: Date.parse(domain.expires) },
    mesh,
    trust,
    policies,
    devices,
    verifier: createVerifier({ issuers: trust.issuers, subjectAttributes, roles, groups, keys: issuerKeys, now: clock }),
    ...bound,
    columns: new Map(trust.products.flatMap(product => product.tables.map(table => [table.id, table.columns.map(column => column.name)]))),
  }
}

/** Throws `policy.invalid` where what it says of a source can be no key. */
function deviceTrust({ devices }: Pick<Generation['trust'], 'devices'>): DeviceTrust {
  try {
    return new DeviceTrust(devices)
  } catch (cause) {
    throw new SelvageError('policy.invalid', { detail: 'A key or certificate under `devices` of domain.yaml can be none.', cause })
  }
}
