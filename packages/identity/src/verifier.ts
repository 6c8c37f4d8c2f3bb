import { randomUUID } from 'node:crypto'
import type { AttributeType, Issuer } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import type { Subject } from '@selvage/kernel/policy'
import { compactVerify } from 'jose'
import { checkClaims, isExpired } from './claims.ts'
import { type CompactToken, parseCompactToken } from './compact-token.ts'
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

/** Who an access token speaks for. Deeply frozen: one object serves many requests. */
export interface Verified {
  readonly subject: Subject
  /** The agents that act for the subject, the current one first. */
  readonly actors: readonly Subject[]
  /** The issuer's alias. */
  readonly issuer: string
  readonly clientId?: string
  readonly tokenId?: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
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
    await verifySignature(token, issuer, keys)
    // From here on the payload is the issuer's word; before, nothing but iss, alg and kid was looked at.
    const claims = checkClaims(token.payload, issuer, now())
    const { sub, clientId, tokenId } = claims
    const parties = readParties(token.payload, sub, clientId, { issuer, subjectAttributes: options.subjectAttributes, roles })
    const device = readDevice(token.payload.device)
    const rest = device === undefined ? {} : { device }
    return Object.freeze({ ...parties, issuer: issuer.alias, clientId, tokenId, expiresAt: claims.expiresAt * 1_000, ...rest })
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

async function verifySignature(token: CompactToken, issuer: Issuer, keys: KeySource): Promise<void> {
  const key = await keys.getKey(issuer, token.kid, token.alg)
  try {
    await compactVerify(token.text, key, { algorithms: [token.alg] })
  } catch (cause) {
    throw new SelvageError('identity.signature', { cause })
  }
}
