import type { PolicyJson } from '@selvage/kernel/policy'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { runResiduals } from './residuals.ts'

const rows = Number(process.env.SELVAGE_CONFORMANCE_REQUESTS ?? 160)
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

/** The bug that closed the official partial evaluator to us: `!(resource has x)` folded to false. */
function foldNotHas(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(foldNotHas)
  if (typeof value !== 'object' || value === null) return value
  const negated = (value as { '!'?: { arg?: { has?: { left?: { Var?: string } } } } })['!']
  if (negated?.arg?.has?.left?.Var === 'resource') return { Value: false }
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, foldNotHas(child)]))
}

describe('what is left of rules when only the row is unknown', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await openEngine()
  })

  it('means for each row what the official engine decides of it, here and on DuckDB', { timeout: 3_600_000 }, async () => {
    const { differences, ...counts } = await runResiduals({ seed, rows, engine })
    console.log(`residuals: seed ${seed}, ${JSON.stringify(counts)}`)
    expect(differences).toEqual([])
    // How often what happens is a matter of chance where few are asked.
    if (rows < 20_000) return
    expect(counts.rowsWithNull / counts.rows).toBeGreaterThan(0.5)
    expect(counts.absent / counts.conditions).toBeGreaterThan(0.05)
    expect(counts.missing).toBeGreaterThan(rows / 1_000)
    expect(counts.held.yes / counts.held.no).toBeGreaterThan(0.1)
  })

  it('a planted bug is caught: folding `!has`', { timeout: 120_000 }, async () => {
    const changed = (policies: readonly PolicyJson[]): PolicyJson[] => policies.map(policy => ({ ...policy, est: foldNotHas(policy.est) }))
    expect((await runResiduals({ seed: 7, rows: 3_200, engine, most: 1, changed })).differences).not.toEqual([])
  })

  it('a planted bug is caught: a call that is worked out wrongly', { timeout: 120_000 }, async () => {
    const other = (text: string): string => text.replaceAll('"3ms"', '"0ms"').replaceAll('"4s"', '"9s"')
    const changed = (policies: readonly PolicyJson[]): PolicyJson[] => JSON.parse(other(JSON.stringify(policies)))
    expect((await runResiduals({ seed: 7, rows: 3_200, engine, most: 1, changed })).differences).not.toEqual([])
  })

  it.each<[string, (sql: string) => string]>([
    ['a NULL that holds', sql => sql.replaceAll(', FALSE)', ', TRUE)')],
    ['`<>` for `=`', sql => sql.replaceAll(' = ', ' <> ')],
    ['an element for a whole set', sql => sql.replace(/list_contains\(([^,]+), [^()]+?\)/g, '(len($1) > 0)')],
    ['a set that is taken for empty', sql => sql.replaceAll('(len(', '(0 * len(')],
    ['NULL that counts as a value', sql => sql.replaceAll('IS NOT NULL', 'IS NOT DISTINCT FROM NULL')],
  ])('a planted bug is caught: %s', { timeout: 120_000 }, async (_, changed) => {
    expect((await runResiduals({ seed: 7, rows: 3_200, engine: await openEngine(changed), most: 1 })).differences).not.toEqual([])
  })
})
