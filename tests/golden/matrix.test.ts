import type { Name } from '@selvage/kernel/model'
import { readEntries } from '@selvage/ledger/io'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SqlRequest } from '../../packages/gate/src/decide/request.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import type { Receipt } from '../../packages/gate/src/record/index.ts'
import { ask, mustAnswer } from './ask.ts'
import { expectSame } from './compare.ts'
import { openStand, type Party, type Stand } from './stand.ts'
import { readYaml } from './tree.ts'
import { Twin } from './twin.ts'

interface Form {
  readonly form: string
  readonly sql: string
  readonly ordered?: boolean
  readonly parameters?: SqlRequest['parameters']
}

interface Protection {
  readonly centre?: string
  readonly shop?: string
  /** The rule that every answer from a table must be logged with. */
  readonly rules: Readonly<Record<string, string>>
}

const forms = readYaml('forms.yaml') as readonly Form[]
const { permit, protections } = readYaml('protections.yaml') as {
  permit: string
  protections: Readonly<Record<string, Protection>>
}
const analyst: Party = {
  subject: { kind: 'User', id: 'workforce/analyst', roles: ['analyst'], groups: [], attributes: { employee_id: 3 } },
  actors: [],
}
const purpose = 'analytics'
const requestOf = ({ sql, parameters }: Form): SqlRequest => ({ sql, purpose, ...(parameters === undefined ? {} : { parameters }) })

let stand: Stand
let clear: Twin
beforeAll(async () => {
  stand = await openStand()
  clear = await Twin.openClear(await stand.gate({ shop: permit }, { analyst }))
})
afterAll(async () => {
  clear.close()
  await stand.close()
})

const filled = new Map<string, Receipt>()
let auditDir = ''

describe.each(Object.entries(protections))('%s', (name, { centre, shop = '', rules }) => {
  const policies = { centre, shop: `${permit}\n${shop}` }
  let gate: Gate
  let twin: Twin
  beforeAll(async () => {
    gate = await stand.gate(policies, { analyst })
    auditDir = gate.auditDir
    twin = await Twin.open({ gate, party: analyst, purpose, undiscoverable: [] })
  })
  afterAll(() => twin.close())

  it.each(forms)('$form', async form => {
    const expected = await twin.run(requestOf(form))
    const inOrder = (rows: readonly string[]): readonly string[] => (form.ordered === true ? rows : rows.toSorted())
    expect(inOrder(expected.rows), 'the protection changes the answer').not.toEqual(inOrder((await clear.run(requestOf(form))).rows))
    const governed = await ask(gate, 'analyst', requestOf(form))
    if ('problem' in governed) return expect(governed.problem).toBeUndefined()
    expectSame(governed, expected, form.ordered === true)
    filled.set(`${name} × ${form.form}`, governed.receipt)
  })

  it('says so beside the columns that pass through', async () => {
    const { columns } = await mustAnswer(gate, 'analyst', { sql: 'SELECT first_name FROM shop.crm.customer', purpose })
    const kinds: Readonly<Record<string, string>> = {
      'row filter': 'clear',
      token: 'token',
      'null cell': 'null',
      'cell condition': 'conditional',
    }
    expect(columns[0]?.protection).toMatchObject({ kind: kinds[name] })
    if (name === 'token' || name === 'null cell') expect(columns[0]?.protection).toMatchObject({ rule: rules['shop.crm.customer'] })
  })

  it.skipIf(name === 'row filter')('and beside them only, through stars, joins, recursions and pivots', async () => {
    const kindsOf = async (sql: string): Promise<string> =>
      (await mustAnswer(gate, 'analyst', { sql, purpose })).columns
        .flatMap(column => (column.protection.kind === 'clear' ? [] : [column.name]))
        .toSorted()
        .join(' ')
    const few = 'SELECT customer_id, first_name, country FROM shop.crm.customer'
    for (const [sql, changed] of [
      [`SELECT * FROM (${few}) JOIN (SELECT customer_id, total, note FROM shop.orders.invoice) USING (customer_id)`, 'first_name note'],
      [`SELECT * FROM (${few}) AS t(first_name, a, b)`, 'a'],
      [
        `WITH RECURSIVE r(d, w, c) AS (SELECT 0, first_name, country FROM (${few}) UNION SELECT d + 1, w, c FROM r WHERE d < 1) FROM r`,
        'w',
      ],
      [`SELECT * FROM (PIVOT (${few}) ON country IN ('DE') USING max(first_name) AS n, count(*) AS m GROUP BY customer_id)`, 'DE_n'],
      [`UNPIVOT (${few}) ON first_name, country INTO NAME k VALUE v`, 'v'],
      [`SELECT COLUMNS('first_name|country') FROM (${few})`, 'first_name'],
      [`SELECT country, first_name AS n FROM (${few}) UNION BY NAME SELECT country AS m FROM (${few})`, 'n'],
    ] as const)
      expect(await kindsOf(sql), sql).toBe(changed)
  })
})

it('no cell of the matrix is empty, and each is in the log with the rule that protected it', async () => {
  expect(Object.keys(protections)).toEqual(['row filter', 'token', 'null cell', 'cell condition'])
  expect(new Set(forms.map(form => form.form)).size).toBe(forms.length)
  const entries = new Map<number, { event: string; rules: readonly string[]; tables: readonly { table: string }[] }>()
  await expect.poll(async () => (await lastEntry()) >= Math.max(...[...filled.values()].map(receipt => receipt.index))).toBe(true)
  for await (const { index, entry } of readEntries(auditDir, 0, Number.MAX_SAFE_INTEGER))
    entries.set(index, JSON.parse(Buffer.from(entry).toString()))
  for (const [name, { rules }] of Object.entries(protections)) {
    for (const { form } of forms) {
      const entry = entries.get(filled.get(`${name} × ${form}`)?.index ?? -1)
      expect(entry, `${name} × ${form}`).toMatchObject({ event: 'released' })
      for (const { table } of entry!.tables) expect(entry!.rules).toContain(rules[table as Name])
    }
  }
})

async function lastEntry(): Promise<number> {
  let last = -1
  for await (const { index } of readEntries(auditDir, 0, Number.MAX_SAFE_INTEGER)) last = index
  return last
}
