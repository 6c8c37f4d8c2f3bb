import { createHash } from 'node:crypto'
import { SelvageError } from '@selvage/kernel/model'
import { credentialsIn, valuesOf } from './credentials.ts'
import { refuseProof, verifyProof } from './dpop-proof.ts'
import { Nonces, noncePeriod } from './nonces.ts'
import { ProofKeys } from './proof-key.ts'
import { ReplayWindow } from './replay-window.ts'
import type { Verified } from './verifier.ts'

/** How the sender proved to be the one whom the token was given to. A thumbprint is SHA-256, base64url. */
export type SenderProof =
  | { readonly kind: 'bearer' }
  | { readonly kind: 'dpop'; readonly thumbprint: string }
  /** `certificate`: DER. */
  | { readonly kind: 'mtls'; readonly thumbprint: string; readonly certificate: Uint8Array }

/** What a request showed, beside its token. */
export interface Presented {
  /** Node's flat list of names and values. */
  readonly rawHeaders: readonly string[]
  readonly method: string
  /** `scheme://host/path`, as whoever asks writes it (`htu`); empty where that is not known: then no proof holds. */
  readonly address: string
  /** DER, of the TLS connection that it came on. */
  readonly certificate?: Uint8Array | undefined
}

/** Proof of possession. Nothing of it is cached: each request has its own. */
export interface SenderChecker {
  /**
   * Uses the proof up: a second look at the same request is a replay. Throws `identity.proof`, `identity.nonce`, and
   * `limit.share` or `limit.busy` where no more proofs can be told apart.
   */
  check(token: string, who: Pick<Verified, 'confirmation'>, presented: Presented): Promise<SenderProof>
  /**
   * The same for a secret that stands where a token would. Whose it is, or whether it is anybody's, is asked once the proof holds, so
   * that whoever has another key learns nothing of it. Undefined where `isHolder` says no: that proof is not used up.
   */
  prove(secret: string, isHolder: (thumbprint: string) => boolean, presented: Presented): SenderProof | undefined
  /** For `DPoP-Nonce`. */
  nonce(): string
}

export interface SenderCheckerOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds, by a clock that nobody sets: what was used is known by it, and nonces are taken. */
  readonly uptime: () => number
  /** Of this process alone. */
  readonly random: (bytes: number) => Uint8Array
  /** Proofs that are told apart within a minute; a power of two. 16 bytes each, twice. */
  readonly proofs?: number
}

const bearer: SenderProof = Object.freeze({ kind: 'bearer' })
/** Of all proofs, those of one key. */
const share = 4

export function createSenderChecker({ now, uptime, random, proofs = 262_144 }: SenderCheckerOptions): SenderChecker {
  const keys = new ProofKeys()
  const nonces = new Nonces(random(32))
  const period = (): number => noncePeriod(uptime())
  const used = new ReplayWindow({ capacity: proofs, share: proofs / share, salt: random(32) }, period())

  function checkDpop(token: string, thumbprint: string, presented: Presented): SenderProof {
    return prove(token, shown => shown === thumbprint, presented) ?? refuseProof('another key')
  }

  function prove(token: string, isHolder: (thumbprint: string) => boolean, presented: Presented): SenderProof | undefined {
    const { rawHeaders, method, address } = presented
    const [text, other] = valuesOf(rawHeaders, 'dpop')
    if (text === undefined || other !== undefined) return refuseProof('not one DPoP header')
    // Once: that the nonce is taken and that the proof is new must be true in the same period.
    const at = period()
    const proof = verifyProof(text, keys, { method, address, token, now: now() })
    if (proof.nonce === undefined || !nonces.isTaken(proof.nonce, at)) throw new SelvageError('identity.nonce')
    const { thumbprint } = proof
    if (!isHolder(thumbprint)) return undefined
    const mark = used.use(thumbprint, proof.id, at)
    if (mark === 'seen') return refuseProof('replayed')
    if (mark !== 'new') throw new SelvageError(mark === 'share' ? 'limit.share' : 'limit.busy')
    return Object.freeze({ kind: 'dpop', thumbprint })
  }

  return {
    async check(token, { confirmation }, presented) {
      const { scheme } = credentialsIn(presented.rawHeaders)
      // RFC 9449 section 7.2: a bound token is never taken as a bearer's, and one that is bound to nothing proves nothing.
      if ((scheme === 'dpop') !== (confirmation?.kind === 'jkt')) return refuseProof('scheme')
      if (confirmation === undefined) return bearer
      const { kind, thumbprint } = confirmation
      return kind === 'jkt' ? checkDpop(token, thumbprint, presented) : checkCertificate(thumbprint, presented.certificate)
    },
    prove(secret, isHolder, presented) {
      const { scheme } = credentialsIn(presented.rawHeaders)
      return scheme === 'dpop' ? prove(secret, isHolder, presented) : refuseProof('scheme')
    },
    nonce: () => nonces.give(period()),
  }
}

/** RFC 8705 section 3: TLS has proven the key; the token names its certificate. */
function checkCertificate(thumbprint: string, certificate: Uint8Array | undefined): SenderProof {
  const shown = certificate === undefined ? undefined : createHash('sha256').update(certificate).digest('base64url')
  if (certificate === undefined || shown !== thumbprint) return refuseProof('certificate')
  return Object.freeze({ kind: 'mtls', thumbprint, certificate })
}
