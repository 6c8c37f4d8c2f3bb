import { describe, expect, test } from 'vitest'
import { checkHeaders, OpenApi, type Seen } from './openapi.ts'
import type { Stand } from './stand.ts'

/** The check itself: a response that is not as documented is caught. */
export function documented(stand: Stand): void {
  describe('the OpenAPI document', () => {
    test('catches a planted field, a missing one, a wrong type, status, media type or line', async () => {
      const { text } = await stand.door.sql('ana@staff', 'analytics', 'SELECT 1')
      const stream = await stand.door.sql('ana@staff', 'analytics', 'SELECT 1', {}, { accept: 'application/x-ndjson' })
      const openApi = await OpenApi.of(stand.door.url)
      const good: Seen = { method: 'POST', path: '/v1/sql', status: 200, type: 'application/json', text }
      const lines: Seen = { ...good, type: 'application/x-ndjson', text: stream.text }
      const problem = '{"type":"x","title":"x","status":403,"code":"policy.denied","detail":"x","help":"x","ref":"0123456789abcdef"}'
      const refusal: Seen = { ...good, status: 403, type: 'application/problem+json', text: problem }
      for (const fine of [good, lines, refusal]) expect(() => openApi.check(fine)).not.toThrow()
      for (const planted of [
        { ...good, text: text.replace('{', '{"extra":1,') },
        { ...good, text: text.replace('"kind":"clear"', '"kind":"clear","secret":1') },
        { ...good, text: text.replace('"kind":"clear"', '"kind":"transparent"') },
        { ...good, text: text.replace('"statement"', '"other"') },
        { ...good, text: text.replace(/"index":\d+/, '"index":"1"') },
        { ...good, type: 'text/html' },
        { ...good, status: 403 },
        { ...refusal, text: problem.replace('{', '{"stack":"x",') },
        { ...refusal, text: problem.replace('policy.denied', 'policy.other') },
        { ...refusal, status: 404 },
        { ...lines, text: stream.text.replace('\n', '\n\n') },
        { ...lines, text: stream.text.replace('"rows":1', '"rows":1,"extra":2') },
        { ...lines, text: stream.text.trimEnd() },
        { ...lines, text: stream.text.replace('"rows":1', '"rows":2') },
        { ...lines, text: stream.text.replace('[1]', '[1,2]') },
        { ...good, text: text.replace('[[1]]', '[[]]') },
        { ...good, path: '/v1/undocumented' },
      ])
        expect(() => openApi.check(planted), JSON.stringify(planted).slice(0, 200)).toThrow()
      const kept = { 'cache-control': 'no-store' }
      expect(() => checkHeaders(refusal, new Headers(kept))).not.toThrow()
      const unasked = { ...refusal, status: 401, text: problem.replace('policy.denied', 'identity.expired') }
      const challenge = 'Bearer error="invalid_token", DPoP algs="ES256 EdDSA Ed25519 RS256"'
      expect(() => checkHeaders(unasked, new Headers({ ...kept, 'www-authenticate': challenge }))).not.toThrow()
      const busy = { ...refusal, status: 503, text: problem.replace('policy.denied', 'limit.busy') }
      expect(() => checkHeaders(refusal, new Headers())).toThrow()
      expect(() => checkHeaders(refusal, new Headers({ ...kept, 'retry-after': '1' }))).toThrow()
      for (const bare of [unasked, busy]) expect(() => checkHeaders(bare, new Headers(kept))).toThrow()
    })
  })
}
