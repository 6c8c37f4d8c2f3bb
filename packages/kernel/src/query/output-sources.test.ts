import { beforeAll, describe, expect, it } from 'vitest'
import { columnNames, openTwin, statementsOf, TestEngine } from '../../test/query/engine.ts'
import { customer, decisions, invoice } from '../../test/query/tables.ts'
import type { TableId } from '../model/index.ts'
import { checkStatement, outputSources } from './index.ts'
import { follow } from './output-sources.ts'

const tables = columnNames(decisions.everything!)
const short = new Map<TableId, string>([
  [customer, 'c'],
  [invoice, 'i'],
])

/**
 * The oracle: each cell holds the mark of its column, such as `<c.email>`, so whatever surfaces in a column of a result
 * says where it came from. Two rows of each table match in the columns that both have: those cells hold `k`, which is
 * no mark.
 */
let marked: TestEngine
let typed: TestEngine
beforeAll(async () => {
  marked = await TestEngine.open(["ATTACH ':memory:' AS sales", 'CREATE SCHEMA sales.crm', 'CREATE SCHEMA sales.orders'])
  for (const [table, columns] of tables) {
    const mark = (column: string): string => `'<${short.get(table)}.${column}>'`
    const shared = (column: string): string => (['customer_id', 'country'].includes(column) ? "'k'" : mark(column))
    const cells = (of: (column: string) => string): string => `(${columns.map(of).join(', ')})`
    await marked.connection.run(`CREATE TABLE ${table} (${columns.map(column => `${column} VARCHAR`).join(', ')})`)
    await marked.connection.run(`INSERT INTO ${table} VALUES ${cells(shared)}, ${cells(shared)}, ${cells(mark)}`)
  }
  typed = await openTwin(await TestEngine.open(), decisions.everything!)
})

const label = ({ table, column }: { table: TableId; column: string }): string => `${short.get(table)}.${column}`

async function claimed(sql: string, names: readonly string[]): Promise<string[]> {
  return outputSources(await marked.parse(sql), tables, names).map(sources => sources.map(label).toSorted().join(' '))
}

/** The marks that surface, by output column. */
async function surfaced(sql: string): Promise<{ names: readonly string[]; marks: readonly ReadonlySet<string>[] }> {
  const reader = await marked.connection.runAndReadAll(sql)
  const names = reader.columnNames()
  const rows = reader.getRowsJson().map(row => row.map(value => JSON.stringify(value)))
  return {
    names,
    marks: names.map(
      (_, i) => new Set(rows.flatMap(row => [...(row[i] ?? '').matchAll(/<([ci]\.\w+)>/gi)].map(match => (match[1] ?? '').toLowerCase()))),
    ),
  }
}

const c = 'sales.crm.customer'
const i = 'sales.orders.invoice'
const people = 'c.customer_id, c.first_name, c.email, c.country, c.support_rep_id, c.birth, c.spent, c.vip'
const bills = 'i.invoice_id, i.customer_id, i.invoice_date, i.total, i.country, i.note'
const without = (list: string, ...left: string[]): string =>
  list
    .split(', ')
    .filter(name => !left.includes(name))
    .join(', ')

