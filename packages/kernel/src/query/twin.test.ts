import { beforeAll, describe, expect, it } from 'vitest'
import { columnNames, openTwin, type Rows, secure, statementsOf, TestEngine } from '../../test/query/engine.ts'
import { decisions } from '../../test/query/tables.ts'
import { checkStatement, columnsUsed, findTables, verifySecured } from './index.ts'

const legal = statementsOf('legal.sql')

async function answer(work: () => Promise<Rows>): Promise<Rows | 'failed'> {
  return work().catch(() => 'failed' as const)
}

describe.each(Object.entries(decisions))('governed as on a database that holds only what may be seen: %s', (_, tables) => {
  let full: TestEngine
  let twin: TestEngine
  beforeAll(async () => {
    full = await TestEngine.open()
    twin = await openTwin(full, tables)
  })

  it.each(legal)('%s', async text => {
    const tree = await full.parse(text)
    checkStatement(tree, text)
    for (const { parts } of findTables(tree)) expect(parts).toHaveLength(3)
    const { sql, templates } = await secure(full, text, tables)
    verifySecured(await full.parse(sql), templates)
    const expected = await answer(() => twin.run(text))
    const governed = await answer(() => full.run(sql.startsWith('/*') ? sql : (text.startsWith('/*ordered*/') ? '/*ordered*/' : '') + sql))
    if (expected === 'failed') throw new Error('the statement is not legal')
    if (governed === 'failed') await full.run(sql)
    expect(governed).toMatchObject({ types: expected.types, rows: expected.rows })
    const apart = await secure(full, text, tables, true)
    verifySecured(await full.parse(apart.sql), apart.templates)
    expect(await full.run((text.startsWith('/*ordered*/') ? '/*ordered*/' : '') + apart.sql)).toMatchObject({
      types: expected.types,
      rows: expected.rows,
    })
    if (!text.includes('$') && !text.includes('?')) await expectColumnsRead(twin, text, columnsUsed(tree, columnNames(tables)))
  })
})

/** What the engine's own plan reads is among what was counted. */
async function expectColumnsRead(twin: TestEngine, text: string, used: ReadonlyMap<string, ReadonlySet<string>>): Promise<void> {
  const reader = await twin.connection.runAndReadAll(`EXPLAIN (FORMAT JSON) ${text}`)
  for (const scan of scansIn(JSON.parse(String(reader.getRows()[0]?.[1])))) {
    const [table = ''] = [...used.keys()].filter(id => scan.table.endsWith(id.split('.').at(-1)!))
    for (const column of scan.columns) expect([...(used.get(table) ?? [])]).toContain(column)
  }
}

function* scansIn(plan: unknown): Generator<{ table: string; columns: readonly string[] }> {
  if (Array.isArray(plan)) for (const item of plan) yield* scansIn(item)
  if (typeof plan !== 'object' || plan === null) return
  const { extra_info: info, children } = plan as { extra_info?: { Table?: string; Projections?: string | string[] }; children?: unknown }
  const columns = [info?.Projections ?? []].flat().filter(column => column !== '')
  if (info?.Table !== undefined) yield { table: info.Table, columns: columns.map(column => column.replaceAll('"', '')) }
  yield* scansIn(children)
}
