import { type KeyObject, randomUUID } from 'node:crypto'
import type { AttributeType, Issuer } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import type { Subject } from '@selvage/kernel/policy'
import type { Provenance } from './attributes.ts'
import { type Claims, checkClaims, isExpired } from './claims.ts'
import { type CompactToken, parseCompactToken } from './compact-token.ts'
import { type Confirmation, readConfirmation } from './confirmation.ts'
import { type AssertedDevice, readDevice } from './device.ts'
import type { KeySource } from './key-source.ts'
import { isSigned } from './signature.ts'
import type { StrictObject } from './strict-json.ts'
import { readParties, type Trust } from './subject.ts'
import { rememberedFor, VerifiedCache } from './verified-cache.ts'

export interface VerifierOptions {
  readonly issuers: readonly Issuer[]
  readonly subjectAttributes: ReadonlyMap<string, AttributeType>
  /** The roles that the mesh declares. */
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly keys: KeySource
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Who an access token speaks for. Deeply frozen: one object serves many requests, and says nothing of any of them. */
export interface Verified {
  readonly subject: Subject
  /** The agents that act for the subject, the current one first. */
  readonly actors: readonly Subject[]
  /** The issuer's alias. */
  readonly issuer: string
  readonly clientId?: string
  readonly tokenId?: string
  /** Milliseconds since 1970. */
  readonly issuedAt: number
  readonly expiresAt: number
  /** Until then it says all of this; later some attribute is too old, and the same token says less. Never after `expiresAt`. */
  readonly goodUntil: number
  /** Of each attribute of the subject: whose word it is, since when, for how long. */
  readonly provenance: Readonly<Record<string, Provenance>>
  /** The issuer's session (`sid`). */
  readonly sessionId?: string
  /** Whoever sends the token must hold this key: a `SenderChecker` looks at that, with each request. */
  readonly confirmation?: Confirmation
  /** The issuer could not be asked for its keys of late: it may have withdrawn the one that signed. */
  readonly keysStale: boolean
  /** A claim of the issuer, so `asserted`. */
  readonly device?: AssertedDevice
}

/** What a token said when it verified, to be read again when it has expired. It holds no token, so it is worth nothing by itself. */
export interface Kept {
  readonly token: Pick<CompactToken, 'payload' | 'alg' | 'kid' | 'type'>
  /** That its signature verified with. */
  readonly key: KeyObject
  /** Milliseconds since 1970. */
  readonly verifiedAt: number
}

export interface Verifier {
  /** Throws `identity.*`, never with a part of the token. */
  verify(token: string): Promise<Verified>
  /** Verifies it once more; throws as `verify` does. */
  keep(token: string): Promise<Kept>
  /**
   * What was kept, by the trust of now: issuer, form, algorithms, lifetime, maps, and its key must be one of the issuer's still. Only
   * the life of the token is another: until `until`, milliseconds since 1970. Throws as `verify` does.
   */
  readAgain(kept: Kept, until: number): Promise<Verified>
}

/** Verifies access tokens of the domain's issuers: RFC 9068, or the form that the domain has written down for one of them. */
export function createVerifier(options: VerifierOptions): Verifier {
  const { keys, now } = options
  const id = randomUUID()
  const cache = new VerifiedCache<Verified>()
  const issuers = new Map(options.issuers.map(issuer => [issuer.issuer, issuer]))
  const words = { subjectAttributes: options.subjectAttributes, roles: new Set(options.roles), groups: new Set(options.groups) }

  const again = new WeakMap<Kept, Again>()

  async function verifySigned(text: string): Promise<{ token: CompactToken; trust: Trust; key: KeyObject; stale: boolean }> {
    const token = parseCompactToken(text)
    const issuer = issuerOf(token, issuers)
    const { key, stale } = await keys.getKey(issuer, token.kid, token.alg)
    if (!isSigned(token.input, token.signature, token.alg, key)) throw new SelvageError('identity.signature')
    // From here on the payload is the issuer's word; before, nothing but iss, alg, typ and kid was looked at.
    return { token, trust: { issuer, ...words }, key, stale }
  }

  async function verifyAnew(text: string): Promise<Verified> {
    const { token, trust, stale } = await verifySigned(text)
    const at = now()
    return freezeVerified(token.payload, trust, { claims: checkClaims(token.payload, trust.issuer, at), now: at, stale })
  }

  async function readKept({ token, key, verifiedAt }: Kept, until: number): Promise<Verified> {
    const issuer = issuerOf(token, issuers)
    const { key: current, stale } = await keys.getKey(issuer, token.kid, token.alg)
    if (!current.equals(key)) throw new SelvageError('identity.signature', { cause: new Error('another key of this id') })
    const claims = { ...checkClaims(token.payload, issuer, verifiedAt), expiresAt: until / 1_000 }
    return freezeVerified(token.payload, { issuer, ...words }, { claims, now: now(), stale })
  }

  return {
    async keep(text) {
      const { token, trust, key } = await verifySigned(text)
      const verifiedAt = now()
      checkClaims(token.payload, trust.issuer, verifiedAt)
      const { payload, alg, kid, type } = token
      return Object.freeze({ token: Object.freeze({ payload, alg, kid, type }), key, verifiedAt })
    },
    async readAgain(kept, until) {
      if (now() >= until) throw new SelvageError('identity.expired')
      const known = again.get(kept)
      const epoch = keys.epoch()
      if (known !== undefined && known.epoch === epoch && known.until === until && isRecent(known, now())) return known.verified
      const at = now()
      const verified = await readKept(kept, until)
      if (keys.epoch() === epoch) again.set(kept, { verified, epoch, until, at })
      return verified
    },
    async verify(text) {
      if (typeof text !== 'string' || text.length > maxCachedLength) return verifyAnew(text)
      const epoch = keys.epoch()
      const key = VerifiedCache.key(`${id} ${epoch}`, text)
      const known = cache.find(key, now())
      if (known !== undefined && isExpired(known.expiresAt / 1_000, now() / 1_000)) throw new SelvageError('identity.expired')
      if (known !== undefined && (now() < known.goodUntil || known.goodUntil === known.expiresAt)) return known
      const verified = await verifyAnew(text)
      // Keys that changed meanwhile may have verified it: then it is not remembered.
      if (keys.epoch() === epoch) cache.add(key, verified, now())
      return verified
    },
  }
}

/** What was read again, by which keys and when: not for longer than a token that is known. */
interface Again {
  readonly verified: Verified
  readonly epoch: number
  readonly until: number
  readonly at: number
}

function isRecent({ verified, at }: Again, now: number): boolean {
  return now >= at && now - at < rememberedFor && (now < verified.goodUntil || verified.goodUntil === verified.expiresAt)
}

/** Longer texts are refused anyway; they are not worth a hash. */
const maxCachedLength = 16 * 1024

/** `now` in milliseconds since 1970. */
function freezeVerified(
  payload: StrictObject,
  trust: Trust,
  { claims, now, stale: keysStale }: { readonly claims: Claims; readonly now: number; readonly stale: boolean },
): Verified {
  const { clientId, tokenId, sessionId } = claims
  const { subject, actors, provenance } = readParties(payload, claims, trust, now)
  const device = readDevice(payload.device)
  const confirmation = readConfirmation(payload.cnf)
  const expiresAt = claims.expiresAt * 1_000
  return Object.freeze({
    subject,
    actors,
    issuer: trust.issuer.alias,
    clientId,
    ...(tokenId === undefined ? {} : { tokenId }),
    issuedAt: claims.issuedAt * 1_000,
    expiresAt,
    goodUntil: Math.min(expiresAt, ...Object.values(provenance).map(one => one.expiresAt)),
    provenance,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(confirmation === undefined ? {} : { confirmation }),
    keysStale,
    ...(device === undefined ? {} : { device }),
  })
}

function issuerOf({ payload, alg, type }: Kept['token'], issuers: ReadonlyMap<string, Issuer>): Issuer {
  if (typeof payload.iss !== 'string') throw new SelvageError('identity.claims', { cause: new Error('claim: iss') })
  const issuer = issuers.get(payload.iss)
  if (issuer === undefined) throw new SelvageError('identity.issuer')
  // A workload's token proves who it is elsewhere; here it opens nothing by itself.
  if (issuer.kind === 'workload') throw new SelvageError('identity.exchange')
  if (type !== issuer.token.type) throw new SelvageError('identity.malformed', { cause: new Error('token: typ') })
  if (!issuer.algorithms.includes(alg))
    throw new SelvageError('identity.signature', { cause: new Error('alg is not on the issuer’s list') })
  return issuer
}
