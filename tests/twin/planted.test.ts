import { expect, it } from 'vitest'
import { parseAsked, printAsked } from './asked.ts'
import { shownPair } from './failure.ts'
import { plant, strictWeaknesses, tellTales, weaknesses } from './planted.ts'
import { type Planted, Run } from './run.ts'
import { splitShell } from './shell.ts'

/** A mesh whose rules filter rows of most tables and mask and hide cells. */
const mesh = { seed: 7, world: 1 }
/** Where a statement that shows it was met last: another generator only takes longer. */
const met = [86, 93, 30, 49, 51]
const most = 200

type Weakness = keyof typeof weaknesses
const all = Object.keys(weaknesses) as Weakness[]
const planted = (['twin', 'noninterference'] as const).flatMap(property =>
  (property === 'twin' ? all : all.slice(0, 1)).map(
    (name, i): Planted => ({
      name: `${property}: ${name}`,
      property,
      plant: gate => plant(gate, weaknesses[name]),
      from: met[i] ?? 0,
      most,
    }),
  ),
)

it('finds each weakness that is planted in the rewriter', async () => {
  const found = await new Run({ properties: ['twin', 'noninterference'], queries: 0, seed: mesh.seed }).hunt(mesh.world, false, planted)
  expect([...found].filter(([, failure]) => failure === undefined)).toEqual([])
  expect(found.size).toBe(planted.length)
}, 600_000)

/** One in which somebody sees rows of all tables, and beneath which one table may have any number of hidden ones. */
const open = { seed: 282, world: 0 }
const [inJoin] = all
const told = Object.entries(tellTales).map(([name, plant]) => ({ name, plant, from: 28 }))
const small: readonly Planted[] = [
  { name: inJoin!, property: 'twin', plant: gate => plant(gate, weaknesses[inJoin!]), from: 115, most, least: true },
  ...Object.entries(strictWeaknesses).map(
    ([name, plant]): Planted => ({ name, property: 'noninterference', strict: true, plant, from: 0, most, least: true }),
  ),
]
const greatly: readonly Planted[] = [
  ...small,
  ...told.map((one): Planted => ({ ...one, property: 'noninterference', most })),
  ...told.map((one): Planted => ({ ...one, name: `to a twin: ${one.name}`, property: 'twin', most: 3 })),
]

it('finds what only other hidden rows show, makes it small, and prints what asks it again', async () => {
  const found = await new Run({ properties: ['twin', 'noninterference'], queries: 0, seed: open.seed }).hunt(open.world, true, greatly)
  const missed = [...found].flatMap(([name, failure]) => (failure === undefined ? [name] : []))
  expect(missed).toEqual(told.map(({ name }) => `to a twin: ${name}`))
  for (const { name, plant } of small.slice(0, 2)) {
    const { property, difference, replay, got } = found.get(name)!
    expect(replay.printed.sql.length, replay.printed.sql).toBeLessThan(300)
    const [, , , ...args] = splitShell(printAsked(property, replay))
    const asked = parseAsked([property, ...args], 0)
    const lines = await new Run({ properties: [property], queries: 0, seed: asked.seed, strict: asked.strict }).replay(asked.replay!, plant)
    expect(lines[0]).toBe(`${property}: ${difference}`)
    expect(lines[1]).toBe(shownPair([got, got])[0])
  }
}, 600_000)
