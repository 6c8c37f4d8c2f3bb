import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { maxBundleLength, openBundle, parsePublicKey, type VerifiedBundle } from '@selvage/bundle'
import { createKeySource, createVerifier, type KeySource } from '@selvage/identity'
import { SelvageError } from '@selvage/kernel/model'
import type { Config } from '../config.ts'
import type { Keys } from '../keys.ts'
import type { Official } from '../official/index.ts'
import type { Clock, Log } from '../ports.ts'
import { Backoff } from './backoff.ts'
import { fetchText } from './fetch-text.ts'
import { openKeptFreshness } from './freshness.ts'
import type { Generation } from './generation.ts'
import { openHistory } from './history.ts'
import { openKept } from './kept.ts'
import { buildModel, type Model } from './model.ts'
import { openProducts, type Products } from './products.ts'

export interface Sync {
  readonly generation: () => Generation
  readonly rulesOf: (centre: string, domain: string) => Promise<Model | undefined>
  readonly offerDomain: (envelope: string) => Promise<{ version: number; digest: string }>
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
}

/** Milliseconds between looks at whether this gate can decide; while it cannot, each one asks control. */
const lookEvery = 500
/** While it can, control is asked at each so many looks: every ten seconds. */
const looksBetween = 20

/** Milliseconds that a newer bundle of the centre may take, its reading in a child too, until the one before is no longer the rules. */
const swapWithin = 30_000

/** Pulls the centre's bundle and freshness, takes the domain's, verifies both, and swaps generations whole. */
export function openSync(options: Options): Sync {
  const { config, clock, log } = options
  const dir = join(config.stateDir, 'bundles')
  const history = openHistory(join(dir, 'history'), log)
  const common = { dir, mesh: config.mesh, domain: config.domain, now: clock, log, history }
  const signers = { centre: parsePublicKey(config.keys.centre), domain: parsePublicKey(config.keys.domain) }
  const centre = openKept({ ...common, kind: 'centre', key: signers.centre })
  const domain = openKept({ ...common, kind: 'domain', key: signers.domain })
  const freshness = openKeptFreshness({ ...common, key: parsePublicKey(config.keys.freshness) })
  const identityKeys = createKeySource({
    dir: join(config.stateDir, 'issuer-keys'),
    fetch,
    now: clock,
    allowPrivate: config.allowPrivateIssuers,
    log,
  })
  const products = openProducts(options)
  const backoff = new Backoff()
  let held: Generation | undefined
  let timer: NodeJS.Timeout | undefined
  let looks = looksBetween
  let refused = false
  let told = ''
  /** When control first said that it has a newer bundle than the one that is held. */
  let behindSince: number | undefined
  let closed = false
  // One activation at a time, in the order of arrival.
  let queue: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = queue.then(work, work)
    queue = next.catch(() => undefined)
    return next
  }

  async function activate(nextCentre: VerifiedBundle | undefined, nextDomain: VerifiedBundle | undefined): Promise<void> {
    if (nextCentre === undefined || nextDomain === undefined) return
    const isHeld = held?.centre.digest === nextCentre.digest && held.domain.digest === nextDomain.digest
    if (isHeld && !products.unfinished()) return
    held = await buildGeneration({ ...options, identityKeys, products, id: (held?.id ?? 0) + 1 }, nextCentre, nextDomain)
    log('policy.activated', { generation: held.id, centre: nextCentre.version, domain: nextDomain.version, products: held.products.size })
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
      const { bundle, keep } = domain.open(envelope)
      await activate(centre.current(), bundle)
      keep()
      return { version: bundle.version, digest: bundle.digest }
    })
  }

  /** Without control the last good bundle stays in force until freshness is too old. */
  async function pull(): Promise<void> {
    const envelope = await fetchText(`${config.control}/v1/freshness`, 65_536)
    const word = freshness.read(envelope)
    if (centre.current()?.digest === word.digest) {
      behindSince = undefined
      freshness.offer(envelope)
      return
    }
    // The rules before stay in force while the new ones are fetched and made ready, but not for long.
    behindSince ??= performance.now()
    const timer = setTimeout(() => adopt(envelope), behindSince + swapWithin - performance.now())
    try {
      await swapCentre()
      behindSince = undefined
      adopt(envelope)
    } catch (error) {
      // Control went away meanwhile.
      if (!(error instanceof SelvageError)) looks = looksBetween
      throw error
    } finally {
      if (behindSince === undefined) clearTimeout(timer)
    }
  }

  function adopt(envelope: string): void {
    try {
      freshness.offer(envelope)
    } catch (error) {
      log('freshness.refused', { cause: String(error) })
    }
  }

  async function swapCentre(): Promise<void> {
    const { bundle, keep } = centre.open(await fetchText(`${config.control}/v1/bundles/centre`, maxBundleLength * 2))
    await inTurn(async () => {
      await activate(bundle, domain.current())
      keep()
    })
  }

  /** Asks at once while nothing can be decided; not again and again for a bundle that was refused. */
  async function tick(): Promise<void> {
    for (const kept of [centre, domain, freshness]) kept.retry()
    looks = readiness().ready || refused ? looks + 1 : looksBetween
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
    // Control said that a newer version is current, and it could not be activated: the older one is no longer the rules.
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

  const logRefused = (error: unknown): void =>
    log('policy.refused', { cause: String((error instanceof SelvageError && error.options.cause) || error) })
  const start = inTurn(() => activate(centre.current(), domain.current())).catch(logRefused)
  void start.then(tick)

  return {
    generation,
    rulesOf,
    offerDomain,
    readiness,
    describe: () => ({
      centre: summary(centre.current()),
      domain: summary(domain.current()),
      freshness: freshness.current() ?? null,
    }),
    close: async () => {
      closed = true
      clearTimeout(timer)
      await products.close()
      await queue
    },
  }
}

const summary = (bundle: VerifiedBundle | undefined): object | null =>
  bundle === undefined ? null : { version: bundle.version, digest: bundle.digest, issued: bundle.issued, expires: bundle.expires }

interface Building extends Options {
  readonly identityKeys: KeySource
  readonly products: Products
  readonly id: number
}

async function buildGeneration(building: Building, centre: VerifiedBundle, domain: VerifiedBundle): Promise<Generation> {
  const { clock, identityKeys, id } = building
  const { mesh, trust, policies } = await buildModel(building.official, centre, domain)
  const bound = await building.products.make(mesh, trust)
  const { subjectAttributes, roles } = mesh.taxonomy
  return {
    id,
    centre: { version: centre.version, digest: centre.digest, expires: Date.parse(centre.expires) },
    domain: { version: domain.version, digest: domain.digest, expires: Date.parse(domain.expires) },
    mesh,
    trust,
    policies,
    verifier: createVerifier({ issuers: trust.issuers, subjectAttributes, roles, keys: identityKeys, now: clock }),
    ...bound,
    columns: new Map(trust.products.flatMap(product => product.tables.map(table => [table.id, table.columns.map(column => column.name)]))),
  }
}
