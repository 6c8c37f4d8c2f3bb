/** What somebody's word changes of what tokens are worth. Ids are the issuer's own; times are whole seconds since 1970. */
export type Change =
  /** Tokens that were issued at this time or before are refused: of a subject or client, of those of its tokens that name no session, of a session. */
  | { readonly kind: 'party' | 'sessionless' | 'session'; readonly id: string; readonly at: number }
  /** Refused whenever it was issued: a session that is over, a single token. `at` is when that came here, however long ago it happened. */
  | { readonly kind: 'ended' | 'token'; readonly id: string; readonly at: number }
  /** Every token of the issuer that was issued at this time or before. */
  | { readonly kind: 'all'; readonly at: number }
  /** From then on a stream tells what happens; what was said before it is not known. */
  | { readonly kind: 'since'; readonly at: number }
  | Posture

/** Of one device, of one device of somebody, of whatever somebody uses, or (a bad word only) of every device. Where one word is as old as another, the worse counts. */
export interface Posture {
  readonly kind: 'posture'
  readonly owner?: string
  readonly device?: string
  readonly compliant: boolean
  readonly at: number
}
