import { readFileSync } from 'node:fs'
import { SelvageError, type TableId } from '@selvage/kernel/model'
import { afterAll, describe, expect, it } from 'vitest'
import { parserConfig } from '../config.ts'
import { childEnvironment } from '../execute/child-process.ts'
import { openParser } from './index.ts'
import type { Schema } from './message.ts'

const events: { event: string; attributes: Record<string, unknown> }[] = []
const log = (event: string, attributes: object): void => void events.push({ event, attributes: { ...attributes } })
const parser = openParser({ ...parserConfig.parse({ children: 1, timeoutMs: 3_000 }), log })
afterAll(() => parser.close())

const sales: Schema = {
  key: 'sales',
  tables: [
    {
      id: 'sales.crm.customer' as TableId,
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'name', type: 'VARCHAR' },
        { name: 'since', type: 'DATE' },
        { name: 'credit', type: 'DECIMAL(10,2)' },
      ],
    },
    { id: 'sales.crm.invoice' as TableId, columns: [{ name: 'id', type: 'BIGINT' }] },
  ],
}

async function refusal(work: Promise<unknown>): Promise<SelvageError> {
  const error = await work.then(
    () => undefined,
    reason => reason,
  )
  if (!(error instanceof SelvageError)) throw new Error(`not refused as it should be: ${String(error)}`)
  return error
}

const lastPid = (): number => Number(events.findLast(({ event }) => event === 'parser.started')?.attributes.pid)

