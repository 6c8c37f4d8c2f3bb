import { expect, it } from 'vitest'
import { plant, weaknesses } from './planted.ts'
import { type Planted, Run } from './run.ts'

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
