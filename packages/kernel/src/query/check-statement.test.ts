import { beforeAll, describe, expect, it } from 'vitest'
import { TestEngine } from '../../test/query/engine.ts'
import { SelvageError } from '../model/index.ts'
import { allowedFunctions, allowedTableFunctions, checkStatement } from './index.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.open([])
})

async function refusal(sql: string): Promise<SelvageError> {
  const tree = await engine.parse(sql)
  try {
    checkStatement(tree, sql)
  } catch (error) {
    if (error instanceof SelvageError) return error
    throw error
  }
  throw new Error('taken')
}

describe('a refusal says what, where, and what to write instead', () => {
  it.each([
    ["SELECT 'é', stats(a) FROM x.y.z", 'The function `stats` is not taken here. Write the statement without it.', 1, 13],
    [
      "SELECT *\nFROM read_csv('a')",
      'The table function `read_csv` is not taken here. Select from domain.product.table, range, generate_series or unnest.',
      2,
      6,
    ],
    [
      'SELECT * FROM (DESCRIBE a.b.c)',
      'SHOW, DESCRIBE and SUMMARIZE are not taken here. Select the columns themselves.',
      undefined,
      undefined,
    ],
    ['SELECT * FROM a.b.c AT (VERSION => 1)', 'AT is not taken here: a product is read as it is published. Leave it out.', 1, 15],
    ['SELECT current_query', '`current_query` is not taken here. Write the statement without it.', 1, 8],
    ['SELECT rowid FROM a.b.c', '`rowid` is not taken here. Write the statement without it.', 1, 8],
    [
      'SELECT 1 FROM a.b.c x JOIN a.b.c y USING ("RowId")',
      '`RowId` is not taken here. Write the statement without it.',
      undefined,
      undefined,
    ],
    [
      "PIVOT a.b.c ON y IN ('1') USING count(*) GROUP BY rowid",
      '`rowid` is not taken here. Write the statement without it.',
      undefined,
      undefined,
    ],
    ['SELECT bitstring_agg(x) FROM a.b.c', '`bitstring_agg` needs its bounds: `bitstring_agg(value, least, most)`.', 1, 8],
    ['SELECT x.bitstring_agg() FROM a.b.c', '`bitstring_agg` needs its bounds: `bitstring_agg(value, least, most)`.', 1, 8],
    ['SELECT bitstring_agg(x) OVER () FROM a.b.c', '`bitstring_agg` needs its bounds: `bitstring_agg(value, least, most)`.', 1, 8],
    ["SELECT list_aggregate(x, 'Bitstring_Agg')", '`bitstring_agg` needs its bounds: `bitstring_agg(value, least, most)`.', 1, 8],
    ["SELECT x.list_aggr('bitstring_agg') FROM a.b.c", '`bitstring_agg` needs its bounds: `bitstring_agg(value, least, most)`.', 1, 8],
    ['SELECT list_aggr(x, lower(y))', "Name the aggregate of `list_aggr` as a text: `list_aggr(list, 'max')`.", 1, 8],
    ['SELECT aggregate(x, $1)', "Name the aggregate of `aggregate` as a text: `aggregate(list, 'max')`.", 1, 8],
    ["SELECT list_aggregate(x, 'stats')", "Name the aggregate of `list_aggregate` as a text: `list_aggregate(list, 'max')`.", 1, 8],
    ['SELECT 1; SELECT 2', 'Send one SELECT statement at a time.', undefined, undefined],
    ['SELECT DEFAULT', '`DEFAULT` is not taken here. Write the statement without it.', undefined, undefined],
    ['SELECT x::a.b.c', 'Types have no schema here. Write the name of the type alone.', 1, 8],
    ['FROM a.b.c PIVOT (sum(x) FOR y IN some_enum)', 'A PIVOT lists its values: ON column IN (…).', 1, 30],
  ])('%s', async (sql, detail, line, column) => {
    const { code, options } = await refusal(sql)
    expect(code).toBe('query.unsupported')
    expect(options.detail).toBe(detail)
    if (line !== undefined) expect(options.position).toEqual({ line, column })
  })

  it('repeats no more of a name than stands in a sentence', async () => {
    const { options } = await refusal(`SELECT "${'<script>'.repeat(50)}"(1)`)
    expect(options.detail!.length).toBeLessThan(130)
  })
})

describe('the list of functions', () => {
  it('names only what the engine has', async () => {
    const reader = await engine.connection.runAndReadAll('SELECT DISTINCT lower(function_name) FROM duckdb_functions()')
    const known = new Set(reader.getRows().map(([name]) => String(name)))
    // Made by the parser or the binder, and not listed by the engine.
    const own = ['unnest', 'position', 'grouping', ...windows]
    expect([...allowedFunctions, ...allowedTableFunctions].filter(name => !known.has(name) && !own.includes(name))).toEqual([])
  })

  it.each([
    'stats',
    'list_select',
    'list_where',
    'array_where',
    'array_select',
    'sum_no_overflow',
    'query',
    'query_table',
    'read_csv',
    'getvariable',
    'current_setting',
    'setseed',
    'nextval',
    'currval',
    'error',
    'alias',
    'vector_type',
    'write_log',
    'sleep_ms',
    'json_serialize_plan',
    'json_execute_serialized_sql',
    'histogram_values',
    'is_histogram_other_bin',
    'txid_current',
    'pg_get_viewdef',
    'in_search_path',
    'glob',
    'summary',
    'seq_scan',
  ])('has no %s', name => {
    expect(allowedFunctions.has(name)).toBe(false)
    expect(allowedTableFunctions.has(name)).toBe(false)
  })

  it('has nothing that the engine marks as a side effect, but randomness', async () => {
    const reader = await engine.connection.runAndReadAll('SELECT DISTINCT function_name FROM duckdb_functions() WHERE has_side_effects')
    const marked = reader.getRows().map(([name]) => String(name))
    expect(marked.filter(name => allowedFunctions.has(name)).sort()).toEqual(['gen_random_uuid', 'random', 'uuid', 'uuidv4', 'uuidv7'])
  })
})

const windows = [
  'cume_dist',
  'dense_rank',
  'fill',
  'first_value',
  'lag',
  'last_value',
  'lead',
  'nth_value',
  'ntile',
  'percent_rank',
  'rank',
  'row_number',
]
