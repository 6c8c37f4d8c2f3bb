import { beforeAll, describe, expect, it } from 'vitest'
import { openTwin, type Rows, secure, statementsOf, TestEngine } from '../../test/query/engine.ts'
import { decisions } from '../../test/query/tables.ts'
import { checkStatement, findTables, verifySecured } from './index.ts'

const hostile = statementsOf('hostile.sql')
const policies = Object.entries(decisions).filter(([name]) => name !== 'everything')

type Outcome = Rows | 'refused' | 'failed'

/** Everything that happens to a text before it runs, in the order of the gate. */
async function governed(full: TestEngine, text: string, tables: (typeof policies)[number][1]): Promise<Outcome> {
  let sql: string
  try {
    const tree = await full.parse(text)
    const known = new Set<string>(tables.map(({ table }) => table))
    if (findTables(tree).some(({ parts }) => !known.has(parts.join('.').toLowerCase()))) return 'refused'
    checkStatement(tree, text)
    const secured = await secure(full, text, tables)
    verifySecured(await full.parse(secured.sql), secured.templates)
    sql = secured.sql
  } catch {
    return 'refused'
  }
  return full.run(sql).catch(() => 'failed' as const)
}

describe.each(policies)('a hostile statement is refused or answers as on the twin: %s', (_, tables) => {
  let full: TestEngine
  let twin: TestEngine
  beforeAll(async () => {
    full = await TestEngine.open()
    twin = await openTwin(full, tables)
  })

  it.each(hostile)('%s', async text => {
    const outcome = await governed(full, text, tables)
    if (outcome === 'refused') return
    const expected = await twin.run(text).catch(() => 'failed' as const)
    if (typeof outcome === 'string' || typeof expected === 'string') expect(outcome).toBe(expected)
    else expect(outcome).toMatchObject({ types: expected.types, rows: expected.rows })
  })
})
