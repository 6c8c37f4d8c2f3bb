import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SqlRequest } from '../../packages/gate/src/decide/request.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { type Answer, ask, type Refused } from './ask.ts'
import { expectSame } from './compare.ts'
import { openStand, type Party, type Stand } from './stand.ts'
import { readYaml } from './tree.ts'
import { Twin } from './twin.ts'

interface Hostile {
  readonly sql: string
  readonly parameters?: SqlRequest['parameters']
  readonly heavy?: boolean
}

type Corpus = Readonly<Record<string, readonly (string | Hostile)[]>>

/** What no text of YAML should hold: odd characters, great depth and great length. */
const generated: Corpus = {
  'odd characters': [
    'SELECT \u202e first_name FROM shop.crm.customer',
    'SELECT\u00a0first_name\u00a0FROM\u00a0shop.crm.customer',
    'SELECT first_name FROM shop.crm.customer\u2028WHERE true',
    "SELECT 'a\u0000b'", 'SELECT \u0000', "SELECT '\ud800' FROM shop.crm.customer", '\ufeffSELECT first_name FROM shop.crm.customer'],
  depth: [
    { sql: `SELECT ${'('.repeat(3_000)}1${')'.repeat(3_000)}`, heavy: true },
    { sql: `SELECT ${'NOT '.repeat(5_000)}true`, heavy: true },
    { sql: `SELECT ${'-'.repeat(1)}${'(-'.repeat(2_000)}1${')'.repeat(2_000)}`, heavy: true },
    { sql: `${'SELECT * FROM ('.repeat(800)}SELECT first_name FROM shop.crm.customer${')'.repeat(800)}`, heavy: true },
    { sql: `SELECT ${'['.repeat(1_500)}${']'.repeat(1_500)}`, heavy: true },
    { sql: `SELECT ${'list_transform([1], x -> '.repeat(100)}1${')'.repeat(100)}`, heavy: true },
    { sql: `SELECT 1 WHERE ${Array.from({ length: 6_000 }, (_, i) => `${i}=1`).join(' AND ')}`, heavy: true },
    { sql: Array.from({ length: 1_500 }, () => 'SELECT 1').join(' UNION ALL '), heavy: true },
    { sql: `WITH ${Array.from({ length: 400 }, (_, i) => `t${i} AS (SELECT * FROM ${i === 0 ? 'shop.crm.customer' : `t${i - 1}`})`).join(', ')} SELECT count(*) FROM t399`, heavy: true },
    { sql: `WITH ${Array.from({ length: 30 }, (_, i) => `t${i} AS (${i === 0 ? 'SELECT 1 AS x' : `SELECT a.x FROM t${i - 1} a, t${i - 1} b`})`).join(', ')} SELECT count(*) FROM t29`, heavy: true },
    { sql: `SELECT '${'x'.repeat(70_000)}'`, heavy: true },
    { sql: `SELECT 1 AS ${'y'.repeat(60_000)}`, heavy: true },
  ],
}

const corpus: Corpus = { ...(readYaml('hostile.yaml') as Corpus), ...generated }
const { shared, filters } = readYaml('filters.yaml') as { shared: string; filters: Readonly<Record<string, string>> }
const rep: Party = {
  subject: { kind: 'User', id: 'workforce/rep', roles: ['sales-rep'], groups: [], attributes: { employee_id: 3 } },
  actors: [],
}
const purpose = 'analytics'

/** Planted where the asker must not look: in hidden rows, hidden cells and the hidden column. */
const hiddenValues = /SECRET\d|77654321|77654322|9999-12-31|9999999999/i
/** Not even a hostile statement is answered with one of these. */
const faults: readonly string[] = ['internal.fault', 'engine.unavailable', 'ledger.unavailable', 'limit.busy']
const inTime = ['limit.time', 'limit.memory', 'limit.rows', 'query.data', 'query.unsupported', 'query.syntax', 'request.too_large']

