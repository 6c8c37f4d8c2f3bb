import type { KeyObject } from 'node:crypto'
import type { Issuer, PinnedKey } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import type { Egress } from './address.ts'
import { FetchBudget } from './fetch-budget.ts'
import { deadline, fetchKeySet, fetchKeySetAddress } from './key-fetch.ts'
import { type KeptKeys, keepKeys, readKeptKeys } from './key-file.ts'
import { KeySet, parseKeySet } from './key-set.ts'

export type Log = (event: string, attributes?: Readonly<Record<string, unknown>>) => void

export interface KeySourceOptions extends Egress {
  /** A folder for the keys that were fetched: they survive restarts, and the issuer being down. */
  readonly dir: string
  readonly fetch: typeof fetch
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Log
}

export interface IssuerKey {
  readonly key: KeyObject
  /** The issuer could not be asked of late whether it still uses it. */
  readonly stale: boolean
}

type KeyOwner = Pick<Issuer, 'alias' | 'issuer' | 'keys'>

export interface KeySource {
  /**
   * The one key of this id and algorithm. Throws `identity.signature` where the issuer has none, and
   * `identity.keys` where nobody can tell, since the issuer cannot be asked. An issuer whose keys are pinned is never asked.
   */
  getKey(issuer: KeyOwner, kid: string, alg: string): Promise<IssuerKey>
  /**
   * Asks those of these issuers that tokens came from, where their keys are due and they may be asked. Without it a key that was
   * withdrawn goes on for those who ask nothing, and whose rows are on their way. Never rejects.
   */
  keepFresh(issuers: readonly KeyOwner[]): Promise<void>
  /** Grows whenever keys of some issuer change, or get stale: what was verified before is to be verified anew. */
  epoch(): number
  /** Aliases of issuers whose keys are stale, or that have none: an alarm for the operator. */
  stale(): readonly string[]
}

/** Milliseconds. Older keys are used only while the issuer cannot be asked … */
const freshFor = 10 * 60_000
/** … and not for longer than this. */
const staleFor = 24 * 3_600_000

/** What is known of one issuer. Owned by its `KeySource`. */
interface Held {
  readonly issuer: string
  readonly alias: string
  readonly budget: FetchBudget
  readonly loaded: Promise<void>
  kept?: KeptKeys
  set?: KeySet
  /** At most one look at a time; all who wait share it. Never rejects. */
  looking?: Promise<void>
  failed: boolean
  /** After the last look: it could not be asked, and what is known is old. */
  stale: boolean
}

/** By the list that the trust file gives: another generation has another list. */
const pinned = new WeakMap<readonly PinnedKey[], KeySet>()

function pinnedKey(keys: readonly PinnedKey[], kid: string, alg: string): KeyObject {
  const set = pinned.get(keys) ?? new KeySet(parseKeySet(JSON.stringify({ keys })))
  pinned.set(keys, set)
  const key = set.findKey(kid, alg)
  if (key === undefined) throw new SelvageError('identity.signature', { cause: new Error('no pinned key of this id and algorithm') })
  return key
}

export function createKeySource(options: KeySourceOptions): KeySource {
  const issuers = new Map<string, Held>()
  const { now, log } = options
  let epoch = 0

  function heldOf({ issuer, alias }: Pick<Issuer, 'alias' | 'issuer'>): Held {
    const known = issuers.get(issuer)
    if (known !== undefined) return known
    const held: Held = {
      issuer,
      alias,
      budget: new FetchBudget(),
      failed: false,
      stale: false,
      loaded: Promise.resolve().then(() => load(held)),
    }
    issuers.set(issuer, held)
    return held
  }

  async function load(held: Held): Promise<void> {
    try {
      const kept = await readKeptKeys(options.dir, held.issuer)
      if (kept !== undefined) take(held, kept)
    } catch (error) {
      log('identity.keys_unreadable', { issuer: held.alias, cause: String(error) })
    }
  }

  function take(held: Held, kept: KeptKeys): void {
    const changed = JSON.stringify(held.kept?.keys) !== JSON.stringify(kept.keys)
    held.kept = kept
    if (!changed) return
    held.set = new KeySet(kept.keys)
    epoch += 1
  }

  /** Infinite where there are no keys, or where they claim to come from the future. */
  function age({ kept }: Held): number {
    const since = kept === undefined ? Number.POSITIVE_INFINITY : now() - kept.fetchedAt
    return since < -60_000 ? Number.POSITIVE_INFINITY : since
  }

  /** Asks the issuer, if it may be asked now. True where it was. */
  async function look(held: Held): Promise<boolean> {
    if (held.looking === undefined) {
      if (!held.budget.take(now())) return false
      held.looking = lookOnce(held).finally(() => delete held.looking)
    }
    await held.looking
    return true
  }

  async function lookOnce(held: Held): Promise<void> {
    const wasStale = held.stale
    try {
      const kept = await fetchKeys(held)
      held.failed = false
      take(held, kept)
      log('identity.keys_fetched', { issuer: held.alias, keys: kept.keys.length })
      await keepKeys(options.dir, kept).catch(error => log('identity.keys_not_kept', { issuer: held.alias, cause: String(error) }))
    } catch (error) {
      held.failed = true
      held.budget.rest(now())
      log('identity.keys_unavailable', { issuer: held.alias, cause: String(error) })
      if (held.set !== undefined) log('identity.keys_stale', { issuer: held.alias, seconds: Math.round(age(held) / 1_000) })
    } finally {
      held.stale = age(held) > freshFor
      if (held.stale !== wasStale) epoch += 1
    }
  }

  /** The address is looked up again after a failure: the issuer may have moved its keys. */
  async function fetchKeys(held: Held): Promise<KeptKeys> {
    const signal = deadline()
    const known = held.failed ? undefined : held.kept?.address
    const address = known ?? (await fetchKeySetAddress(held.issuer, options, signal))
    const keys = await fetchKeySet(address, options, signal)
    return { issuer: held.issuer, address, fetchedAt: now(), keys }
  }

  async function getKey(issuer: KeyOwner, kid: string, alg: string): Promise<IssuerKey> {
    if (issuer.keys !== undefined) return { key: pinnedKey(issuer.keys, kid, alg), stale: false }
    const held = heldOf(issuer)
    await held.loaded
    const looked = age(held) > freshFor && (await look(held))
    if (held.set === undefined || age(held) > staleFor) throw new SelvageError('identity.keys')
    const key = held.set.findKey(kid, alg) ?? (!looked && (await look(held)) ? held.set.findKey(kid, alg) : undefined)
    if (key !== undefined) return { key, stale: age(held) > freshFor }
    throw new SelvageError(held.failed ? 'identity.keys' : 'identity.signature', { cause: new Error('no key of this id and algorithm') })
  }

  async function keepFresh(trusted: readonly KeyOwner[]): Promise<void> {
    const known = trusted.flatMap(({ issuer, keys }) => (keys === undefined ? (issuers.get(issuer) ?? []) : []))
    await Promise.all(known.filter(held => held.set !== undefined && age(held) > freshFor).map(look))
  }

  return { getKey, keepFresh, epoch: () => epoch, stale: () => [...issuers.values()].flatMap(({ stale, alias }) => (stale ? [alias] : [])) }
}
