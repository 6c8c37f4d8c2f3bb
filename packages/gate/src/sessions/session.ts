import type { Kept, SenderProof, Verified } from '@selvage/identity'
import { SelvageError } from '@selvage/kernel/model'

/** Who asks for a purpose, for a while. It holds neither its handle nor a token. */
export interface Session {
  /** Under which entries of the log name it: of no use to whoever asks. */
  readonly id: string
  /** What the token said that it was opened with. */
  readonly kept: Kept
  /** As read when it was opened: what an entry names. */
  readonly who: Verified
  readonly proof: SenderProof
  readonly purpose: string
  readonly reason?: string
  /** Milliseconds since 1970, whole seconds. */
  readonly openedAt: number
  readonly expiresAt: number
}

/** Milliseconds by which the gate's clock may be set back: a session from the future proves nothing. */
const skew = 5_000

export const isCurrent = ({ openedAt, expiresAt }: Session, now: number): boolean => now >= openedAt - skew && now < expiresAt

/** Same subject, actors, issuer, client and key: whoever else knows the handle has nothing. */
export const isOf = (session: Session, who: Verified, proof: SenderProof): boolean =>
  partyOf(session.who, session.proof) === partyOf(who, proof)

function partyOf({ issuer, subject, actors, clientId }: Verified, proof: SenderProof): string {
  const key = proof.kind === 'bearer' ? '' : proof.thumbprint
  return JSON.stringify([issuer, subject.kind, subject.id, actors.map(({ id }) => id), clientId ?? null, proof.kind, key])
}

/** For every handle that opens nothing, whyever: one that never was, one that is over, and somebody else's. */
export const noSession = (): SelvageError => new SelvageError('identity.session')
