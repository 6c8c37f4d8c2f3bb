import { expect, it } from 'vitest'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { plant, weaknesses } from './planted.ts'
import { Run } from './run.ts'

/** A mesh whose rules filter rows of most tables and mask and hide cells, over tables that hold some. */
const mesh = { seed: 7, world: 0 }

type Weakness = keyof typeof weaknesses
const all = Object.keys(weaknesses) as Weakness[]

it.each<['twin' | 'noninterference', readonly Weakness[]]>([
  ['twin', all],
  ['noninterference', all.slice(0, 1)],
])(
  '%s finds each weakness that is planted in the rewriter',
  async (property, names) => {
    const planted = new Map(names.map(name => [name, (gate: Gate) => plant(gate, weaknesses[name])]))
    const found = await new Run({ properties: [property], queries: 0, seed: mesh.seed }).hunt(mesh.world, planted, 200)
    expect([...found].filter(([, failure]) => failure === undefined)).toEqual([])
    expect(found.size).toBe(names.length)
  },
  300_000,
)
