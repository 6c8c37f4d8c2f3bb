import { isBoundedText } from '../claims.ts'
import type { StrictObject } from '../strict-json.ts'
import type { Change } from './change.ts'
import { type Issuing, posture, refused, type Word } from './named.ts'
import { refuseSignal } from './refusal.ts'
import { readSubjectIdentifier } from './subject-identifier.ts'

/** What an event is to us. */
export type Effect =
  /** Tokens are refused: what they spoke for is over … */
  | 'revoked'
  /** … or is not as they say any more, so that a new one is to be fetched. */
  | 'renew'
  | 'posture'
  /** It is known, and changes nothing that is decided here. */
  | 'none'
  | 'verification'
  /** How the stream itself is. */
  | 'stream'
  /** A type that is not known here: acknowledged, without effect. */
  | 'unknown'

export interface Meaning {
  readonly effect: Effect
  /** Ours: the last part of the type's URI where it is known. */
  readonly name: string
  /** Empty where the event has an effect, and names nobody of this issuer by a name that is matched. */
  readonly changes: readonly Change[]
  /** Where it has an effect. Seconds since 1970; what it changes may count from later. */
  readonly happenedAt?: number
  /** What was asked for with `verification`. */
  readonly state?: string
  /** Of a stream. */
  readonly enabled?: boolean
}

const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
const risc = 'https://schemas.openid.net/secevent/risc/event-type/'
const ssf = 'https://schemas.openid.net/secevent/ssf/event-type/'

const always = (effect: Effect) => (): Effect => effect

/** By URI: CAEP 1.0, RISC 1.0 and SSF 1.0, final, of 2025-08-29. */
const effects: Readonly<Record<string, (event: StrictObject) => Effect>> = {
  [`${caep}session-revoked`]: always('revoked'),
  [`${caep}token-claims-change`]: always('renew'),
  [`${caep}credential-change`]: always('renew'),
  // Whatever is not said to be better may be worse.
  [`${caep}assurance-level-change`]: event => (event.change_direction === 'increase' ? 'none' : 'renew'),
  [`${caep}device-compliance-change`]: always('posture'),
  [`${caep}risk-level-change`]: event => (['LOW', 'MEDIUM'].includes(needWord(event, 'current_level').toUpperCase()) ? 'none' : 'revoked'),
  [`${caep}session-established`]: always('none'),
  [`${caep}session-presented`]: always('none'),
  [`${risc}account-purged`]: always('revoked'),
  [`${risc}account-disabled`]: always('revoked'),
  [`${risc}credential-compromise`]: always('revoked'),
  [`${risc}sessions-revoked`]: always('revoked'),
  [`${risc}account-credential-change-required`]: always('renew'),
  [`${risc}account-enabled`]: always('none'),
  [`${risc}identifier-changed`]: always('none'),
  [`${risc}identifier-recycled`]: always('none'),
  [`${risc}opt-in`]: always('none'),
  [`${risc}opt-out-initiated`]: always('none'),
  [`${risc}opt-out-cancelled`]: always('none'),
  [`${risc}opt-out-effective`]: always('none'),
  [`${risc}recovery-activated`]: always('none'),
  [`${risc}recovery-information-changed`]: always('none'),
  [`${ssf}verification`]: always('verification'),
  [`${ssf}stream-updated`]: always('stream'),
}

/** What a gate asks a transmitter for: that which has an effect. */
export const requestedEvents: readonly string[] = Object.keys(effects).filter(
  type => !type.startsWith(ssf) && effects[type]!({ current_level: 'HIGH' }) !== 'none',
)

/** Of the token that an event stands in. Times are seconds since 1970. */
export interface About extends Issuing {
  readonly issuedAt: number
  /** When it came here. */
  readonly heardAt: number
}

/** Throws `signal.claims`. */
export function meaningOf(type: string, event: StrictObject, subject: StrictObject, about: About): Meaning {
  const named = readSubjectIdentifier(subject)
  if (!Object.hasOwn(effects, type)) return { effect: 'unknown', name: 'unknown', changes: [] }
  const effect = effects[type]!(event)
  const name = type.slice(type.lastIndexOf('/') + 1)
  if (effect === 'verification') return { effect, name, changes: [], ...stateOf(event) }
  if (effect === 'stream') return { effect, name, changes: [], enabled: needWord(event, 'status') === 'enabled' }
  const happened = happenedAt(event, about.issuedAt)
  if (effect === 'none') return { effect, name, changes: [] }
  const changes =
    effect === 'posture'
      ? posture(named, about.issuer, happened, isCompliant(event))
      : refused(named, about, wordOf(effect, happened, about))
  return { effect, name, changes, happenedAt: happened }
}

/**
 * What is over was over for whoever got a token between what happened and the issuer's word of it, too: a thief may have. What
 * has changed is as a token says that was issued after it changed.
 */
function wordOf(effect: Effect, happened: number, { issuedAt, heardAt }: About): Word {
  const isOver = effect === 'revoked'
  return { isOver, at: isOver ? Math.max(happened, issuedAt) : happened, heardAt }
}

/** Seconds by which an event may say that it happened after its token was made. */
const skew = 5

/** A second that was begun counts as whole: a token's `iat` says no more. */
function happenedAt({ event_timestamp: told }: StrictObject, issuedAt: number): number {
  if (told === undefined) return issuedAt
  if (typeof told !== 'number' || told < 0 || told > issuedAt + skew) return refuseSignal('signal.claims', 'event_timestamp')
  return Math.floor(told)
}

/** Only this one word is good. */
const isCompliant = (event: StrictObject): boolean => needWord(event, 'current_status') === 'compliant'

function stateOf({ state }: StrictObject): { state?: string } {
  if (state === undefined) return {}
  return isBoundedText(state) ? { state } : refuseSignal('signal.claims', 'state')
}

function needWord(event: StrictObject, name: string): string {
  const value = event[name]
  return isBoundedText(value) ? value : refuseSignal('signal.claims', name)
}