const statements = Object.entries(corpus).flatMap(([family, list]) =>
  list.map(item => ({ family, ...(typeof item === 'string' ? { sql: item } : item) })),
)
const shown = (all: readonly (Hostile & { family: string })[]) => all.map(one => ({ ...one, name: `${one.family}: ${one.sql.slice(0, 120)}` }))
const light = shown(statements.filter(one => one.heavy !== true))
const heavy = shown(statements.filter(one => one.heavy === true))
const requestOf = ({ sql, parameters }: Hostile): SqlRequest => ({ sql, purpose, ...(parameters === undefined ? {} : { parameters }) })

async function expectAlive(gate: Gate, twin: Twin): Promise<void> {
  const request = { sql: 'SELECT count(*) AS n, max(customer_id) AS m FROM shop.crm.customer', purpose }
  const answer = await ask(gate, 'rep', request)
  if ('problem' in answer) throw new Error(`the gate is not alive: ${answer.problem}`)
  expectSame(answer, await twin.run(request), true)
}

/** Also of what is told of a failure: where and which of two it was are told alike whatever is hidden. */
async function expectNoLeak(outcome: Answer | Refused, request: SqlRequest, twin: Twin): Promise<void> {
  expect(JSON.stringify(outcome)).not.toMatch(hiddenValues)
  if ('rows' in outcome) return expectSame(outcome, await twin.run(request), false)
  expect(faults).not.toContain(outcome.code)
  if (outcome.code === 'query.data') expect(await failsOn(twin, request), 'fails on what the asker may see').toBe(true)
}

/**
 * A statement that fails on data must fail on the data that the asker may see, in one order of evaluation at least: of
 * `a AND b` an engine looks at either first, and behind a barrier it does not choose as it would without.
 */
async function failsOn(twin: Twin, request: SqlRequest): Promise<boolean> {
  const barred = request.sql.replace(/shop\.(crm\.customer|orders\.invoice)/g, '(SELECT * FROM $& OFFSET 0)')
  for (const sql of [request.sql, barred]) if (await twin.run({ ...request, sql }).then(() => false, () => true)) return true
  return false
}

it('the corpus has what it should have', () => {
  expect(statements.length).toBeGreaterThanOrEqual(60)
  expect(Object.keys(filters)).toHaveLength(3)
})

describe.each(Object.entries(filters))('rows filtered by %s', (_, filter) => {
  const policies = { shop: `${shared}\n${filter}` }
  let stand: Stand
  let gate: Gate
  let twin: Twin
  beforeAll(async () => {
    stand = await openStand()
    gate = await stand.gate(policies, { rep })
    twin = await Twin.open({ gate, policies, party: rep, purpose, undiscoverable: ['shop.crm.customer.secret'] })
  })
  afterAll(async () => {
    twin.close()
    await stand.close()
  })

  it.each(light)('$name', async statement => {
    const request = requestOf(statement)
    await expectNoLeak(await ask(gate, 'rep', request), request, twin)
    await expectAlive(gate, twin)
  })
})

describe.each(Object.entries(filters))('little time and memory, rows filtered by %s', (_, filter) => {
  const policies = { shop: `${shared}\n${filter}` }
  let stand: Stand
  let gate: Gate
  let twin: Twin
  beforeAll(async () => {
    stand = await openStand({ engine: { timeoutMs: 700, memoryMb: 128 }, parser: { timeoutMs: 2_000 } })
    gate = await stand.gate(policies, { rep })
    twin = await Twin.open({ gate, policies, party: rep, purpose, undiscoverable: ['shop.crm.customer.secret'] })
  })
  afterAll(async () => {
    twin.close()
    await stand.close()
  })

  it.each(heavy)('$name', async statement => {
    const outcome = await ask(gate, 'rep', requestOf(statement))
    expect(JSON.stringify(outcome)).not.toMatch(hiddenValues)
    if ('problem' in outcome) expect(inTime).toContain(outcome.code)
    await expectAlive(gate, twin)
  })
})