/** What each output column is said to come from, `''` for nothing; it is exactly what surfaces. */
const exact: readonly (readonly [sql: string, claims: string])[] = [
  [`SELECT * FROM ${c}`, people],
  [`SELECT * FROM ${c} LEFT JOIN ${i} USING (customer_id)`, `${people}, ${without(bills, 'i.customer_id')}`],
  [
    `SELECT * FROM ${c} RIGHT JOIN ${i} USING (customer_id)`,
    `${people.replace('c.customer_id', 'i.customer_id')}, ${without(bills, 'i.customer_id')}`,
  ],
  [
    `SELECT * FROM ${c} FULL JOIN ${i} USING (customer_id)`,
    `${people.replace('c.customer_id', 'c.customer_id i.customer_id')}, ${without(bills, 'i.customer_id')}`,
  ],
  [
    `SELECT * FROM ${c} NATURAL FULL JOIN ${i}`,
    `${people.replace('c.customer_id', 'c.customer_id i.customer_id').replace('c.country', 'c.country i.country')}, ${without(bills, 'i.customer_id', 'i.country')}`,
  ],
  [`SELECT a.*, b.* FROM ${c} a FULL JOIN ${i} b USING (customer_id)`, `${people}, ${bills}`],
  [`SELECT customer_id, b.customer_id FROM ${c} a LEFT JOIN ${i} b USING (customer_id)`, 'c.customer_id, i.customer_id'],
  [
    `SELECT note, customer_id FROM ${c} a SEMI JOIN ${c} b USING (customer_id) RIGHT JOIN ${i} USING (customer_id)`,
    'i.note, i.customer_id',
  ],
  [
    `SELECT * FROM (SELECT customer_id, email FROM ${c}) a LEFT JOIN (SELECT customer_id, note FROM ${i}) b USING (customer_id) LEFT JOIN (SELECT customer_id, vip FROM ${c}) d USING (customer_id)`,
    'c.customer_id, c.email, i.note, c.vip',
  ],
  [
    `SELECT * EXCLUDE (a.customer_id, email) FROM (SELECT customer_id, email FROM ${c}) a LEFT JOIN ${i} b USING (customer_id)`,
    bills.replace('i.customer_id', 'c.customer_id'),
  ],
  [`SELECT * REPLACE (email || vip AS email) RENAME (vip AS v) FROM ${c}`, people.replace('c.email', 'c.email c.vip')],
  [`SELECT l.* FROM ${c} a, LATERAL (SELECT a.email AS e, note FROM ${i}) l`, 'c.email, i.note'],
  [`SELECT * FROM ${c} a, (SELECT a.email || b.note FROM ${i} b) l`, `${people}, c.email i.note`],
  [`SELECT x FROM ${c} a LEFT JOIN LATERAL (SELECT (SELECT a.email) AS x) l ON true`, 'c.email'],
  [
    `WITH RECURSIVE r(n, m, o, d) AS (SELECT email, '', '', 0 FROM ${c} UNION SELECT note, n, m, d + 1 FROM r, ${i} WHERE d < 4) SELECT o, m, n FROM r`,
    'c.email i.note, c.email i.note, c.email i.note',
  ],
  [
    `WITH RECURSIVE r AS (SELECT 1 AS d, vip AS v FROM ${c} UNION ALL SELECT d + 1, email FROM r, ${c} WHERE d < 2) SELECT * FROM r`,
    ', c.email c.vip',
  ],
  [
    `WITH RECURSIVE k(id, n) USING KEY (id) AS (SELECT vip, email FROM ${c} UNION SELECT id, n || note FROM k, ${i} WHERE length(n) < 12) SELECT * FROM k`,
    'c.vip, c.email i.note',
  ],
  [
    `WITH a AS (SELECT email AS x FROM ${c}), b(y) AS (SELECT x FROM a), x AS (SELECT * FROM b) SELECT * FROM x, (WITH x AS (SELECT note FROM ${i}) SELECT * FROM x)`,
    'c.email, i.note',
  ],
  [`SELECT email AS a, vip FROM ${c} UNION ALL BY NAME SELECT note AS b, total AS A FROM ${i}`, 'c.email i.total, c.vip, i.note'],
  [`SELECT * FROM (SELECT email AS a, vip FROM ${c} UNION BY NAME SELECT note AS vip FROM ${i}) t(p, q)`, 'c.email, c.vip i.note'],
  [`SELECT email FROM ${c} UNION ALL SELECT note FROM ${i} UNION ALL SELECT 'x'`, 'c.email i.note'],
  [`SELECT email FROM ${c} EXCEPT SELECT note FROM ${i}`, 'c.email'],
  [`SELECT email FROM ${c} INTERSECT SELECT email FROM ${c}`, 'c.email'],
  [`SELECT b, a, email FROM ${c} AS t(a, b)`, 'c.first_name, c.customer_id, c.email'],
  [`SELECT * FROM (SELECT email, vip FROM ${c}) AS t(a)`, 'c.email, c.vip'],
  [`SELECT t.email_1, t.email FROM (SELECT a.email, b.note AS email FROM ${c} a, ${i} b) t`, 'i.note, c.email'],
  [
    `PIVOT (SELECT vip, birth, email, note FROM ${c}, ${i}) ON vip IN ('<c.vip>') USING max(email) AS e, max(note) AS n`,
    'c.birth, c.email, i.note',
  ],
  [`SELECT "<c.vip>", birth FROM (PIVOT ${c} ON vip IN ('<c.vip>') USING max(email) GROUP BY birth)`, 'c.email, c.birth'],
  [
    `SELECT * FROM ${c} PIVOT (max(email) AS e FOR vip IN ('<c.vip>' AS yes) birth IN ('<c.birth>' AS b) GROUP BY spent) AS p(x)`,
    'c.spent, c.email',
  ],
  [`UNPIVOT (SELECT vip, email, birth, spent FROM ${c}) ON email, birth INTO NAME k VALUE v`, 'c.vip, c.spent, , c.birth c.email'],
  [
    `SELECT w, v FROM (SELECT vip, email, birth, spent FROM ${c}) UNPIVOT ((v, w) FOR k IN ((email, birth), (vip, spent)))`,
    'c.birth c.spent, c.email c.vip',
  ],
  [
    `SELECT * FROM (SELECT vip, email, birth FROM ${c}) UNPIVOT INCLUDE NULLS (v FOR k IN (COLUMNS(* EXCLUDE (vip))))`,
    'c.vip, , c.birth c.email',
  ],
  [`UNPIVOT (SELECT vip, email, birth FROM ${c}) ON (email || '!') AS z, birth INTO NAME k VALUE v`, 'c.vip, , c.birth c.email'],
  [`SELECT COLUMNS('email|vip') FROM ${c}`, 'c.email, c.vip'],
  [`SELECT 1, COLUMNS(x -> x LIKE 'em%'), birth FROM ${c}`, ', c.email, c.birth'],
  [`SELECT COLUMNS([x for x in (*) if x LIKE 'e%']) FROM ${c}`, 'c.email'],
  [`SELECT max(COLUMNS(* EXCLUDE (vip))) FROM ${c}`, without(people, 'c.vip')],
  [`SELECT max(COLUMNS('email|vip')) FROM ${c}`, 'c.email, c.vip'],
  [`SELECT max(COLUMNS('email|vip') || birth) FROM ${c}`, 'c.birth c.email, c.birth c.vip'],
  [`SELECT * LIKE '%ai%' FROM ${c}`, 'c.email'],
  [`SELECT * NOT LIKE '%i%' FROM ${c}`, 'c.country, c.spent'],
  [`SELECT t.* FROM (SELECT COLUMNS('email|vip') FROM ${c}) t`, 'c.email, c.vip'],
  [`SELECT vip FROM (SELECT * LIKE '%i%' FROM ${c})`, 'c.vip'],
  [`SELECT concat(*COLUMNS(* EXCLUDE (customer_id, country))) FROM ${c}`, 'c.birth c.email c.first_name c.spent c.support_rep_id c.vip'],
  [`SELECT COLUMNS(b.*) FROM ${c} a, ${i} b`, bills],
  [`SELECT unnest({'a': email, 'b': vip}) FROM ${c}`, 'c.email, c.vip'],
  [`SELECT s.a, (s).b, s['a'] FROM (SELECT {'a': email, 'b': email} AS s FROM ${c})`, 'c.email, c.email, c.email'],
  [`SELECT s.* FROM (SELECT {'a': email, 'b': email} AS s FROM ${c})`, 'c.email, c.email'],
  [`SELECT vip, s.*, birth FROM (SELECT {'a': email, 'b': email} AS s, vip, birth FROM ${c})`, 'c.vip, c.email, c.email, c.birth'],
  [`SELECT unnest([email, vip]), unnest([birth]) FROM ${c}`, 'c.email c.vip, c.birth'],
  [`SELECT n FROM (SELECT unnest([email]) AS n, vip FROM ${c})`, 'c.email'],
  [`SELECT u.x, o FROM ${c}, unnest([email, vip]) WITH ORDINALITY AS u(x, o)`, 'c.email c.vip, '],
  [`SELECT unnest(l) FROM (SELECT [email, vip] AS l FROM ${c})`, 'c.email c.vip'],
  [`SELECT a FROM ${c} a`, people.replaceAll(',', '').replaceAll('  ', ' ')],
  [`SELECT * FROM (VALUES ('x', 'y')) v(p, q), ${c} t(a) WHERE a <> 'k'`, `, , ${people}`],
  [`SELECT p, col1 FROM ${c} a, LATERAL (VALUES (a.email, 'x'), ('y', a.vip)) v(p)`, 'c.email, c.vip'],
  [`SELECT #3, #10 FROM ${c}, ${i}`, 'c.email, i.customer_id'],
  [`SELECT email AS e, e || vip FROM ${c}`, 'c.email, c.email c.vip'],
  [`SELECT (SELECT max(note) FROM ${i}), ARRAY(SELECT vip FROM ${c}) FROM ${c} LIMIT 1`, 'i.note, c.vip'],
  [`SELECT EXISTS (SELECT note FROM ${i}) FROM ${c}`, ''],
  [
    `SELECT list_transform([email], x -> x || vip), list_reduce([birth], (vip, y) -> vip || y), [spent for spent in [note]] FROM ${c}, ${i}`,
    'c.email c.vip, c.birth, i.note',
  ],
  [`SELECT json_object('w', email)->>'w', (j->'w')::VARCHAR FROM (SELECT *, json_object('w', vip) AS j FROM ${c})`, 'c.email, c.vip'],
  [`SELECT first_value(email) OVER (), current_date IS NULL, count(*) FROM ${c} GROUP BY email`, 'c.email, , '],
  [`SELECT email.lower(), sales.crm.customer.vip, customer.birth.upper() FROM ${c}`, 'c.email, c.vip, c.birth'],
  [`SELECT x.email, y.note FROM ${c} x POSITIONAL JOIN ${i} y`, 'c.email, i.note'],
  [
    `SELECT x.email, y.* FROM ${c} x ASOF LEFT JOIN (SELECT customer_id, note FROM ${i}) y ON x.customer_id >= y.customer_id`,
    'c.email, i.customer_id, i.note',
  ],
]

