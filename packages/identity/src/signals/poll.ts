import { isStrictObject, parseStrictJson } from '../strict-json.ts'

/** What became of events that were polled; ids. */
export interface Settled {
  readonly taken: readonly string[]
  readonly refused: ReadonlyMap<string, { readonly err: string; readonly description: string }>
}

export interface PollAnswer {
  /** By id, as it was sent; the id in the token is another matter. */
  readonly events: ReadonlyMap<string, string>
  readonly more: boolean
}

/** Events of one answer; a transmitter that sends more is not heard. */
const maxEvents = 64
const maxId = 256

/** RFC 8936 section 2.2: what is not acknowledged comes again. */
export const pollRequest = ({ taken, refused }: Settled): object => ({
  maxEvents,
  returnImmediately: true,
  ack: taken,
  ...(refused.size === 0 ? {} : { setErrs: Object.fromEntries(refused) }),
})

/** RFC 8936 section 2.3. The caller bounds the length. Throws where it is no such answer. */
// attacker-controlled: text, where a transmitter is
export function readPollAnswer(text: string): PollAnswer {
  const answer = parseStrictJson(text)
  if (!isStrictObject(answer)) throw new Error('poll: not an object')
  const { sets = {}, moreAvailable = false } = answer
  if (!isStrictObject(sets) || typeof moreAvailable !== 'boolean') throw new Error('poll: sets or moreAvailable')
  const events = Object.entries(sets)
  if (events.length > maxEvents) throw new Error('poll: more events than were asked for')
  for (const [id, event] of events)
    if (id === '' || id.length > maxId || typeof event !== 'string') throw new Error('poll: an event that is no text')
  return { events: new Map(events as [string, string][]), more: moreAvailable }
}
