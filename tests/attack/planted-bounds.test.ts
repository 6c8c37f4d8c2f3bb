import { describe, expect, it, vi } from 'vitest'
import type { SqlTree } from '../../packages/kernel/src/query/tree.ts'
import type { Limits } from '../golden/stand.ts'
import { type Attack, filterForms, openAttack } from './attack.ts'
import { boundMs, expectBounded, little, patient } from './bounded.ts'
import { type Hostile, heavy, spilling } from './corpus.ts'

/** Set, the gate reads a tree of any depth; its children, which read it again, keep to their own bound. */
const planted = vi.hoisted(() => ({ depth: false }))

vi.mock('../../packages/kernel/src/query/parse-tree.ts', async original => {
  const { parseTree } = await original<typeof import('../../packages/kernel/src/query/parse-tree.ts')>()
  const { SourceNumber } = await import('../../packages/kernel/src/query/tree.ts')
  const treeOf = (value: unknown): SqlTree => {
    if (Array.isArray(value)) return value.map(treeOf)
    if (typeof value !== 'object' || value === null) return value as SqlTree
    const entries = Object.entries(value)
    if (entries[0]?.[0] === '#') return new SourceNumber(String(entries[0][1]))
    return Object.assign(Object.create(null), Object.fromEntries(entries.map(([name, one]) => [name, treeOf(one)])))
  }
  /** A number as `{"#": its text}`: this reader loses nothing either. */
  const kept = (json: string): string =>
    json.replace(/("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)/g, (_, text?: string, number?: string) => text ?? `{"#":"${number}"}`)
  const faulty: typeof parseTree = json => (planted.depth ? treeOf(JSON.parse(kept(json))) : parseTree(json))
  return { parseTree: faulty }
})

const matching = (sign: RegExp): readonly Hostile[] => heavy.filter(({ sql }) => sign.test(sql))
const endless = matching(/FROM range\(9223372036854775807\) t\(x\)/)
const slowToRead = matching(/^SELECT (list_transform\(\[1\], x -> ){2}/)
const nested = matching(/^(WITH t AS \(){2}/)
const shallow: Hostile = { family: 'planted', sql: 'SELECT first_name, 1.50 AS "a\\b" FROM shop.crm.customer LIMIT 3' }

/** The stack of the gate is too small for it, or a child finds more than it takes. */
const tooDeep = /to include '(?:internal\.fault|engine\.refused)'/

type Engine = NonNullable<Limits['engine']>

interface Plant {
  readonly what: string
  readonly limits: typeof little | typeof patient
  /** What is off in them, or far larger. */
  readonly off: Engine
  readonly statements: readonly Hostile[]
  /** What the judgement says. */
  readonly says: RegExp
}
const plants: Readonly<Record<string, Plant>> = {
  memory: {
    what: 'five times as much',
    limits: patient,
    off: { memoryMb: 5 * patient.engine.memoryMb },
    statements: spilling,
    says: /engineMb/,
  },
  disk: { what: 'eight times as much', limits: patient, off: { tempMb: 8 * patient.engine.tempMb }, statements: spilling, says: /diskMb/ },
  neighbour: {
    what: 'one child for all, for which nobody waits',
    limits: little,
    off: { children: 1, waitMs: 100 },
    statements: endless,
    says: /the neighbour was refused: .*limit\.busy/,
  },
}

/** The first of which the judgement says so. */
async function firstCaught(attack: Attack, statements: readonly Hostile[], says: RegExp): Promise<Hostile> {
  const said: (string | undefined)[] = []
  for (const statement of statements) {
    said.push(await judged(attack, statement))
    if (says.test(said.at(-1) ?? '')) return statement
  }
  throw new Error(`let pass, or for something else: ${said.join('\n')}`)
}

const judged = (attack: Attack, statement: Hostile): Promise<string | undefined> =>
  expectBounded(attack, statement).then(() => undefined, String)

/** A gate with these limits, as long as `work` takes. */
async function within<T>(limits: Limits, work: (attack: Attack) => Promise<T>): Promise<T> {
  const attack = await openAttack(filterForms[0]!, { alone: true, limits })
  try {
    return await work(attack)
  } finally {
    await attack.close()
  }
}

describe('each bound that is off is caught by the judgement of the suite', () => {
  it.each(Object.entries(plants))(
    '%s',
    async (_, { what, limits, off, statements, says }) => {
      const planted = { ...limits, engine: { ...limits.engine, ...off } }
      const caught = await within(planted, attack => firstCaught(attack, statements, says))
      expect(await within(limits, attack => judged(attack, caught)), `without ${what}`).toBeUndefined()
    },
    10 * boundMs,
  )

  it(
    'depth',
    () =>
      within(little, async attack => {
        planted.depth = true
        expect(await judged(attack, shallow), 'what is not deep').toBeUndefined()
        const caught = await firstCaught(attack, nested, tooDeep)
        planted.depth = false
        expect(await judged(attack, { ...caught, sql: `${caught.sql}\n` }), 'without the plant').toBeUndefined()
      }),
    6 * boundMs,
  )

  it(
    'time, of a statement and of its reading',
    async () => {
      const long = { timeoutMs: 8 * boundMs }
      const said = await Promise.all([
        within({ ...little, engine: { ...little.engine, ...long } }, attack => judged(attack, endless[0]!)),
        within({ ...little, parser: { ...little.parser, ...long } }, attack => judged(attack, slowToRead[0]!)),
      ])
      for (const says of said) expect(says).toMatch(/not ended within/)
      await within(little, async attack => {
        for (const statement of [endless[0]!, slowToRead[0]!]) expect(await judged(attack, statement), 'without the plant').toBeUndefined()
      })
    },
    8 * boundMs,
  )
})
