import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostileEvents, type MakeEvent, short, signed } from '../testing/corpus/events.ts'
import { key, rsa } from '../testing/corpus/tokens.ts'
import { audienceOfStream, eventClaims, signEvent } from '../testing/event.ts'
import { codeOf, trustIn } from '../testing/issuer.ts'
import { openStand, type Stand } from '../testing/stand.ts'
import { createEventVerifier, type EventVerifier } from './event-verifier.ts'

const url = 'http://issuer'
let stand: Stand
let verifier: EventVerifier

beforeAll(async () => {
  stand = await openStand(key)
  stand.issuer.keys = response => void response.end(JSON.stringify({ keys: [key.jwk, rsa.jwk, short.jwk] }))
  verifier = createEventVerifier({ keys: stand.keySource(), now: () => stand.clock.now })
})
afterAll(() => stand.close())

const claims = (): Record<string, unknown> => eventClaims(stand.issuer.url, stand.clock.now)
const textOf = (make: MakeEvent): string => make(claims(), Math.floor(stand.clock.now / 1_000))
const send = (make: MakeEvent): Promise<unknown> =>
  verifier.verify(textOf(make), { issuer: trustIn(stand.issuer.url), audience: audienceOfStream })

describe(`hostile events: ${hostileEvents.length}`, () => {
  it('the event that all of them alter is good, by either algorithm', async () => {
    expect(await codeOf(() => send(signed({})))).toBe('accepted')
    expect(await codeOf(() => send(signed({}, {}, rsa)))).toBe('accepted')
  })

  it.each(hostileEvents)('%s: %s', async (_, code, make) => {
    expect(await codeOf(() => send(make))).toBe(code)
  })

  it('no error and no log event carries a part of the event', async () => {
    for (const [name, , make] of hostileEvents) {
      const error = await send(make).catch((e: unknown) => e)
      const shown = JSON.stringify([causes(error), stand.events])
      for (const piece of [
        ...textOf(make)
          .split('.')
          .filter(p => p.length > 8),
        'event-one',
        'evil.example',
      ])
        expect([name, shown.includes(piece)]).toEqual([name, false])
    }
  })

  it('pollutes nothing, and a text that is no text is refused too', async () => {
    expect(Object.keys(Object.prototype)).toEqual([])
    for (const value of [undefined, null, 1, {}, ['a.b.c'], Buffer.from('a.b.c')])
      expect(await codeOf(() => verifier.verify(value as string, { issuer: trustIn(url), audience: audienceOfStream }))).toBe(
        'signal.malformed',
      )
  })

  it('is told apart from keys that cannot be had now', async () => {
    const away = { issuer: trustIn('http://127.0.0.1:9'), audience: audienceOfStream }
    const text = signEvent(eventClaims('http://127.0.0.1:9', stand.clock.now), key)
    expect(await codeOf(() => verifier.verify(text, away))).toBe('identity.keys')
  })
})

const causes = (error: unknown): string[] => (error instanceof Error ? [String(error), ...causes(error.cause)] : [])
