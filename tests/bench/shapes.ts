import type { Name, TableId } from '@selvage/kernel/model'
import type { Expr, TableDecision } from '@selvage/kernel/policy'
import type { TableBinding } from '@selvage/kernel/query'

/**
 * Two products: `line` has 40 % of its rows visible, `account` 70 %. E-mail addresses are tokens for everybody, telephone
 * numbers are shown in the rows of one representative.
 */
const name = (text: string): Name => text as Name
const text = (column: string): readonly [Name, { type: 'VARCHAR' }] => [name(column), { type: 'VARCHAR' }]
const number = (column: string): readonly [Name, { type: 'BIGINT' }] => [name(column), { type: 'BIGINT' }]
const email = [name('email'), { type: 'VARCHAR', token: '"email~token"' }] as const

const bind = (
  table: string,
  relation: string,
  columns: ConstructorParameters<typeof Map<Name, TableBinding['columns'] extends ReadonlyMap<Name, infer C> ? C : never>>[0],
): TableBinding => ({
  table: table as TableId,
  relation,
  columns: new Map(columns),
})

export const bindings: readonly TableBinding[] = [
  bind('bench.sales.line', '"p_sales".main."line"', [
    number('id'),
    number('account_id'),
    text('region'),
    email,
    text('phone'),
    text('kind'),
    number('rep'),
    [name('price'), { type: 'DOUBLE' }],
  ]),
  bind('bench.crm.account', '"p_crm".main."account"', [number('account_id'), text('country'), text('segment'), email]),
]

const equals = (column: string, value: string | bigint): Expr => ({
  kind: 'compare',
  op: '==',
  left: { kind: 'column', column: name(column) },
  right: { kind: 'literal', value },
})
const all = { kind: 'all', because: [] } as const

function decide(binding: TableBinding, rows: Expr): TableDecision {
  return {
    table: binding.table,
    rows: { kind: 'where', because: [], expr: rows },
    columns: [...binding.columns.keys()].map(column => ({
      name: column,
      reveal: column === 'phone' ? { kind: 'where', because: [], expr: equals('rep', 3n) } : all,
      masks: column === 'email' ? [{ transform: 'token', when: true, because: [] }] : [],
    })),
  }
}

const [line, account] = bindings
export const decisions: readonly TableDecision[] = [
  decide(line!, equals('region', 'EU')),
  decide(account!, { kind: 'among', operand: { kind: 'column', column: name('country') }, values: ['DE', 'FR'] }),
]

export const dataOf = (rows: number): readonly string[] => [
  `CREATE TABLE p_sales.main.line AS SELECT i AS id, i % 500000 AS account_id, CASE WHEN hash(i) % 5 < 2 THEN 'EU' ELSE 'US' END AS region,
    'user' || (i % 500000) || '@example.org' AS email, 'tok_' || md5((i % 500000)::VARCHAR) AS "email~token",
    '+49 30 ' || (hash(i + 1) % 10000000) AS phone, 'k' || (hash(i + 2) % 7) AS kind, (hash(i + 3) % 20)::BIGINT AS rep,
    (hash(i) % 1000000) / 100.0 AS price FROM range(${rows}) t(i)`,
  `CREATE TABLE p_crm.main.account AS SELECT i AS account_id, ['DE', 'FR', 'US'][1 + (hash(i) % 10 * 3 // 10)::INTEGER] AS country,
    's' || (i % 40) AS segment, 'user' || i || '@example.org' AS email, 'tok_' || md5(i::VARCHAR) AS "email~token" FROM range(500000) t(i)`,
]

export interface Shape {
  readonly what: string
  readonly sql: string
  /** Secured as a person would write it. */
  readonly byHand: string
  /** Over everything. */
  readonly raw: string
  /** Governed ÷ by hand. */
  readonly atMost?: number
}

const eu = `region = 'EU'`

const barred: readonly Shape[] = [
  {
    what: 'group and aggregate',
    sql: 'SELECT kind, count(*), avg(price) FROM bench.sales.line GROUP BY 1 ORDER BY 1',
    byHand: `SELECT kind, count(*), avg(price) FROM p_sales.main.line WHERE ${eu} GROUP BY 1 ORDER BY 1`,
    raw: 'SELECT kind, count(*), avg(price) FROM p_sales.main.line GROUP BY 1 ORDER BY 1',
  },
  {
    what: 'distinct tokens',
    sql: 'SELECT count(DISTINCT email) FROM bench.sales.line WHERE price < 1000',
    byHand: `SELECT count(DISTINCT "email~token") FROM p_sales.main.line WHERE ${eu} AND price < 1000`,
    raw: 'SELECT count(DISTINCT email) FROM p_sales.main.line WHERE price < 1000',
  },
  {
    what: 'point lookup',
    sql: 'SELECT id, email, price FROM bench.sales.line WHERE id = 4000003',
    byHand: `SELECT id, "email~token", price FROM p_sales.main.line WHERE ${eu} AND id = 4000003`,
    raw: 'SELECT id, email, price FROM p_sales.main.line WHERE id = 4000003',
  },
  {
    what: 'join of two products',
    sql: 'SELECT a.segment, count(*), sum(l.price) FROM bench.sales.line l JOIN bench.crm.account a USING (account_id) GROUP BY 1 ORDER BY 1',
    byHand: `SELECT a.segment, count(*), sum(l.price) FROM p_sales.main.line l JOIN p_crm.main.account a USING (account_id) WHERE l.${eu} AND a.country IN ('DE', 'FR') GROUP BY 1 ORDER BY 1`,
    raw: 'SELECT a.segment, count(*), sum(l.price) FROM p_sales.main.line l JOIN p_crm.main.account a USING (account_id) GROUP BY 1 ORDER BY 1',
  },
  {
    what: 'window, top n',
    sql: 'SELECT kind, rep, id, price FROM bench.sales.line QUALIFY row_number() OVER (PARTITION BY kind, rep ORDER BY price DESC, id) <= 3',
    byHand: `SELECT kind, rep, id, price FROM p_sales.main.line WHERE ${eu} QUALIFY row_number() OVER (PARTITION BY kind, rep ORDER BY price DESC, id) <= 3`,
    raw: 'SELECT kind, rep, id, price FROM p_sales.main.line QUALIFY row_number() OVER (PARTITION BY kind, rep ORDER BY price DESC, id) <= 3',
  },
  {
    what: 'scan with cell conditions',
    sql: "SELECT id, email, phone, kind, price FROM bench.sales.line WHERE phone LIKE '%77' OR price > 9990",
    byHand: `SELECT id, "email~token", CASE WHEN rep = 3 THEN phone END, kind, price FROM p_sales.main.line WHERE ${eu} AND ((CASE WHEN rep = 3 THEN phone END) LIKE '%77' OR price > 9990)`,
    raw: "SELECT id, email, phone, kind, price FROM p_sales.main.line WHERE phone LIKE '%77' OR price > 9990",
  },
]

/** The barrier costs what ADR 0002 says; a person would hardly write it. */
export const shapes: readonly Shape[] = [
  ...barred.map(shape => ({ ...shape, atMost: 1.1 })),
  {
    what: 'a call that may fail (barrier)',
    sql: 'SELECT max(price) FROM bench.sales.line WHERE year(make_date(2000 + rep, 1, 1)) = 2003',
    byHand: `SELECT max(price) FROM p_sales.main.line WHERE ${eu} AND year(make_date(2000 + rep, 1, 1)) = 2003`,
    raw: 'SELECT max(price) FROM p_sales.main.line WHERE year(make_date(2000 + rep, 1, 1)) = 2003',
  },
]
