import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalJson, type Json } from '@selvage/kernel/model'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { parseConfig } from '../config.ts'
import type { Identified } from '../identify/index.ts'
import { openKeys } from '../keys.ts'
import { type EntryFacts, entryBytes } from './entry.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-entry-'))
const key = `ed25519:${'A'.repeat(43)}`
const gate = {
  clock: Date.now,
  random: randomBytes,
  keys: openKeys(dir, 'd'),
  config: parseConfig({
    mesh: 'm',
    domain: 'd'.repeat(63),
    instance: 'i'.repeat(32),
    port: 0,
    stateDir: dir,
    keys: { centre: key, domain: key, freshness: key },
    control: 'http://127.0.0.1:1',
  }),
}
// Only what an entry reads of it.
const identified = {
  generation: {
    centre: { version: 1, digest: 'a'.repeat(64) },
    domain: { version: 2, digest: 'b'.repeat(64) },
    mesh: { taxonomy: { purposes: new Map([['p', { iri: 'https://example.org/p' }]]) } },
  },
  who: { subject: { id: 'staff/ana' }, actors: Array.from({ length: 4 }, (_, i) => ({ id: `staff/bot${i}` })), issuer: 'staff' },
  asking: { circumstances: { proof: 'bearer', degraded: [] } },
} as unknown as Identified
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,62}$/)
const table = fc.record({ table: fc.tuple(name, name, name).map(parts => parts.join('.')), version: fc.nat(), rows: fc.constant('where') })
const rule = fc.stringMatching(/^[a-z]{1,20}\/[a-z0-9-]{1,120}$/)

test('an entry is canonical JSON of 4 KiB at most, and counts what it leaves out', () => {
  fc.assert(
    fc.property(fc.array(table, { maxLength: 60 }), fc.array(rule, { maxLength: 80 }), (tables, rules) => {
      const facts: EntryFacts = { event: 'released', purpose: 'p', tables, rules }
      const text = Buffer.from(entryBytes(gate, identified, facts, 'c'.repeat(64))).toString('utf8')
      const entry = JSON.parse(text) as { tables: object[]; rules: string[]; more_tables?: number; more_rules?: number }
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096)
      expect(canonicalJson(entry as unknown as Json)).toBe(text)
      expect([entry.tables.length + (entry.more_tables ?? 0), entry.rules.length + (entry.more_rules ?? 0)]).toEqual([
        tables.length,
        rules.length,
      ])
      expect(entry).toMatchObject({ purpose_iri: 'https://example.org/p', tables: tables.slice(0, entry.tables.length) })
      expect(text).not.toContain('staff/ana')
    }),
    { numRuns: 100 },
  )
})
