import { beforeAll, expect, it } from 'vitest'
import { TestEngine } from '../../test/query/engine.ts'
import { hasNestedLambda } from './index.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.open([])
})

it.each([
  ['SELECT list_transform([1], x -> list_sum(list_transform([2], y -> x + y)))', true],
  ['SELECT [[y FOR y IN [x]] FOR x IN [1]]', true],
  ['SELECT list_transform([1], lambda x: (SELECT max(z) FROM (SELECT unnest(list_filter([2], y -> y > 1)) AS z)))', true],
  ['SELECT list_transform([1], x -> x), list_filter([2], y -> y > 1)', false],
  ['SELECT list_transform(list_filter([2], y -> y > 1), x -> x)', false],
  ['SELECT 1', false],
])('%s: %s', async (sql, nested) => {
  expect(hasNestedLambda(await engine.parse(sql))).toBe(nested)
})