describe('a column is said to come from exactly what surfaces in it', () => {
  it.each(exact)('%s', async (sql, claims) => {
    checkStatement(await marked.parse(sql), sql)
    const { names, marks } = await surfaced(sql)
    expect(await claimed(sql, names)).toEqual(splitClaims(claims))
    const seen = marks.map(set => [...set].toSorted().join(' '))
    const isShared = (mark: string): boolean => /^[ci]\.(customer_id|country)$/.test(mark)
    const comparable = (list: readonly string[]): readonly string[] =>
      list.map(text =>
        text
          .split(' ')
          .filter(mark => !isShared(mark))
          .join(' '),
      )
    // The shared columns surface where they stand unmatched, which lower-casing and the like may hide.
    expect(comparable(seen.map(text => text.toLowerCase()))).toEqual(comparable(splitClaims(claims)))
    for (const [n, set] of marks.entries()) for (const mark of set) expect((await claimed(sql, names))[n]?.split(' ')).toContain(mark)
  })
})

const splitClaims = (claims: string): string[] =>
  claims.split(',').map(claim =>
    claim
      .trim()
      .split(' ')
      .filter(mark => mark !== '')
      .toSorted()
      .join(' '),
  )

/** Here types or patterns decide, and no name tells: it says more than surfaces, never less. */
const more: readonly (readonly [sql: string, claims: string])[] = [
  [`SELECT COLUMNS('email|vip') AS x FROM (SELECT email, vip, birth FROM ${c})`, 'c.birth c.email c.vip, c.birth c.email c.vip'],
  [`SELECT unnest(s) FROM (SELECT {'a': email, 'b': vip} AS s FROM ${c})`, 'c.email c.vip, c.email c.vip'],
  [`SELECT s.a FROM (SELECT {'a': email, 'b': vip} AS s FROM ${c})`, 'c.email c.vip'],
  [`SELECT a FROM (SELECT COLUMNS('email|vip') FROM (SELECT email, vip, birth FROM ${c})) t(a)`, 'c.birth c.email c.vip'],
  [`SELECT "upper(vip)" FROM (SELECT lower(email), upper(vip) FROM ${c})`, 'c.email c.vip'],
  [`SELECT COLUMNS('email') FROM ${c} UNION ALL SELECT note FROM ${i}`, [...people.split(', '), 'i.note'].join(' ')],
  [
    `SELECT CASE WHEN email = 'x' THEN vip ELSE birth END, max(vip) FILTER (WHERE email <> 'x') FROM ${c} GROUP BY ALL`,
    'c.birth c.email c.vip, c.email c.vip',
  ],
]

