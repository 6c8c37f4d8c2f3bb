import { beforeAll, describe, expect, it } from 'vitest'
import { bindingOf, TestEngine } from '../../test/query/engine.ts'
import { decisions, equals, physicalTables, where } from '../../test/query/tables.ts'
import type { RowCondition, TableDecision } from '../policy/index.ts'
import { needsBarrier, securedSelect } from './index.ts'

const rows = 300_000
const hide = (visible: string, hidden: string): string => `CASE WHEN i % 3 = 0 THEN ${visible} ELSE ${hidden} END`

/** Two rows of three are hidden, and each of them is a trap for what cannot fail on the others. */
const traps = [
  ...physicalTables.filter(sql => !sql.startsWith('INSERT')),
  `INSERT INTO p_crm.main.customer SELECT ${hide('i % 50', '9223372036854775807 - i')}, ${hide("'a'", "'S('")}, 'x', ${hide("'DE'", "'US'")}, 1,
    ${hide("DATE '2020-01-01'", "DATE '5881580-07-10'")}, 1, TRUE, 's', 't', 't' FROM range(${rows}) r(i)`,
]

const customer = decisions.everything![0]!
const filters: readonly [string, RowCondition][] = [
  ['one equality', where(equals('country', 'DE'))],
  ['a list', where({ kind: 'among', operand: { kind: 'column', column: customer.columns[3]!.name }, values: ['DE', 'XX'] })],
  [
    'a negation',
    where({
      kind: 'not',
      of: { kind: 'or', of: [equals('country', 'US'), { kind: 'not', of: { kind: 'has', column: customer.columns[3]!.name } }] },
    }),
  ],
  ['two columns', where({ kind: 'or', of: [equals('country', 'DE'), equals('support_rep_id', -1n)] })],
]

const attacks = [
  "chr(CASE WHEN first_name LIKE 'S%' THEN -1 ELSE 65 END) = 'A'",
  'epoch_ms(customer_id) IS NOT NULL',
  'gcd(CASE WHEN customer_id > 100 THEN -9223372036854775808 ELSE 2 END, 0) > 0',
  "birth IN (TIMESTAMP '2020-01-01')",
  'birth::TIMESTAMP IS NOT NULL',
  "(CASE WHEN first_name LIKE 'S%' THEN DATE '5881580-07-10' ELSE DATE '2020-01-01' END) IN (TIMESTAMP '2020-01-01')",
  "(CASE WHEN first_name LIKE 'S%' THEN DATE '5881580-07-10' ELSE DATE '2020-01-01' END) < TIMESTAMP '2020-01-01'",
  'age(birth) IS NOT NULL',
  'last_day(birth) IS NOT NULL',
  'first_name SIMILAR TO first_name',
  "regexp_replace(first_name, first_name, 'x') = 'x'",
  'substring(first_name, customer_id, 2) IS NOT NULL',
  'to_timestamp(customer_id::DOUBLE * 1e300) IS NOT NULL',
  'CAST(customer_id AS TINYINT) < 100',
  '1 / (customer_id - 9223372036854775806) < 1',
  'customer_id + 1000000 > 0',
  'hamming(first_name, $$a$$) = 0',
  "(coalesce(birth, DATE '2020-01-01') + 0) < TIMESTAMP '2020-01-01'",
]
/** What most statements are made of; for these no barrier is needed. */
const plain = [
  'customer_id = 5',
  "first_name = 'a' AND country <> 'FR'",
  'customer_id BETWEEN 3 AND 9 OR customer_id IN (11, 12)',
  "first_name LIKE 'a%' AND NOT (first_name IS NULL)",
  "birth >= DATE '2020-01-01'",
  "birth < TIMESTAMP '2020-01-01'",
  "coalesce(first_name, 'b') = lower(first_name)",
  'CASE WHEN vip THEN customer_id ELSE 1 END < 9',
  'first_name = 5 OR vip',
  'customer_id * 2 > 10 OR TRUE',
  'customer_id % 2 = 1',
]

describe.each(filters)('a condition never runs on hidden rows: filter by %s', (_, rows) => {
  let engine: TestEngine
  let decision: TableDecision
  beforeAll(async () => {
    engine = await TestEngine.open(traps)
    decision = { ...customer, rows }
    await engine.connection.run(`CREATE TABLE visible AS ${securedSelect(decision, bindingOf(decision))}`)
  })

  const count = async (relation: string, condition: string): Promise<string> => {
    const { rows } = await engine
      .run(`SELECT count(*) FROM (${relation}) AS customer WHERE ${condition}`)
      .catch(() => ({ rows: ['failed'] }))
    return rows.join()
  }

  it.each(attacks)('%s', async attack => {
    expect(needsBarrier(await engine.parse(`SELECT count(*) FROM sales.crm.customer WHERE ${attack}`))).toBe(true)
    expect(await count(securedSelect(decision, bindingOf(decision)), attack)).toBe(await count('FROM visible', attack))
  })

  it.each(plain)('without a barrier: %s', async condition => {
    expect(needsBarrier(await engine.parse(`SELECT count(*) FROM sales.crm.customer WHERE ${condition}`))).toBe(false)
    expect(await count(securedSelect(decision, bindingOf(decision), false), condition)).toBe(await count('FROM visible', condition))
  })

  it('is caught where the barrier is left out', async () => {
    const open = securedSelect(decision, bindingOf(decision), false).replace(' OFFSET 0', '')
    const leaks = []
    for (const attack of attacks) if ((await count(open, attack)) !== (await count('FROM visible', attack))) leaks.push(attack)
    expect(leaks.length).toBeGreaterThan(2)
  })
})
