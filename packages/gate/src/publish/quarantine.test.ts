import { type Bound, type Column, type QualityRule, quarantining, type Table } from '@selvage/kernel/contract'
import type { Name, TableId } from '@selvage/kernel/model'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { verdictOn } from './load/verdict.ts'
import { rulesOf } from './rule.ts'

const column = 'a' as Name
const operators = ['mustBe', 'mustNotBe', 'mustBeGreaterThan', 'mustBeLessThan', 'mustBeGreaterOrEqualTo'] as const
const bound: fc.Arbitrary<Bound> = fc.record({
  operator: fc.constantFrom(...operators),
  value: fc.constantFrom(0, 1),
  unit: fc.constantFrom('rows', 'percent'),
})
const check: fc.Arbitrary<QualityRule['check']> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('nullValues' as const, 'duplicateValues' as const, 'rowCount' as const),
    columns: fc.constant([column]),
    bound,
  }),
  fc.record({ kind: fc.constant('invalidValues' as const), column: fc.constant(column), minLength: fc.constant(1), bound }),
  fc.constant({ kind: 'checkDigit' as const, column, scheme: 'luhn' as const }),
  fc.record({ kind: fc.constant('shown' as const), type: fc.constant('sql' as const), text: fc.constant(''), bound }),
)
const quality = fc.array(fc.record({ name: fc.constant('r'), severity: fc.constantFrom('error', 'warning'), check }), { maxLength: 2 })
const options: fc.Arbitrary<Column['options']> = fc.constantFrom(
  {},
  { enum: ['x'] },
  { pattern: 'x' },
  { minLength: 1 },
  { maxLength: 1 },
  { minimum: 1 },
  { maximum: 1 },
)
const rarely = fc.integer({ min: 0, max: 7 }).map(at => at === 0)
const table: fc.Arbitrary<Table> = fc
  .record({
    type: fc.constantFrom('VARCHAR', 'VARCHAR', 'VARCHAR', 'DATE'),
    required: rarely,
    unique: rarely,
    isKey: rarely,
    options,
    quality,
  })
  .map(({ type, required, unique, isKey, options: given, quality: rules }) => ({
    id: 'd.p.t' as TableId,
    name: 't' as Name,
    physicalName: 't',
    labels: [],
    primaryKey: isKey ? [column] : [],
    columns: [{ name: column, physicalName: 'a', type: type as Column['type'], required, unique, labels: [], quality: [], options: given }],
    quality: rules,
  }))

it('a reviewer is told of a table that rows may be kept back where its rules do so, and only there', () => {
  const seen = new Set<boolean>()
  fc.assert(
    fc.property(table, one => {
      const keepsBack = rulesOf(one).some(rule => verdictOn(rule) === 'quarantine')
      seen.add(keepsBack)
      expect(quarantining(one).length > 0).toBe(keepsBack)
    }),
    { numRuns: 500 },
  )
  expect(seen.size).toBe(2)
})
