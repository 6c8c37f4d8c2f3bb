import { createHash } from 'node:crypto'
import type { Issuer } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import type { KeySource } from '../key-source.ts'
import { isSigned } from '../signature.ts'
import { type Meaning, meaningOf } from './event-types.ts'
import { refuseSignal } from './refusal.ts'
import { parseSecurityEventToken, readEventClaims, type SecurityEventToken } from './security-event-token.ts'

/** What a gate expects of one issuer's stream. */
export interface Stream {
  /** Who transmits is who issues; beside the algorithms of its access tokens counts `RS256`, which interoperable transmitters use. */
  readonly issuer: Pick<Issuer, 'alias' | 'issuer' | 'algorithms' | 'keys' | 'token'>
  readonly audience: string
}

/** One event, verified. */
export interface SecurityEvent extends Meaning {
  /** The issuer's alias. */
  readonly issuer: string
  readonly tokenId: string
  /** SHA-256 of what it says, base64url: another text under the same id is another event. */
  readonly digest: string
  /** Seconds since 1970. */
  readonly issuedAt: number
}

export interface EventVerifier {
  /**
   * Throws `signal.malformed`, `.issuer`, `.audience`, `.signature`, `.claims`; `identity.keys` where the issuer's keys cannot
   * be had now. No error carries a part of the token.
   */
  verify(text: string, stream: Stream): Promise<SecurityEvent>
}

/** Seconds by which the issuer's clock and ours may differ. */
const clockSkew = 5
/** Seconds: what a transmitter kept for longer is of no use, since no token or session is as old. */
export const longestDelay = 7 * 86_400
/** CAEP interoperability profile: every transmitter signs with it. */
const interoperable = 'RS256'

/** `now` in milliseconds since 1970. */
export function createEventVerifier({ keys, now }: { readonly keys: KeySource; readonly now: () => number }): EventVerifier {
  return {
    async verify(text, stream) {
      const token = parseSecurityEventToken(text)
      // Told apart before a key is looked for: an issuer's keys say nothing of another's stream.
      if (token.payload.iss !== stream.issuer.issuer) return refuseSignal('signal.issuer', 'iss')
      await verifySignature(token, stream.issuer, keys)
      // From here on the payload is the issuer's word.
      const { audience, tokenId, issuedAt, type, event, subject } = readEventClaims(token.payload)
      const heardAt = Math.floor(now() / 1_000)
      const age = heardAt - issuedAt
      if (age < -clockSkew || age > longestDelay) return refuseSignal('signal.claims', 'iat out of bounds')
      const meaning = meaningOf(type, event, subject, { issuer: stream.issuer.issuer, tokenId: stream.issuer.token.id, issuedAt, heardAt })
      if (!audience.includes(stream.audience) && !isAnswer(audience, meaning)) return refuseSignal('signal.audience', 'aud')
      return Object.freeze({ ...meaning, issuer: stream.issuer.alias, tokenId, digest: digestOf(token.text), issuedAt })
    },
  }
}

/** Keycloak says of a verification not whom it is for. Its state does, which nobody else was told. */
const isAnswer = (audience: readonly string[], { effect, state }: Meaning): boolean =>
  audience.length === 0 && effect === 'verification' && state !== undefined

async function verifySignature(
  { alg, kid, input, signature }: SecurityEventToken,
  issuer: Stream['issuer'],
  keys: KeySource,
): Promise<void> {
  if (alg !== interoperable && !issuer.algorithms.includes(alg)) return refuseSignal('signal.signature', 'alg is not on the issuer’s list')
  const { key } = await keys.getKey(issuer, kid, alg).catch(cause => {
    if (cause instanceof SelvageError && cause.code === 'identity.keys') throw cause
    throw new SelvageError('signal.signature', { cause })
  })
  if (!isSigned(input, signature, alg, key)) return refuseSignal('signal.signature', 'signature')
}

/** Without the signature: a transmitter may sign anew what it sends again. */
const digestOf = (text: string): string =>
  createHash('sha256')
    .update(text.split('.', 2)[1] ?? '')
    .digest('base64url')
