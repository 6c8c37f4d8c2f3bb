import { expect, it } from 'vitest'
import { parseAsked, printAsked, type Replay } from './asked.ts'
import { splitShell } from './shell.ts'

const replay: Replay = {
  seed: 7,
  world: 3,
  great: true,
  strict: true,
  ordered: true,
  printed: { sql: `SELECT 'it''s', "$a"\n  AS "b\`" -- $1  `, parameters: ['l\'œuf "', null, -1, true] },
}

it.each([
  ['everything', replay],
  ['nothing but the statement', { ...replay, great: false, strict: false, ordered: false, printed: { sql: 'SELECT 1' } }],
  ['parameters by name', { ...replay, ordered: false, printed: { sql: 'SELECT $p1', parameters: { p1: 1.5 } } }],
])('what is printed of a failure is read the same: %s', (_, given) => {
  const [run, property, dashes, ...args] = splitShell(printAsked('noninterference', given))
  expect([run, property, dashes]).toEqual(['run', 'noninterference', '--'])
  expect(parseAsked([property!, ...args], 1)).toMatchObject({ property: 'noninterference', seed: 7, strict: given.strict, replay: given })
})

it('takes nothing that it does not know', () => {
  expect(() => parseAsked(['twins'], 1)).toThrow('no such property')
  expect(() => parseAsked(['twin', '--seeds', '1'], 1)).toThrow('--seeds')
  expect(() => parseAsked(['twin', '--seed', 'x'], 1)).toThrow('not a whole number')
  expect(parseAsked(['twin'], 5)).toEqual({ property: 'twin', queries: 2_000, seed: 5, strict: false })
})
