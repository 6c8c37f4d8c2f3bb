import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostileTokens as corpus, corpusIssuers, key, type MakeToken, rsa, signed } from './testing/corpus/tokens.ts'
import { claimsOf, codeOf } from './testing/issuer.ts'
import { openStand, type Stand } from './testing/stand.ts'
import type { Verifier } from './verifier.ts'

/** Each is refused, with its code, and none is echoed. */
let stand: Stand
let verifier: Verifier

beforeAll(async () => {
  stand = await openStand(key)
  stand.issuer.keys = (response): void => void response.end(JSON.stringify({ keys: [key.jwk, rsa.jwk] }))
  verifier = stand.verifier(corpusIssuers(stand.issuer.url))
})
afterAll(() => stand.close())

async function send(make: MakeToken, to: Verifier = verifier): Promise<unknown> {
  const claims = claimsOf(stand.issuer.url, stand.clock.now)
  return to.verify(String(make(claims, Math.floor(stand.clock.now / 1_000))))
}

describe(`hostile tokens: ${corpus.length}`, () => {
  it('the token that all of them alter is good', async () => {
    expect(await codeOf(() => send(signed({})))).toBe('accepted')
  })

  it.each(corpus)('%s: %s', async (_, code, make) => {
    expect(await codeOf(() => send(make))).toBe(code)
  })

  it('each alone meets a verifier that is new, with the same end', async () => {
    for (const [name, code, make] of corpus)
      expect([name, await codeOf(() => send(make, stand.verifier(corpusIssuers(stand.issuer.url))))]).toEqual([name, code])
  })

  it('no error and no log event carries a part of the token', async () => {
    for (const [name, , make] of corpus) {
      const claims = claimsOf(stand.issuer.url, stand.clock.now)
      const text = String(make(claims, Math.floor(stand.clock.now / 1_000)))
      const error = await verifier.verify(text).catch((e: unknown) => e)
      const shown = JSON.stringify([causes(error), stand.events])
      for (const piece of [...text.split('.').filter(p => p.length > 8), 'steward', 'stranger', 'k'.repeat(257)])
        expect([name, shown.includes(piece)]).toEqual([name, false])
    }
  })

  it('pollutes nothing, and the good token is still good', async () => {
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as { admin?: unknown; roles?: unknown }).admin ?? ({} as { roles?: unknown }).roles).toBe(undefined)
    expect(await codeOf(() => send(signed({})))).toBe('accepted')
  })

  it('a text that is no text is refused too', async () => {
    for (const value of [undefined, null, 1, {}, ['a.b.c'], Buffer.from('a.b.c')])
      expect(await codeOf(() => verifier.verify(value as string))).toBe('identity.malformed')
  })
})

const causes = (error: unknown): string[] => (error instanceof Error ? [String(error), ...causes(error.cause)] : [])
