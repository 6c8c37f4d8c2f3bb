import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type DevMesh, root } from '../dev-mesh.ts'
import { type Question, type Statement, send, tokenOf } from './load.ts'

const json = 'application/json'
const lines = 'application/x-ndjson'
const customers = 'SELECT customer_id, first_name, email FROM sales.crm.customer ORDER BY 1'
const analyst = { gate: 'sales', as: 'analyst', purpose: 'analytics' } as const
const rep = { gate: 'sales', as: 'rep', purpose: 'service-provision' } as const

/** Every pair of customers: 160,000 rows, so that a stream is under way when something dies. */
export const pairs: Statement = {
  ...analyst,
  media: lines,
  sql: 'SELECT a.customer_id, b.customer_id FROM sales.crm.customer a, sales.crm.customer b ORDER BY 1, 2',
}

const statements: readonly Statement[] = [
  { ...rep, media: json, sql: customers },
  { ...rep, media: lines, sql: customers },
  { ...analyst, media: json, sql: customers },
  { ...analyst, media: lines, sql: customers },
  { ...analyst, media: json, sql: 'SELECT billing_country, count(*), sum(total) FROM sales.orders.invoice GROUP BY 1 ORDER BY 1' },
  {
    ...analyst,
    media: lines,
    sql: 'SELECT c.country, count(*) FROM sales.crm.customer c JOIN sales.orders.invoice i USING (customer_id) GROUP BY 1 ORDER BY 1',
  },
  pairs,
  {
    gate: 'census',
    as: 'analyst',
    purpose: 'analytics',
    media: json,
    sql: 'SELECT education, count(*) FROM census.people.adult GROUP BY 1 ORDER BY 1',
  },
  {
    gate: 'health',
    as: 'researcher',
    purpose: 'research',
    media: lines,
    sql: 'SELECT code, count(*) FROM health.care.conditions GROUP BY 1 ORDER BY 1',
  },
  // Refused, each for a reason of its own.
  { ...analyst, media: json, sql: 'DELETE FROM sales.crm.customer' },
  { ...analyst, media: lines, sql: 'SELECT nothing FROM sales.crm.customer' },
  { ...rep, media: json, sql: 'SELECT total FROM sales.orders.invoice' },
  { ...rep, purpose: 'research', media: json, sql: customers },
]

/** Asks each once while all is quiet; what plain SQL over the files says is checked where it is known. */
export async function gatherQuestions(mesh: DevMesh): Promise<readonly Question[]> {
  const logins = [...new Set(statements.map(statement => statement.as))]
  const tokens = new Map(await Promise.all(logins.map(async login => [login, await tokenOf(mesh, login)] as const)))
  const questions: Question[] = []
  for (const statement of statements) {
    const answer = await send(mesh, tokens.get(statement.as)!, statement)
    if (answer.kind === 'whole') questions.push({ statement, right: { columns: answer.columns, rows: answer.rows } })
    else if (answer.kind === 'refused') questions.push({ statement, right: { code: answer.code } })
    else throw new Error(`${statement.sql}: ${answer.kind}`)
  }
  checkAgainstFiles(questions)
  return questions
}

function checkAgainstFiles(questions: readonly Question[]): void {
  const { steps } = JSON.parse(readFileSync(join(root, 'examples', 'mesh', 'expected.sample.json'), 'utf8')) as {
    steps: Record<'1' | '2', { ids: string[] }>
  }
  const rowsOf = (i: number): string => (questions[i]!.right as { rows: string }).rows
  const ids = (i: number): string[] =>
    rowsOf(i)
      .split('\n')
      .map(line => (JSON.parse(line) as string[])[0]!)
  expect(ids(0)).toEqual(steps[1].ids)
  expect(ids(1)).toEqual(steps[1].ids)
  expect(ids(2)).toEqual(steps[2].ids)
  const all = steps[2].ids
  expect(rowsOf(statements.indexOf(pairs)) === all.flatMap(a => all.map(b => `["${a}","${b}"]`)).join('\n')).toBe(true)
  expect(questions.filter(({ right }) => 'code' in right).map(({ right }) => (right as { code: string }).code)).toEqual([
    'query.unsupported',
    'query.unknown_column',
    'query.unknown_table',
    'purpose.not_permitted',
  ])
}
