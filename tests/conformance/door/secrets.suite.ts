import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { entriesIn } from './entries.ts'
import type { Stand } from './stand.ts'

const sentinel = 'SENTINEL'

/** What a person sends or the data holds; none of it may stand in a log in clear. */
export function secrets(stand: Stand): void {
  const statements: readonly (readonly [sql: string, more?: object])[] = [
    ["SELECT 'SENTINEL-text' AS a"],
    ['SELECT 1 AS "SENTINEL-alias"'],
    ['SELECT $1', { parameters: ['SENTINEL-parameter'] }],
    ['SELECT $sentinel', { parameters: { sentinel: 'SENTINEL-named' }, reason: 'SENTINEL-reason' }],
    ["SELECT 'SENTINEL-cast'::INTEGER"],
    ['SELECT $1::DATE', { parameters: ['SENTINEL-date'] }],
    ['SELECT customer_email::INTEGER FROM lab.shop.orders'],
    ['SELECT total FROM lab.shop.orders WHERE customer_email::DATE IS NULL'],
    ["SELECT strptime(customer_email, '%Y') FROM lab.shop.orders"],
    ['SELECT SENTINEL_column FROM lab.shop.orders'],
    ['SELECT * FROM lab.shop.SENTINEL_table'],
    ["SELECT 'SENTINEL-open"],
    ['SENTINEL syntax'],
    ['SELECT SENTINEL_function(1)'],
    ["COPY (SELECT 1) TO 'SENTINEL-file'"],
    ['SELECT 1; SELECT SENTINEL'],
    ['SELECT\n    at SENTINEL (frame.js:1:1)'],
    ["SELECT regexp_matches('a', 'SENTINEL(')"],
    ["SELECT error('SENTINEL-error')"],
    ["SELECT json_extract('SENTINEL{', '$.a')"],
  ]
  const people = ['ana@staff', 'uma@staff', 'kim@staff'] as const

  describe('what is asked stays out of the logs', () => {
    test('no text, value, subject or token stands in clear in a log file or an entry', async () => {
      const { body: first } = await stand.door.sql('ana@staff', 'analytics', 'SELECT 1')
      for (const [sql, more] of statements)
        for (const who of people)
          for (const path of ['/v1/sql', '/v1/why'])
            await stand.door.as(who, path, { sql, purpose: who === 'ana@staff' ? 'analytics' : 'support', ...more })
      await sendOdd()
      const texts = logTexts()
      expect(texts.size).toBeGreaterThanOrEqual(3)
      // These are the logs that the refusals above went into.
      for (const kept of ['request.refused', 'query.data', 'query.syntax', 'publish.failed', 'contract.data'])
        expect([...texts.values()].join('')).toContain(kept)
      const tokens = await Promise.all(people.map(who => stand.door.token(who)))
      for (const [name, text] of texts) {
        for (const token of tokens) expect({ name, holds: text.includes(token.split('.')[2]!) }).toEqual({ name, holds: false })
        expect({ name, found: linesWith(text, /SENTINEL|example\.org|ada@/) }).toEqual({ name, found: [] })
      }
      const { body: last } = await stand.door.as('ivo@staff', '/v1/who-saw', { resource: 'lab.shop' })
      const entries = await entriesIn(stand.auditDir, first.receipt.index, last.receipt.index - first.receipt.index + 1)
      expect(entries.length).toBeGreaterThan(statements.length * people.length)
      for (const { raw } of entries) {
        const text = raw.toString('utf8')
        expect({ text, holds: /SENTINEL|SELECT|staff\/|"ana"|"uma"|"kim"|example\.org/.test(text) }).toEqual({ text, holds: false })
      }
    })

    async function sendOdd(): Promise<void> {
      const authorization = `Bearer ${await stand.door.token('ana@staff')}`
      const type = { 'content-type': 'application/json' }
      await stand.door.call('/v1/sql', { body: `{"sql": "${sentinel}" ${sentinel}`, headers: { authorization, ...type } })
      await stand.door.call('/v1/sql', { body: { sql: 'SELECT 1', [sentinel]: sentinel }, headers: { authorization } })
      await stand.door.call(`/v1/${sentinel}`, { method: 'GET', headers: { authorization, 'x-odd': sentinel } })
      await stand.door.call('/v1/sql', {
        body: { sql: 'SELECT 1' },
        headers: { authorization: `Bearer ${sentinel}.${sentinel}.${sentinel}` },
      })
      await stand.door.call('/v1/who-saw', { body: { resource: sentinel }, headers: { authorization } })
    }

    const logTexts = (): ReadonlyMap<string, string> =>
      new Map(
        readdirSync(stand.logDir)
          .filter(name => name.endsWith('.log'))
          .map(name => [name, readFileSync(join(stand.logDir, name), 'utf8')] as const)
          .concat([['what dev printed', stand.output()]]),
      )
  })
}

const linesWith = (text: string, pattern: RegExp): readonly string[] =>
  text
    .split('\n')
    .filter(line => pattern.test(line))
    .slice(0, 3)
