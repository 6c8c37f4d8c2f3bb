import { DuckDBInstance } from '@duckdb/node-api'
import { load } from '../dist-modules.ts'
import { check, type Target, utf8 } from '../target.ts'
import { never, selvageErrors } from './refusals.ts'

type Query = typeof import('../../../packages/kernel/src/query/index.ts')

const statements = [
  'SELECT 1',
  'SELECT a, b AS "B", count(*) FILTER (WHERE a > 1.50) OVER (PARTITION BY b ORDER BY a DESC NULLS LAST ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM d.p.t WHERE a IN (1, 2) AND b LIKE \'%x\' ORDER BY 1 LIMIT 3 OFFSET 1',
  'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r',
  'SELECT * EXCLUDE (a) REPLACE (b + 1 AS b), t.* FROM d.p.t LEFT JOIN d.p.u USING (id) JOIN LATERAL (SELECT t.a) x ON true',
  "SELECT CASE WHEN a IS NULL THEN 'x' ELSE CAST(b AS DECIMAL(10,2)) END, a BETWEEN 1 AND $1, [1, 2], {'k': 1}, x -> x + 1 FROM t",
  'SELECT DISTINCT ON (a) a FROM t GROUP BY GROUPING SETS ((a), (a, b), ()) HAVING sum(b) > 9223372036854775808 UNION SELECT 2 EXCEPT SELECT 3',
  'FROM t TABLESAMPLE 10% SELECT a WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id) AND a = ANY (SELECT b FROM u)',
  'PIVOT t ON a IN (1, 2) USING sum(b)',
  'UNPIVOT t ON a, b INTO NAME n VALUE v',
  'VALUES (1, NULL), (-2.5e10, $name)',
  'SELECT * FROM range(3) r(x), unnest([1]) u(y) ASOF JOIN t ON x >= y',
  "SELECT 'it''s' || e'\\n' || '😀', DATE '2020-01-01', INTERVAL 3 DAY, x'ff'::BLOB, 1::STRUCT(a INT)",
]

async function trees(): Promise<string[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const found: string[] = []
  for (const statement of statements) {
    const [row] = (await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [statement])).getRows()
    found.push(String(row?.[0]))
  }
  return found
}

const words = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\u0000',
  '\\ud800',
  '\\\\',
  '1',
  '-0',
  '10.0',
  '1e5',
  'Infinity',
  '-nan',
  'true',
  'null',
  '"class":',
  '"type":',
  '"query_location":',
  '18446744073709551615',
  '"alias":',
  '"__proto__":',
  '"12":',
  '{"a":',
  '[[[[',
  ' \n',
]

async function tree(): Promise<Target> {
  const { parseTree, printTree } = await load<Query>('kernel/query/index')
  const plain = (text: string): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      return undefined
    }
  }
  return {
    name: 'sql-tree',
    files: ['kernel/query/parse-tree', 'kernel/query/print-tree', 'kernel/query/tree'],
    seeds: [
      ...(await trees()).slice(0, 5).map(text => text.slice(0, 6_000)),
      '{"a":[1.0,-0,1e9,"\\u00e9😀",null,true,false,{}]}',
      '[]',
      '"x"',
      '12345678901234567890',
    ],
    words,
    longest: 6_000,
    refusal: await selvageErrors('query.unsupported'),
    run(bytes) {
      const text = utf8(bytes)
      const found = parseTree(text)
      const printed = printTree(found)
      check(plain(text) !== undefined, 'what is read is JSON')
      check(printTree(parseTree(printed)) === printed, 'a tree is read as it was written')
      check(JSON.stringify(JSON.parse(printed)) === JSON.stringify(JSON.parse(text)), 'both readers of JSON agree')
      check(printed.length <= text.length * 6, 'a tree is not longer than its text')
      return typeof found
    },
  }
}

/** Trees that say what the door takes: words in place of words, parts in place of parts. */
async function grammar(): Promise<Target> {
  const { checkStatement, findTables, parametersOf, parseTree } = await load<Query>('kernel/query/index')
  const all = await trees()
  const fromTrees = new Set(all.flatMap(text => [...text.matchAll(/"[A-Z_ ]{3,}"|"[a-z_]+":/g)].map(([word]) => word)))
  return {
    name: 'sql-grammar',
    files: [
      'kernel/query/check-grammar',
      'kernel/query/check-statement',
      'kernel/query/check-calls',
      'kernel/query/statement',
      'kernel/query/parameters',
      'kernel/query/find-tables',
      'kernel/query/position',
    ],
    seeds: all,
    words: [...words, ...fromTrees, '"function_name":"read_csv"', '"schema":"main"', '[]', '{}', 'null', '""'],
    longest: 24_000,
    refusal: await selvageErrors('query.unsupported'),
    run(bytes) {
      const found = parseTree(utf8(bytes))
      checkStatement(found, 'SELECT 1\nFROM t')
      const { positional } = parametersOf(found)
      const tables = findTables(found)
      check(positional <= 999_999 && tables.length <= bytes.length, 'what is found stands in the statement')
      return `${Math.min(9, tables.length)}`
    },
  }
}

/** The words of the asker's own text, and the answers that are made of them. */
async function statementText(): Promise<Target> {
  const { tokensOf } = await load<typeof import('../../../packages/gate/src/parser/words.ts')>('gate/parser/words')
  const { refusalOf } = await load<typeof import('../../../packages/gate/src/parser/refusal.ts')>('gate/parser/refusal')
  const { indexOf, positionOf } = await load<typeof import('../../../packages/gate/src/parser/position.ts')>('gate/parser/position')
  return {
    name: 'statement-text',
    files: ['gate/parser/words', 'gate/parser/refusal', 'gate/parser/position'],
    seeds: [
      ...statements,
      'INSERT INTO t VALUES (1); SELECT 2',
      '-- x\n/* y */ PRAGMA z',
      "$a$ x $a$ ''' \"",
      'WITH x AS (SELECT 1) DELETE FROM t',
      'pivot t',
    ],
    words: [
      "'",
      '"',
      '$$',
      '$a$',
      '--',
      '/*',
      '*/',
      ';',
      '(',
      'SELECT',
      'insert',
      'with',
      'pivot',
      '\n',
      ' ',
      '😀',
      'é',
      '\u2028',
      'ı',
      '\\',
    ],
    longest: 2_048,
    refusal: never,
    run(bytes) {
      const text = utf8(bytes)
      let at = 0
      for (const token of tokensOf(text)) {
        check(token.at >= at && token.text.length > 0 && text.startsWith(token.text, token.at), 'a token stands where it says')
        at = token.at + token.text.length
      }
      check(at <= text.length, 'tokens end with the text')
      const { code, options } = refusalOf(text)
      const offset = bytes.length >> 1
      const { line, column } = positionOf(text, offset, 'characters')
      check(line >= 1 && column >= 1 && line <= text.split('\n').length, 'a position is inside of the text')
      check(indexOf(text, Buffer.byteLength(text), 'bytes') === text.length, 'the end in bytes is the end')
      return `${code} ${options.detail?.slice(0, 30)}`
    },
  }
}

export const sqlTargets: Readonly<Record<string, () => Promise<Target>>> = {
  'sql-tree': tree,
  'sql-grammar': grammar,
  'statement-text': statementText,
}