describe('and from more, never less', () => {
  it.each(more)('%s', async (sql, claims) => {
    const { names, marks } = await surfaced(sql)
    const said = await claimed(sql, names)
    expect(said).toEqual(splitClaims(claims))
    for (const [n, set] of marks.entries()) for (const mark of set) expect(said[n]?.split(' ')).toContain(mark)
  })
})

describe('every statement that the door takes is followed, and named as the engine names it', () => {
  it.each(statementsOf('legal.sql'))('%s', async sql => {
    const { names } = await typed.run(sql)
    expect(follow(await typed.parse(sql), tables, names)).toHaveLength(names.length)
  })
})

describe('work is bounded', () => {
  it('for columns that multiply where nothing asks for them', async () => {
    const doubled = Array.from({ length: 40 }, (_, n) => `a${n + 1} AS (SELECT * FROM a${n} x, a${n} y)`).join(', ')
    const unused = `WITH a0 AS (SELECT * FROM ${c}), ${doubled} SELECT email FROM ${c}`
    expect(await claimed(unused, ['email'])).toEqual(['c.email'])
    const used = `WITH a0 AS (SELECT * FROM ${c}), ${doubled} SELECT email FROM a40`
    expect(await claimed(used, ['email'])).toEqual([
      [...tables.get(customer)!]
        .map(column => `c.${column}`)
        .toSorted()
        .join(' '),
    ])
  })

  it('for recursions inside recursions', async () => {
    const nest = (depth: number): string =>
      depth === 0
        ? `SELECT email AS x FROM ${c}`
        : `WITH RECURSIVE r(x) AS (${nest(depth - 1)} UNION ALL SELECT vip FROM (${nest(depth - 1)}), ${c}) SELECT x FROM r`
    expect((await claimed(nest(8), ['x']))[0]).toContain('c.email')
  })
})

it('says all that the statement reads where names contradict what was found', async () => {
  expect(await claimed(`SELECT t.b, vip FROM ${c} AS t(a, b)`, ['b', 'other'])).toEqual(['c.first_name c.vip', 'c.first_name c.vip'])
})