describe('parse', () => {
  it.each([
    'SELECT 1',
    'SELECT 1;',
    'FROM sales.crm.customer',
    'WITH x AS (SELECT 1) SELECT * FROM x -- end',
    'VALUES (1), (2)',
    'DESCRIBE sales.crm.customer',
    'SUMMARIZE sales.crm.customer',
    "PIVOT sales.crm.customer ON name IN ('a') USING sum(id)",
    'UNPIVOT sales.crm.customer ON id, credit',
    'SELECT $1, ?',
  ])('takes %s', async sql => {
    const tree = await parser.parse(sql)
    expect(tree).toMatch(/^\{"error":false,"statements":\[/)
  })

  it('keeps what JSON.parse would change, and prints it again', async () => {
    const tree = await parser.parse('SELECT 12345678901234567890123 AS big, 10.0 AS d')
    expect(tree).toContain('18446744073709551615')
    expect(await parser.print(tree)).toBe('SELECT 12345678901234567890123 AS big, 10.0 AS d')
  })

  it.each([
    ['SELEC 1', 1, 1, 'near SELEC'],
    ['SELECT a\nFROM t\nWHERE x = = 2', 3, 11, 'near ='],
    ["SELECT 'é', 'abc", 1, 13, 'no closing quote'],
    ['SELECT é FROM\n\t"über" a b', 2, 11, 'near b'],
    ['SELECT 1 +', 1, 11, 'ends too early'],
    ['SELECT "', 1, 8, 'no closing quote'],
  ])('%s is a syntax error with its place', async (sql, line, column, near) => {
    const { code, options } = await refusal(parser.parse(sql))
    expect(code).toBe('query.syntax')
    expect(options.position).toEqual({ line, column })
    if (near !== undefined) expect(options.detail).toContain(near)
  })

  it.each(['', '   ', ';', '-- nothing'])('%j is no statement', async sql => {
    expect((await refusal(parser.parse(sql))).code).toBe('query.syntax')
  })

  it.each([
    ['SELECT 1; SELECT 2', 'Several'],
    ['SELECT 1; DROP TABLE t', 'Several'],
    ["SELECT ';'; DROP TABLE t", 'Several'],
    ['INSERT INTO t VALUES (1)', 'reads'],
    ['UPDATE t SET a = 1', 'reads'],
    ['DELETE FROM t', 'reads'],
    ['MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE', 'reads'],
    ['TRUNCATE t', 'reads'],
    ['WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x', 'reads'],
    ['WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x', 'reads'],
    ['CREATE TABLE t (a INT)', 'created'],
    ['CREATE TEMP VIEW v AS SELECT 1', 'created'],
    ['CREATE MACRO m(a) AS a', 'created'],
    ['CREATE SECRET s (TYPE s3)', 'created'],
    ['ALTER TABLE t ADD COLUMN a INT', 'created'],
    ['/* x */ DROP TABLE t', 'created'],
    ['COMMENT ON TABLE t IS NULL', 'created'],
    ["COPY (SELECT 1) TO '/tmp/x'", 'file'],
    ["EXPORT DATABASE '/tmp/x'", 'file'],
    ["IMPORT DATABASE '/tmp/x'", 'file'],
    ["ATTACH '/tmp/x' AS y", 'attached'],
    ['DETACH y', 'attached'],
    ['USE y', 'attached'],
    ['PRAGMA version', 'PRAGMA'],
    ["PRAGMA enable_profiling='json'", 'PRAGMA'],
    ['SET threads = 1', 'setting'],
    ["SET VARIABLE a = 'x'", 'setting'],
    ['RESET threads', 'setting'],
    ['EXPLAIN SELECT 1', 'Plans'],
    ['EXPLAIN ANALYZE SELECT 1', 'Plans'],
    ['PREPARE p AS SELECT 1', 'Prepared'],
    ['EXECUTE p', 'Prepared'],
    ['DEALLOCATE p', 'Prepared'],
    ['BEGIN', 'transactions'],
    ['COMMIT', 'transactions'],
    ['CALL pragma_version()', 'Procedures'],
    ['INSTALL httpfs', 'Extensions'],
    ['LOAD httpfs', 'Extensions'],
    ['VACUUM', 'maintained'],
    ['CHECKPOINT', 'maintained'],
    ['PIVOT t ON x USING sum(y)', 'PIVOT'],
    ['SELECT * FROM (PIVOT t ON x USING sum(y))', 'PIVOT'],
    ['WITH p AS (PIVOT t ON x USING sum(y)) FROM p', 'PIVOT'],
  ])('%s is refused with what to write instead', async (sql, word) => {
    const { code, options } = await refusal(parser.parse(sql))
    expect(code).toBe('query.unsupported')
    expect(options.detail).toContain(word)
    expect(options.help).toBeTruthy()
  })

  it('reaches no file', async () => {
    for (const sql of ["FROM read_csv('/etc/passwd')", "FROM '/etc/passwd'", "SELECT * FROM read_text('/etc/hostname')"]) {
      await parser.parse(sql)
      expect((await refusal(parser.bind(sql, sales, undefined))).code).toMatch(/^query\./)
    }
  })

  it('refuses what the engine would cut or change without a word', async () => {
    expect((await refusal(parser.parse('SELECT 1\n, \0 2'))).options.position).toEqual({ line: 2, column: 3 })
    expect((await refusal(parser.parse("SELECT '\ud800'"))).code).toBe('query.syntax')
    expect((await refusal(parser.parse(`SELECT '${'x'.repeat(1_048_576)}'`))).code).toBe('request.too_large')
  })

  it('survives deep nesting', async () => {
    for (const [open, shut] of [
      ['(', ')'],
      ['[', ']'],
      ['NOT ', ''],
      ['-', ''],
      ['(SELECT ', ')'],
      ["{'a':", '}'],
      ['CASE WHEN true THEN ', ' END'],
      ['f(', ')'],
    ] as const) {
      const outcome = await parser.parse(`SELECT ${open.repeat(3_000)}1${shut.repeat(3_000)}`).catch((error: SelvageError) => error.code)
      expect(outcome).toMatch(/^(\{"error":false|query\.|limit\.)/)
    }
    expect(await parser.parse('SELECT 1')).toContain('SELECT_NODE')
  })
})

describe('bind', () => {
  const bind = async (sql: string, parameters?: Parameters<typeof parser.bind>[2]): Promise<string> =>
    (await parser.bind(sql, sales, parameters)).columns.map(({ name, type }) => `${name} ${type}`).join(', ')

  it('gives names and types of the original text', async () => {
    expect(await bind('FROM sales.crm.customer')).toBe('id BIGINT, name VARCHAR, since DATE, credit DECIMAL(10,2)')
    expect(await bind('SELECT (SELECT max(id) FROM sales.crm.customer), count(*) AS n')).toBe(
      '(SELECT max(id) FROM sales.crm.customer) BIGINT, n BIGINT',
    )
    expect(await bind('SELECT id x, id x FROM sales.crm.customer')).toBe('x BIGINT, x BIGINT')
    expect(await bind('SELECT NULL')).toBe('NULL INTEGER')
    expect(await bind('DESCRIBE sales.crm.customer')).toContain('column_name VARCHAR')
  })

  it.each([
    ["SELECT row(1, 'a') AS r, $1 AS p", 'r STRUCT("" INTEGER, "" VARCHAR), p BIGINT'],
    [
      "SELECT [row(1, {'k': row($1), 't': TIMESTAMPTZ '2020-01-01'})] AS r",
      'r STRUCT("" INTEGER, "" STRUCT("k" STRUCT("" BIGINT), "t" TIMESTAMP WITH TIME ZONE))[]',
    ],
    ["SELECT MAP {'a, (b': row(1.5, TIME '10:00', $1)} AS m", 'm MAP(VARCHAR, STRUCT("" DECIMAL(2,1), "" TIME, "" BIGINT))'],
  ])('knows the type of what has no names, beside parameters: %s', async (sql, columns) => {
    expect(await bind(sql, [1])).toBe(columns)
  })

  it('keeps a byte order mark that a name begins with', async () => {
    expect(await bind('SELECT $1 AS "\ufeffa"', ['x'])).toBe('\ufeffa VARCHAR')
  })

  it('takes the types of parameters into account', async () => {
    expect(await bind('SELECT $1', ['a'])).toBe('$1 VARCHAR')
    expect(await bind('SELECT $1', [7])).toBe('$1 BIGINT')
    expect(await bind('SELECT $1', [0.5])).toBe('$1 DOUBLE')
    expect(await bind('SELECT $1', [true])).toBe('$1 BOOLEAN')
    expect(await bind('SELECT $1', [null])).toBe('$1 INTEGER')
    expect(await bind('SELECT $b, $A', { a: 1, B: 'x' })).toBe('$b VARCHAR, $A BIGINT')
    expect(await bind('SELECT ?, ?', [1, 'x'])).toBe('$1 BIGINT, $2 VARCHAR')
    expect(await bind("SELECT {'a b': $1}, [$1], 'a'::ENUM('a', 'b'), MAP {1: $1}", ['x'])).toBe(
      `main.struct_pack("a b" := $1) STRUCT("a b" VARCHAR), main.list_value($1) VARCHAR[], CAST('a' AS "ENUM"('a', 'b')) ENUM('a', 'b'), main."map"(main.list_value(1), main.list_value($1)) MAP(INTEGER, VARCHAR)`,
    )
    expect(await bind('DESCRIBE SELECT $1 + 1;', [1])).toMatch(/^column_name VARCHAR, column_type VARCHAR, /)
    expect(await bind('SUMMARIZE SELECT $1', [1])).toMatch(/^column_name VARCHAR, .*null_percentage DECIMAL\(9,2\)$/)
  })

  it.each<[string, Parameters<typeof parser.bind>[2]]>([
    ['SELECT $1', undefined],
    ['SELECT $1', []],
    ['SELECT $1', [1, 2]],
    ['SELECT 1', [1]],
    ['SELECT $2', [1, 2]],
    ['SELECT $a', { b: 1 }],
    ['SELECT $a', { a: 1, A: 2 }],
    ['SELECT $a, $1', { a: 1 }],
    ['SELECT $1', [2 ** 53]],
  ])('%s with %j is refused', async (sql, parameters) => {
    expect((await refusal(parser.bind(sql, sales, parameters))).code).toBe('query.parameters')
  })

  it('does not compute what it binds', async () => {
    expect(await bind("SELECT levenshtein(repeat('a', 20000), repeat('b', 20000)) AS d")).toBe('d BIGINT')
    expect(await bind("SELECT 9223372036854775807 + 1 AS a, 'x'::INT AS b, error('x') AS c")).toBe('a BIGINT, b INTEGER, c INTEGER')
  })

  it('tells a missing table by its place alone', async () => {
    const asked = ['sales.crm.hidden', 'sales.crm.nosuch', 'sales.hidden.nosuch'].map(name => `SELECT 1\nFROM ${name}`)
    const told = await Promise.all(asked.map(async sql => (await refusal(parser.bind(sql, sales, undefined))).options))
    for (const { detail, help, position } of told) {
      expect(detail).toBeUndefined()
      expect(position).toEqual({ line: 2, column: 6 })
      expect(help).toBe('Tables are named domain.product.table. You may use: sales.crm.customer, sales.crm.invoice.')
    }
    expect((await refusal(parser.bind('FROM hidden.a.b', sales, undefined))).code).toBe('query.unknown_table')
  })

  it.each([
    ['SELECT nam FROM sales.crm.customer', 8],
    ['SELECT c.nam FROM sales.crm.customer c', 8],
    ["SELECT 'éé', nam FROM sales.crm.customer", 14],
    ['SELECT id FROM sales.crm.customer ORDER BY nope', 44],
    ['SELECT x.id FROM sales.crm.customer', 8],
  ])('%s names the place and the names one may know', async (sql, column) => {
    const { code, options } = await refusal(parser.bind(sql, sales, undefined))
    expect(code).toBe('query.unknown_column')
    expect(options.position).toEqual({ line: 1, column })
    expect(options.help).toMatch(/^You may use: /)
    for (const name of ['id', 'name', 'since', 'credit']) expect(options.help).toContain(name)
    expect(`${options.detail}${options.help}`).not.toContain('nope')
  })

  it.each([
    ['SELECT * EXCLUDE (nope) FROM sales.crm.customer', 'query.unknown_column'],
    ['SELECT * FROM sales.crm.customer JOIN sales.crm.invoice USING (nope)', 'query.unknown_column'],
    ['SELECT name + 1 FROM sales.crm.customer', 'query.type'],
    ['SELECT sum(name) FROM sales.crm.customer', 'query.type'],
    ['SELECT id, count(*) FROM sales.crm.customer', 'query.type'],
    ['SELECT id FROM sales.crm.customer, sales.crm.invoice', 'query.type'],
    ['SELECT 1::nosuchtype', 'query.type'],
    ['SELECT 1 UNION SELECT 1, 2', 'query.type'],
    ['SELECT name.x FROM sales.crm.customer', 'query.type'],
    ['SELECT nosuch(1)', 'query.unsupported'],
    ["SELECT 1 LIMIT 'a'", 'query.data'],
    ['SELECT 1 WHERE sum(1) > 1', 'query.type'],
  ])('%s is %s', async (sql, code) => {
    const error = await refusal(parser.bind(sql, sales, undefined))
    expect(error.code).toBe(code)
    expect(`${error.options.detail} ${error.options.help}`).not.toMatch(/Binder|LINE 1|Candidate|nope|nosuch/)
  })

  it('keeps subjects apart and forgets the oldest', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `t${i}`)
    for (const name of [...names, ...names.toReversed()]) {
      const schema: Schema = { key: name, tables: [{ id: `sales.crm.${name}` as TableId, columns: [{ name: 'a', type: 'INTEGER' }] }] }
      expect((await parser.bind(`SELECT * FROM sales.crm.${name}`, schema, undefined)).columns).toEqual([{ name: 'a', type: 'INTEGER' }])
      expect((await refusal(parser.bind('SELECT * FROM sales.crm.customer', schema, undefined))).code).toBe('query.unknown_table')
    }
  })
})

describe('the child', () => {
  const longList = (from: number): string => `SELECT 1 IN (${Array.from({ length: 5_000 }, (_, i) => i + from).join(', ')})`

  it('is replaced when it is killed, and no request is lost', async () => {
    await parser.parse('SELECT 1')
    const before = lastPid()
    process.kill(before, 'SIGKILL')
    const trees = await Promise.all(Array.from({ length: 20 }, (_, i) => parser.parse(`SELECT ${i}`)))
    expect(trees).toHaveLength(20)
    expect(lastPid()).not.toBe(before)
  })

  it('has not taken too long where the gate was too busy to read its answer', async () => {
    const impatient = openParser({ ...parserConfig.parse({ children: 1, timeoutMs: 300 }), log })
    await impatient.parse('SELECT 1')
    const asked = impatient.parse('SELECT 2')
    for (const since = performance.now(); performance.now() - since < 2_000; );
    expect(await asked).toContain('"error":false')
    await impatient.close()
  })

  it('is killed when a text takes too long, and the next one is read', async () => {
    const impatient = openParser({ ...parserConfig.parse({ children: 1, timeoutMs: 150 }), log })
    const long = `SELECT ${'a AND '.repeat(60_000)}a`
    const [slow, quick] = await Promise.allSettled([
      impatient.parse('SELECT 1').then(() => impatient.parse(long)),
      impatient.parse('SELECT 2'),
    ])
    expect(slow.status === 'rejected' && slow.reason.code).toMatch(/^(limit.time|query.unsupported)$/)
    expect(quick.status).toBe('fulfilled')
    expect(await impatient.parse('SELECT 3')).toContain('SELECT_NODE')
    await impatient.close()
  })

  it('ends when it has nothing to do, and starts again', async () => {
    const short = openParser({ ...parserConfig.parse({ children: 1, timeoutMs: 3_000 }), idleMs: 50, log })
    await short.parse('SELECT 1')
    const first = lastPid()
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(() => process.kill(first, 0)).toThrow()
    expect(await short.parse('SELECT 1')).toContain('SELECT_NODE')
    await short.close()
  })

  it('makes way for another before what it took leaves too little for the next text, and each text has its answer', async () => {
    const ended: unknown[] = []
    const own = openParser({
      ...parserConfig.parse({ children: 1, memoryMb: 64, overheadMb: 192 }),
      log: (event, { reason }: { reason?: unknown }) => void (event === 'parser.ended' && ended.push(reason)),
    })
    // How soon it is worn hangs on what the allocator gives back.
    for (let at = 0; ended.length < 2 && at < 200; at++) {
      const text = await own.parse(longList(at)).then(
        tree => own.print(tree),
        ({ code }: SelvageError) => code,
      )
      expect(text).toMatch(/^(SELECT|limit\.memory$)/)
      expect(await own.parse('SELECT 1')).toContain('SELECT_NODE')
    }
    expect(new Set(ended)).toEqual(new Set(['worn']))
    await own.close()
  })

  it('that makes way is replaced before whoever wore it out has the next one; another is answered meanwhile', async () => {
    let worn = false
    const two = openParser({
      ...parserConfig.parse({ children: 2, memoryMb: 64, overheadMb: 192 }),
      log: (event, { reason }: { reason?: unknown }) => {
        worn ||= event === 'parser.ended' && reason === 'worn'
      },
    })
    await Promise.all([two.parse('SELECT 1', 'polite'), two.parse('SELECT 1', 'greedy')])
    for (let at = 0; !worn; at++) await two.parse(longList(at), 'greedy').catch(() => undefined)
    const order: string[] = []
    const ask = (subject: string): Promise<unknown> => two.parse('SELECT 2', subject).then(() => order.push(subject))
    await Promise.all([ask('greedy'), ask('polite').then(() => ask('polite'))])
    expect(order).toEqual(['polite', 'polite', 'greedy'])
    await two.close()
  })

  it('texts wait, so many of a subject and so many in all; the next is told', async () => {
    const small = openParser({ ...parserConfig.parse({ children: 1, queue: 3, perSubject: { waiting: 2 } }), log })
    const ask = (subject: string): Promise<string> =>
      small.parse('SELECT 1', subject).then(
        () => 'answered',
        ({ code }: SelvageError) => code,
      )
    // Nobody has a child yet.
    const told = await Promise.all(['a', 'a', 'a', 'b', 'b', 'c'].map(ask))
    expect(told).toEqual(['answered', 'answered', 'limit.share', 'answered', 'limit.busy', 'limit.busy'])
    expect(await ask('c')).toBe('answered')
    await small.close()
  })

  it("has nothing of the gate's environment", async () => {
    const other = openParser({ ...parserConfig.parse({ children: 1, timeoutMs: 3_000 }), log })
    await other.parse('SELECT 1')
    if (process.platform === 'linux') expect(readFileSync(`/proc/${lastPid()}/environ`, 'utf8')).toBe(`${childEnvironment}\0`)
    await other.close()
  })

  it('whoever brings down one has none before all are there again; another is answered meanwhile', async () => {
    const two = openParser({ ...parserConfig.parse({ children: 2, timeoutMs: 700 }), log })
    const bomb = (n: number): string => `SELECT ${n} AS a0${Array.from({ length: 40 }, (_, i) => `, a${i}+a${i} AS a${i + 1}`).join('')}`
    await Promise.all([two.parse('SELECT 1', 'polite'), two.parse('SELECT 1', 'greedy')])
    let brought = 0
    const flood = Array.from({ length: 3 }, (_, n) =>
      two.bind(bomb(n), sales, undefined, 'greedy').catch((error: SelvageError) => {
        brought += 1
        return error.code
      }),
    )
    let answered = 0
    for (; brought < 2; answered++) expect(await two.parse(`SELECT ${answered}`, 'polite')).toContain('SELECT_NODE')
    expect(answered).toBeGreaterThan(10)
    for (const code of await Promise.all(flood)) expect(code).toMatch(/^limit\.(time|memory|busy)$/)
    await two.close()
  })
})
