import { openDiscoverReplay, openReplay, parsePolicies } from '@selvage/cedar'
import type { Mesh, Table } from '@selvage/kernel/contract'
import type { Name } from '@selvage/kernel/model'
import { compilePolicies, decide, type Expr, evaluate, type PolicyJson, type Row, type TableDecision } from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { differences, discoverDifferences, openMesh, tableOf } from '../../../packages/cedar/test/differences.ts'
import { onlyRules, policyFiles } from '../../../packages/cedar/test/example-mesh.ts'
import { generatedAsker, generatedRow } from '../../../packages/cedar/test/generated-askers.ts'
import { generatedRules } from '../../../packages/cedar/test/generated-rules.ts'
import type { Engine } from './engine.ts'

/** What was met on the way, so that a run that met nothing cannot pass for one that found nothing. */
export interface ResidualTally {
  rows: number
  rowsWithNull: number
  /** Conditions over the row: of rows, of what is revealed, of masks. */
  conditions: number
  /** Conditions that hold where a column has no value. */
  absent: number
  /** Of conditions in rows, as the engine gave them. */
  readonly held: { yes: number; no: number }
  /** Rule sets that ask for an attribute that no row has. */
  missing: number
  readonly differences: string[]
}

interface Options {
  readonly seed: number
  readonly rows: number
  readonly engine: Engine
  /** Stops after so many differences. */
  readonly most?: number
  /** For planted bugs: what we are given instead. */
  readonly changed?: (policies: readonly PolicyJson[]) => readonly PolicyJson[]
}

const tables = ['sales.crm.customer', 'health.care.conditions'].map(id => tableOf(openMesh, id))
const rowsOfEach = 8
const rowsOfSet = 2 * tables.length * rowsOfEach

const sets = fc.record({
  rules: generatedRules,
  askers: fc.array(generatedAsker, { minLength: 2, maxLength: 2 }),
  rows: fc.tuple(...tables.map(table => fc.array(generatedRow(table), { minLength: rowsOfEach, maxLength: rowsOfEach }))),
})
type Case = typeof sets extends fc.Arbitrary<infer T> ? T : never

/**
 * Residuals over generated rules and rows: evaluated for each row beside the official engine's decision of that row,
 * and printed and run on DuckDB beside their evaluation.
 */
export async function runResiduals({ seed, rows, engine, most = 20, changed = same => same }: Options): Promise<ResidualTally> {
  const held = { yes: 0, no: 0 }
  const tally: ResidualTally = { rows: 0, rowsWithNull: 0, conditions: 0, absent: 0, held, missing: 0, differences: [] }
  for (const one of fc.sample(sets, { numRuns: Math.ceil(rows / rowsOfSet), seed })) {
    if (tally.differences.length >= most) break
    await compareSet(one, engine, changed, tally)
  }
  return tally
}

async function compareSet(one: Case, engine: Engine, changed: NonNullable<Options['changed']>, tally: ResidualTally): Promise<void> {
  const mesh = onlyRules(openMesh, one.rules)
  const policies = parsed(mesh)
  const compiled = compilePolicies(mesh, changed(policies))
  const replay = openReplay(mesh, policies)
  const discover = openDiscoverReplay(mesh, policies)
  if (/\b(nothing|residency)\b/.test(Object.values(one.rules).join())) tally.missing += 1
  for (const asker of one.askers)
    for (const [number, table] of tables.entries()) {
      const rows = one.rows[number]!
      const told = (text: string): string => `${text}\n  ${JSON.stringify({ rules: one.rules, asker, table: table.id })}`
      if (asker === one.askers[0])
        tally.differences.push(...discoverDifferences(compiled, discover, asker, table, rows.slice(0, 2)).map(told))
      for (const [at, row] of rows.entries()) {
        tally.rows += 1
        if (Object.values(row).includes(null)) tally.rowsWithNull += 1
        tally.differences.push(...differences(compiled, replay, asker, table, row, { columns: twoCells(table, at) }).map(told))
      }
      tally.differences.push(...(await compareOnEngine(decide(compiled, asker, table.id), table, rows, engine, tally)).map(told))
    }
}

function parsed(mesh: Mesh): readonly PolicyJson[] {
  const { policies, findings } = parsePolicies(policyFiles(mesh))
  if (findings.length > 0) throw new Error(JSON.stringify(findings))
  return policies
}

/** Over the rows, every column. */
function twoCells(table: Table, at: number): readonly Name[] {
  const names = table.columns.map(column => column.name)
  return [names[at % names.length]!, names[(at * 3 + 1) % names.length]!]
}

async function compareOnEngine(
  decision: ReturnType<typeof decide>,
  table: Table,
  rows: readonly Row[],
  engine: Engine,
  tally: ResidualTally,
): Promise<string[]> {
  const conditions = 'kind' in decision ? [] : conditionsOf(decision)
  if (conditions.length === 0) return []
  tally.conditions += conditions.length
  tally.absent += conditions.filter(expr => evaluate(expr, {})).length
  const answers = await engine(table, rows, conditions)
  const out: string[] = []
  for (const [at, row] of rows.entries())
    for (const [number, expr] of conditions.entries()) {
      const expected = evaluate(expr, row)
      tally.held[expected ? 'yes' : 'no'] += 1
      const { exact, filter } = answers[at]![number]!
      if (exact !== expected || filter !== expected)
        out.push(`on the engine: ${text(expr)} in ${text(row)} is ${expected}; there ${exact}, as a filter ${filter}`)
    }
  return out
}

function conditionsOf({ rows, columns }: TableDecision): readonly Expr[] {
  const conditions = [rows, ...columns.map(column => column.reveal)].flatMap(one => (one.kind === 'where' ? [one.expr] : []))
  const masks = columns.flatMap(column => column.masks).flatMap(mask => (mask.when === true ? [] : [mask.when]))
  return [...new Map([...conditions, ...masks].map(expr => [text(expr), expr])).values()]
}

const text = (value: unknown): string => JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `${one}` : one))
