import { randomUUID } from 'node:crypto'
import type { AttributeType, Issuer } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import type { Subject } from '@selvage/kernel/policy'
import { compactVerify } from 'jose'
import { checkClaims, isExpired } from './claims.ts'
import { type CompactToken, parseCompactToken } from './compact-token.ts'
import { type Confirmation, readConfirmation } from './confirmation.ts'
import { type AssertedDevice, readDevice } from './device.ts'
import type { KeySource } from './key-source.ts'
import { readParties } from './subject.ts'
import { VerifiedCache } from './verified-cache.ts'

export interface VerifierOptions {
  readonly issuers: readonly Issuer[]
  readonly subjectAttributes: ReadonlyMap<string, AttributeType>
  /** The roles that the mesh declares. */
  readonly roles: readonly string[]
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
  /** The issuer's session (`sid`). */
  readonly sessionId?: string
  /** Whoever sends the token must hold this key: a `SenderChecker` looks at that, with each request. */
  readonly confirmation?: Confirmation
  /** The issuer could not be asked for its keys of late: it may have withdrawn the one that signed. */
  readonly keysStale: boolean
  /** A claim of the issuer, so `asserted`. */
  readonly device?: AssertedDevice
}

export interface Verifier {
  /** Throws `identity.*`, never with a part of the token. */
  verify(token: string): Promise<Verified>
}

/** Verifies RFC 9068 access tokens of the domain's issuers. */
export function createVerifier(options: VerifierOptions): Verifier {
  const { keys, now } = options
  const id = randomUUID()
  const cache = new VerifiedCache<Verified>()
  const issuers = new Map(options.issuers.map(issuer => [issuer.issuer, issuer]))
  const roles = new Set(options.roles)

  async function verifyAnew(text: string): Promise<Verified> {
    const token = parseCompactToken(text)
    const issuer = issuerOf(token, issuers)
    const keysStale = await verifySignature(token, issuer, keys)
    // From here on the payload is the issuer's word; before, nothing but iss, alg and kid was looked at.
    const claims = checkClaims(token.payload, issuer, now())
    const { sub, clientId, tokenId, sessionId } = claims
    const parties = readParties(token.payload, sub, clientId, { issuer, subjectAttributes: options.subjectAttributes, roles })
    const device = readDevice(token.payload.device)
    const confirmation = readConfirmation(token.payload.cnf)
    return Object.freeze({
      ...parties,
      issuer: issuer.alias,
      clientId,
      tokenId,
      issuedAt: claims.issuedAt * 1_000,
      expiresAt: claims.expiresAt * 1_000,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(confirmation === undefined ? {} : { confirmation }),
      keysStale,
      ...(device === undefined ? {} : { device }),
    })
  }

  return {
    async verify(text) {
      if (typeof text !== 'string' || text.length > maxCachedLength) return verifyAnew(text)
      const epoch = keys.epoch()
      const key = VerifiedCache.key(`${id} ${epoch}`, text)
      const known = cache.find(key, now())
      if (known !== undefined && isExpired(known.expiresAt / 1_000, now() / 1_000)) throw new SelvageError('identity.expired')
      if (known !== undefined) return known
      const verified = await verifyAnew(text)
      // Keys that changed meanwhile may have verified it: then it is not remembered.
      if (keys.epoch() === epoch) cache.add(key, verified, now())
      return verified
    },
  }
}

/** Longer texts are refused anyway; they are not worth a hash. */
const maxCachedLength = 16 * 1024

function issuerOf({ payload, alg }: CompactToken, issuers: ReadonlyMap<string, Issuer>): Issuer {
  if (typeof payload.iss !== 'string') throw new SelvageError('identity.claims', { cause: new Error('claim: iss') })
  const issuer = issuers.get(payload.iss)
  if (issuer === undefined) throw new SelvageError('identity.issuer')
  if (!issuer.algorithms.includes(alg))
    throw new SelvageError('identity.signature', { cause: new Error('alg is not on the issuer’s list') })
  return issuer
}

/** Whether the key that verified may be out of date. */
async function verifySignature(token: CompactToken, issuer: Issuer, keys: KeySource): Promise<boolean> {
  const { key, stale } = await keys.getKey(issuer, token.kid, token.alg)
  try {
    await compactVerify(token.text, key, { algorithms: [token.alg] })
    return stale
  } catch (cause) {
    throw new SelvageError('identity.signature', { cause })
  }
}
