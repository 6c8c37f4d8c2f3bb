import type { SemanticType } from '../../src/contract/index.ts'
import type { ColumnType, Name, TableId } from '../../src/model/index.ts'
import type { ColumnDecision, ConditionalMask, Expr, RowCondition, TableDecision, Transform } from '../../src/policy/index.ts'
import type { TableBinding } from '../../src/query/index.ts'

const because = [{ id: 'test/rule', reason: 'a test' }]
const name = (text: string): Name => text as Name
const semantics = {
  person: { name: 'person', partial: { kind: 'ends', first: 1, last: 0 } },
  email: { name: 'email', partial: { kind: 'email' } },
  birth: { name: 'birth', generalize: { kind: 'date', to: 'year' } },
  money: { name: 'money', generalize: { kind: 'bucket', width: 10 } },
} as const satisfies Record<string, SemanticType>

type Columns = readonly (readonly [name: string, type: ColumnType, semantic?: SemanticType])[]

const customerColumns: Columns = [
  ['customer_id', 'BIGINT'],
  ['first_name', 'VARCHAR', semantics.person],
  ['email', 'VARCHAR', semantics.email],
  ['country', 'VARCHAR'],
  ['support_rep_id', 'BIGINT'],
  ['birth', 'DATE', semantics.birth],
  ['spent', 'DECIMAL(10,2)', semantics.money],
  ['vip', 'BOOLEAN'],
]
const invoiceColumns: Columns = [
  ['invoice_id', 'BIGINT'],
  ['customer_id', 'BIGINT'],
  ['invoice_date', 'TIMESTAMP'],
  ['total', 'DECIMAL(10,2)', semantics.money],
  ['country', 'VARCHAR'],
  ['note', 'VARCHAR'],
]

export const customer = 'sales.crm.customer' as TableId
export const invoice = 'sales.orders.invoice' as TableId

const hidden = ['secret VARCHAR', '"email~token" VARCHAR', '"first_name~token" VARCHAR']

const create = (relation: string, columns: Columns, more: readonly string[]): string =>
  `CREATE TABLE ${relation} (${[...columns.map(([column, type]) => `"${column}" ${type}`), ...more].join(', ')})`

/** Under other names than the asker's, with columns that nobody may discover. */
export const physicalTables: readonly string[] = [
  "ATTACH ':memory:' AS p_crm",
  "ATTACH ':memory:' AS p_orders",
  create('p_crm.main.customer', customerColumns, hidden),
  create('p_orders.main.invoice', invoiceColumns, ['secret VARCHAR']),
  `INSERT INTO p_crm.main.customer VALUES
    (1, 'Anna', 'anna@a.example', 'DE', 3, DATE '1980-02-03', 12.50, TRUE, 'S1', 'tok_a', 'tok_fa'),
    (2, 'Bob', 'bob@b.example', 'FR', 3, DATE '1990-05-06', 3.25, FALSE, 'S2', 'tok_b', 'tok_fb'),
    (3, 'Cléo', 'cleo@c.example', 'DE', 1, DATE '2000-12-31', NULL, NULL, 'S3', 'tok_c', 'tok_fc'),
    (4, 'Lou', NULL, 'US', 1, NULL, 99.99, TRUE, 'S4', NULL, 'tok_fl'),
    (5, NULL, 'eve@e.example', NULL, NULL, DATE '1975-01-01', 0.00, FALSE, 'S5', 'tok_e', NULL),
    (6, 'Zoë', 'zoe@z.example', 'US', 3, DATE '1999-09-09', 41.00, FALSE, 'S6', 'tok_z', 'tok_fz')`,
  `INSERT INTO p_orders.main.invoice VALUES
    (10, 1, TIMESTAMP '2021-01-01 10:00:00', 5.50, 'DE', 'first', 'T1'),
    (11, 1, TIMESTAMP '2021-02-01 11:00:00', 3.50, 'DE', NULL, 'T2'),
    (12, 2, TIMESTAMP '1995-02-01 00:00:00', 7.25, 'FR', 'x', 'T3'),
    (13, 4, TIMESTAMP '2020-06-01 00:00:00', 1.00, 'US', 'y', 'T4'),
    (14, 9, TIMESTAMP '2022-06-01 00:00:00', 2.00, NULL, 'orphan', 'T5'),
    (15, NULL, TIMESTAMP '2022-07-01 00:00:00', 8.00, 'FR', NULL, 'T6')`,
]

const bind = (table: TableId, relation: string, columns: Columns): TableBinding => ({
  table,
  relation,
  columns: new Map(
    columns.map(([column, type, semantic]) => [
      name(column),
      {
        type,
        ...(column === 'email' || column === 'first_name' ? { token: `"${column}~token"` } : {}),
        ...(semantic === undefined ? {} : { semantic }),
      },
    ]),
  ),
})

export const bindings: ReadonlyMap<TableId, TableBinding> = new Map([
  [customer, bind(customer, '"p_crm".main."customer"', customerColumns)],
  [invoice, bind(invoice, '"p_orders".main."invoice"', invoiceColumns)],
])

const all: RowCondition = { kind: 'all', because }
export const where = (expr: Expr): RowCondition => ({ kind: 'where', expr, because })
export const equals = (column: string, value: string | bigint | boolean): Expr => ({
  kind: 'compare',
  op: '==',
  left: { kind: 'column', column: name(column) },
  right: { kind: 'literal', value },
})
const mask = (transform: Exclude<Transform, 'clear'>, when: Expr | true = true): ConditionalMask => ({ transform, when, because })

interface Special {
  readonly reveal?: RowCondition
  readonly masks?: readonly ConditionalMask[]
}

function decide(table: TableId, columns: Columns, rows: RowCondition, special: Readonly<Record<string, Special>> = {}): TableDecision {
  const decisions = columns.map(
    ([column]): ColumnDecision => ({ name: name(column), reveal: special[column]?.reveal ?? all, masks: special[column]?.masks ?? [] }),
  )
  return { table, rows, columns: decisions }
}

const either = (...of: Expr[]): Expr => ({ kind: 'or', of })
const vip: Expr = { kind: 'flag', column: name('vip') }

/** What different askers may see of the two tables. */
export const decisions: Readonly<Record<string, readonly TableDecision[]>> = {
  everything: [decide(customer, customerColumns, all), decide(invoice, invoiceColumns, all)],
  'rows by one column, masks for all rows': [
    decide(
      customer,
      customerColumns,
      where({ kind: 'among', operand: { kind: 'column', column: name('country') }, values: ['DE', 'FR'] }),
      { email: { masks: [mask('token')] }, birth: { masks: [mask('generalize')] }, vip: { masks: [mask('null')] } },
    ),
    decide(invoice, invoiceColumns, where(equals('country', 'DE')), { note: { reveal: { kind: 'none', because } } }),
  ],
  'rows by two columns, cells by conditions': [
    decide(customer, customerColumns, where(either(equals('country', 'DE'), equals('support_rep_id', 1n), { kind: 'not', of: vip })), {
      spent: { reveal: where(equals('support_rep_id', 3n)) },
      first_name: { masks: [mask('partial', vip), mask('token', equals('country', 'US'))] },
      email: { masks: [mask('partial')] },
    }),
    decide(invoice, invoiceColumns, where(either(equals('country', 'FR'), equals('customer_id', 1n))), {
      total: { masks: [mask('generalize', equals('country', 'FR'))] },
    }),
  ],
  nothing: [decide(customer, customerColumns, where(equals('country', 'XX'))), decide(invoice, invoiceColumns, { kind: 'none', because })],
}
