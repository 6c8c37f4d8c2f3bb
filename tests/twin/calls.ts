import { allowedFunctions } from '../../packages/kernel/src/query/index.ts'
import type { TestEngine } from '../../packages/kernel/test/query/engine.ts'
import { type Kind, typeOf } from './kinds.ts'
import { joined, type Node, text } from './node.ts'

/** One way to call a function that the door takes, as the engine itself lists it. */
export interface CallForm {
  readonly name: string
  readonly aggregate: boolean
  readonly returns: Kind | 'any'
  print(of: (kind: Kind) => Node, choose: (fixed: readonly string[]) => string): readonly (string | Node)[]
}

interface Argument {
  readonly kind?: Kind
  /** The type that the function wants, where a value of the kind has another. */
  readonly cast?: string
  readonly fixed?: readonly string[]
}

const kinds: Readonly<Record<string, Argument>> = {
  VARCHAR: { kind: 'VARCHAR' },
  BOOLEAN: { kind: 'BOOLEAN' },
  BIGINT: { kind: 'INTEGER', cast: 'BIGINT' },
  DOUBLE: { kind: 'DOUBLE' },
  FLOAT: { kind: 'DOUBLE', cast: 'FLOAT' },
  DECIMAL: { kind: 'DECIMAL' },
  DATE: { kind: 'DATE' },
  TIMESTAMP: { kind: 'TIMESTAMP' },
  TIMESTAMP_S: { kind: 'TIMESTAMP', cast: 'TIMESTAMP_S' },
  TIMESTAMP_MS: { kind: 'TIMESTAMP', cast: 'TIMESTAMP_MS' },
  TIMESTAMP_NS: { kind: 'TIMESTAMP', cast: 'TIMESTAMP_NS' },
  'TIMESTAMP WITH TIME ZONE': { kind: 'TIMESTAMPTZ' },
  TIME: { kind: 'TIME' },
  'TIME WITH TIME ZONE': { kind: 'TIME', cast: 'TIMETZ' },
  UUID: { kind: 'UUID' },
  BLOB: { kind: 'BLOB' },
  JSON: { kind: 'JSON' },
  'VARCHAR[]': { kind: 'TEXTS' },
  'BIGINT[]': { kind: 'INTEGERS' },
  'DOUBLE[]': { fixed: ['[0.5::DOUBLE, 2]', 'CAST([] AS DOUBLE[])'] },
  'FLOAT[]': { fixed: ['[0.5::FLOAT, 2]'] },
  'FLOAT[ANY]': { fixed: ['[1, 2, 0.5]::FLOAT[3]'] },
  'DOUBLE[ANY]': { fixed: ['[1, 2, 0.5]::DOUBLE[3]'] },
  'FLOAT[3]': { fixed: ['[1, 2, 0.5]::FLOAT[3]'] },
  'DOUBLE[3]': { fixed: ['[1, 2, 0.5]::DOUBLE[3]'] },
  STRUCT: { kind: 'STRUCT' },
  MAP: { kind: 'MAP' },
  'MAP(K, V)': { kind: 'MAP' },
  INTERVAL: { fixed: ["INTERVAL '1 month'", "INTERVAL '3 days 2 hours'", "INTERVAL '90 seconds'"] },
  BIT: { fixed: ["'0101'::BIT", "'1'::BIT"] },
  LAMBDA: { fixed: ['x -> x', 'lambda x: x IS NULL', '(x, y) -> x'] },
  UNION: { fixed: ['union_value(k := 1)'] },
  BIGNUM: { fixed: ["'12345678901234567890123'::BIGNUM"] },
}
for (const type of ['TINYINT', 'SMALLINT', 'INTEGER', 'HUGEINT', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT', 'UHUGEINT'])
  Object.assign(kinds, { [type]: { kind: 'INTEGER', cast: type } })

const anything: readonly Argument[] = [
  kinds.VARCHAR!,
  kinds.BIGINT!,
  kinds.DATE!,
  kinds['VARCHAR[]']!,
  kinds['BIGINT[]']!,
  kinds.STRUCT!,
  kinds.MAP!,
  kinds.JSON!,
  kinds.TIMESTAMP!,
  kinds.DOUBLE!,
]
const lists: readonly Argument[] = [kinds['VARCHAR[]']!, kinds['BIGINT[]']!, kinds['DOUBLE[]']!]

function argumentsFor(type: string): readonly Argument[] {
  const known = kinds[type]
  if (known !== undefined) return [known]
  if (type.endsWith('[]')) return lists
  if (type.startsWith('DECIMAL')) return [kinds.DECIMAL!]
  return anything
}

/** A great number, or a long time, makes these use up time or memory. */
const heavy = new Set(
  words(
    'repeat lpad rpad range generate_series list_resize array_resize bar to_base left_grapheme substring_grapheme array_slice list_slice',
  ),
)
/** Not the same twice. */
const volatile_ = new Set(
  words(
    'random uuid gen_random_uuid uuidv4 uuidv7 now get_current_time get_current_timestamp current_date current_localtime current_localtimestamp today transaction_timestamp ago',
  ),
)
/** TRY does not catch what they fail with. */
const onlyByHand = new Set(
  words(
    'like_escape ilike_escape not_like_escape not_ilike_escape geomean geometric_mean json_group_array json_group_object json_group_structure wavg weighted_avg histogram_exact bitstring_agg',
  ),
)
const small: Argument = { fixed: ['0', '1', '2', '3', '5', '-1'] }
/** Within two hours. */
const near = words('1999-12-31T23:59:00 2000-01-01T00:00:00 2000-01-01T01:30:00')
const lightOf = (one: Argument): Argument => {
  if (one.kind === 'INTEGER') return small
  if (one.kind !== 'TIMESTAMP' && one.kind !== 'TIMESTAMPTZ') return one
  return { fixed: near.map(time => (one.kind === 'TIMESTAMP' ? `TIMESTAMP '${time}'` : `TIMESTAMPTZ '${time}+00'`)) }
}

/** What the list of functions does not tell: arguments that have to be constants, names, parts of the grammar. */
const byHand: readonly (readonly [name: string, ...forms: string[]])[] = [
  [
    'more',
    "split_part(:VARCHAR, 'e', 1)",
    'round_even(:DOUBLE, 1)',
    'roundbankers(:DOUBLE, 0)',
    ...words('array_append list_append array_push_back array_push_front').map(name => `${name}(:TEXTS, :VARCHAR)`),
    ...words('array_prepend list_prepend').map(name => `${name}(:VARCHAR, :TEXTS)`),
    'flatten([:TEXTS, :TEXTS])',
    ...words('list_bool_and list_bool_or').map(name => `${name}([:BOOLEAN, :BOOLEAN])`),
  ],
  [
    'aggregates that take no order',
    "json_group_array('x')",
    "json_group_object('k', 1)",
    'json_group_structure(:JSON)',
    ...words('geomean geometric_mean').map(name => `${name}(abs(:INTEGER % 100) + 1)`),
    ...words('wavg weighted_avg').map(name => `${name}(:INTEGER % 100, 2)`),
    'reservoir_quantile(:INTEGER, 0.5)',
    // Without bounds it asks for statistics, which hold hidden rows.
    'bitstring_agg(:INTEGER % 50, -50, 50)',
    "histogram_exact(:VARCHAR, ['DE', 'FR'])",
    // Refused by the engine only where it runs.
    'histogram_exact(:VARCHAR, NULL)',
  ],
  [
    'list_aggregate',
    "list_aggregate(:TEXTS, 'max')",
    "list_aggr(:INTEGERS, 'sum')",
    "aggregate(:TEXTS, 'count')",
    "array_aggr(:TEXTS, 'min')",
    "array_aggregate(:TEXTS, 'first')",
  ],
  ['strftime', "strftime(:DATE, '%Y-%j')", "strftime(:TIMESTAMP, '%H:%M')"],
  ['strptime', "strptime(:VARCHAR, '%Y')", "try_strptime(:VARCHAR, '%Y')"],
  [
    'struct',
    'struct_insert(:STRUCT, c := 1)',
    "struct_update(:STRUCT, a := 'x')",
    "struct_concat(:STRUCT, {'z': 1})",
    'struct_extract_at(:STRUCT, 1)',
    "struct_position(row('DE', 'x'), :VARCHAR)",
    "struct_indexof(row('DE'), :VARCHAR)",
    "struct_contains(row('DE', 'x'), :VARCHAR)",
    "struct_has(row('DE'), :VARCHAR)",
    'struct_keys(:STRUCT)',
    'struct_values(:STRUCT)',
    'row(:VARCHAR, :INTEGER)',
    "struct_extract(:STRUCT, 'a')",
  ],
  [
    'array',
    'array_value(:INTEGER, :INTEGER)',
    'array_cross_product([1, 2, 3]::DOUBLE[3], array_value(:DOUBLE, 1, 2))',
    'array_zip(:TEXTS, :INTEGERS)',
    'list_zip(:TEXTS, :INTEGERS)',
  ],
  ['reduce', 'list_reduce(:INTEGERS, (x, y) -> x + y)', 'reduce(:TEXTS, (x, y) -> concat(x, y))', 'array_reduce(:INTEGERS, (x, y) -> x)'],
  [
    'lambda',
    ...words('list_transform transform apply list_apply array_apply array_transform')
      .filter(name => name !== 'transform')
      .map(name => `${name}(:TEXTS, x -> upper(x))`),
    ...words('list_filter filter array_filter').map(name => `${name}(:INTEGERS, x -> x > 1)`),
  ],
  [
    'json',
    'from_json(:JSON, \'{"a": ["VARCHAR"]}\')',
    'from_json_strict(:JSON, \'"JSON"\')',
    'json_transform(:JSON, \'{"b": "VARCHAR"}\')',
    'json_transform_strict(:JSON, \'"JSON"\')',
    "json_exists(:JSON, '$.a')",
    "json_value(:JSON, '$.a[0]')",
    'json_keys(:JSON)',
    "json_extract_path(:JSON, 'a')",
    "json_extract_path_text(:JSON, 'a')",
    'json_merge_patch(:JSON, :JSON)',
    'json_pretty(:JSON)',
    'json_structure(:JSON)',
    'json_contains(:JSON, :JSON)',
    "json_type(:JSON, '$.a')",
    'json(:JSON)',
    'array_to_json(:TEXTS)',
    'row_to_json(:STRUCT)',
    'json_quote(:STRUCT)',
    "json_extract(:JSON, ['$.a', '$.b'])",
    "json_array_length(:JSON, '$.a')",
    "json_object('k', :INTEGER)",
    'json_array(:INTEGER, :VARCHAR)',
    'json_valid(:VARCHAR)',
    "(:JSON ->> 'a')",
  ],
  [
    'map',
    'map()',
    'map([1], [:VARCHAR])',
    "map_from_entries([('k', :VARCHAR)])",
    'map_concat(:MAP, :MAP)',
    "map_contains_entry(:MAP, 'DE', :INTEGER)",
    'map_contains_value(:MAP, :INTEGER)',
    'map_contains(:MAP, :VARCHAR)',
    'map_extract(:MAP, :VARCHAR)',
    'map_extract_value(:MAP, :VARCHAR)',
    'element_at(:MAP, :VARCHAR)',
    'cardinality(:MAP)',
  ],
  ['union', "union_extract(union_value(k := :VARCHAR), 'k')", 'union_tag(union_value(k := :VARCHAR))', 'union_value(n := :INTEGER)'],
  [
    'text',
    "format('{}-{}', :VARCHAR, :INTEGER)",
    "printf('%s %d', :VARCHAR, :INTEGER)",
    "regexp_extract(:VARCHAR, '([a-z])', 1)",
    "regexp_extract_all(:VARCHAR, '[a-z]')",
    "regexp_replace(:VARCHAR, '[aeiou]', '*', 'g')",
    "regexp_split_to_array(:VARCHAR, '[,e]')",
    "regexp_full_match(:VARCHAR, '[A-Z]+')",
    'parse_path(:VARCHAR)',
    "concat_ws('-', :VARCHAR, :VARCHAR)",
    "translate(:VARCHAR, 'ab', 'xy')",
    'unicode(:VARCHAR)',
    "(:VARCHAR SIMILAR TO '[a-z]*')",
    "(:VARCHAR ^@ 'D')",
    "(:VARCHAR NOT LIKE 'x!%' ESCAPE '!')",
    "(:VARCHAR ILIKE 'x!%' ESCAPE '!')",
    "(:VARCHAR NOT ILIKE 'x!%' ESCAPE '!')",
    "(:VARCHAR LIKE 'x!%' ESCAPE '!')",
    "(:VARCHAR ~~~ 'D*')",
    "parse_formatted_bytes('16 KiB')",
    'bar(3, 0, 10, 5)',
  ],
  [
    'time',
    "date_part(['year', 'month'], :DATE)",
    "time_bucket(INTERVAL '1 month', :DATE)",
    "timezone('Europe/Vienna', :TIMESTAMP)",
    "date_trunc('quarter', :TIMESTAMP)",
    "datepart('week', :DATE)",
    "datetrunc('year', :DATE)",
    "datesub('day', :DATE, DATE '2020-01-01')",
    "datediff('month', :DATE, :DATE)",
    "date_sub('year', :DATE, :DATE)",
    'date_add(:DATE, INTERVAL 1 DAY)',
    'age(:TIMESTAMP, :TIMESTAMP)',
    'timezone_hour(:TIMESTAMPTZ)',
    'timezone_minute(:TIMESTAMPTZ)',
    'make_timestamp(2020, 1, 2, 3, 4, 5.5)',
    'generate_subscripts(:TEXTS, 1)',
  ],
  [
    'number',
    '(:INTEGER ^ 2)',
    '(:INTEGER ** 2)',
    '(3 !)',
    '(@ :INTEGER)',
    '(:INTEGERS && :INTEGERS)',
    '(:INTEGERS @> :INTEGERS)',
    '(:INTEGERS <@ :INTEGERS)',
    '([1, 2]::FLOAT[2] <-> [2, 3]::FLOAT[2])',
    '([1, 2]::FLOAT[2] <=> [2, 3]::FLOAT[2])',
    'to_base(abs(:INTEGER % 1000), 36)',
  ],
  [
    'other',
    'pg_typeof(:VARCHAR)',
    '(:TEXTS).len()',
    'grade_up(:TEXTS)',
    'array_grade_up(:INTEGERS)',
    'list_grade_up(:INTEGERS)',
    'uuid_extract_version(:UUID)',
    'uuid_extract_timestamp(:UUID)',
    "set_bit('0101'::BIT, 1, 0)",
    "get_bit('0101'::BIT, 1)",
    "bitstring('01', 4)",
    "list_sort(:TEXTS, 'DESC', 'NULLS FIRST')",
    'array_sort(:TEXTS)',
    'unnest([1])',
    'nullif(:VARCHAR, :VARCHAR)',
  ],
  [
    'aggregate',
    'quantile(:INTEGER, 0.5)',
    'quantile_cont(:INTEGER, [0.25, 0.75])',
    'quantile_disc(:VARCHAR, 0.5)',
    'approx_quantile(:INTEGER, 0.5 ORDER BY :INTEGER)',
    "string_agg(:VARCHAR, ',' ORDER BY :VARCHAR)",
  ],
]

function words(list: string): readonly string[] {
  return list.split(' ')
}

const written = (type: string): string => `CAST(NULL AS ${type})`
const sampleOf = ({ kind, cast, fixed }: Argument): string => fixed?.[0] ?? written(cast ?? typeOf[kind!])

/** All ways to call what is on the list that bind in the engine. */
export async function catalogueOf(engine: TestEngine): Promise<readonly CallForm[]> {
  const reader = await engine.connection.runAndReadAll(
    `SELECT DISTINCT function_name, function_type, parameter_types::VARCHAR[], coalesce(varargs, ''), coalesce(return_type, ''), parameters::VARCHAR[]
     FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'macro') ORDER BY ALL`,
  )
  const found: CallForm[] = []
  for (const [name, type, types, varargs, returns, parameters] of reader.getRowsJson() as [
    string,
    string,
    (string | null)[],
    string,
    string,
    string[],
  ][]) {
    if (!allowedFunctions.has(name.toLowerCase()) || onlyByHand.has(name)) continue
    const wanted = type === 'macro' ? parameters.map(() => 'ANY') : types.map(one => one ?? 'ANY')
    const alternatives = [...wanted, ...(varargs === '' ? [] : [varargs])].map(argumentsFor)
    const form = await bindable(engine, { name, aggregate: type === 'aggregate', alternatives, returns })
    if (form !== undefined) found.push(form)
  }
  for (const [, ...forms] of byHand) for (const form of forms) found.push(handForm(form))
  return found
}

interface Signature {
  readonly name: string
  readonly aggregate: boolean
  readonly alternatives: readonly (readonly Argument[])[]
  readonly returns: string
}

async function bindable(engine: TestEngine, { name, aggregate, alternatives, returns }: Signature): Promise<CallForm | undefined> {
  const called = `"${name}"`
  // The same alternative for all that may be anything: they mostly have to agree.
  for (let turn = 0; turn < anything.length; turn += 1) {
    const chosen = alternatives.map(list => list[turn % list.length]!)
    const light = heavy.has(name) ? chosen.map(lightOf) : chosen
    try {
      ;(await engine.connection.prepare(`SELECT ${called}(${light.map(sampleOf).join(', ')})`)).destroySync()
    } catch {
      if (alternatives.every(list => list.length === 1)) return undefined
      continue
    }
    return {
      name,
      aggregate,
      returns: volatile_.has(name) ? 'VARCHAR' : aggregate ? 'any' : kindFor(returns),
      print: printer(name, aggregate, light),
    }
  }
  return undefined
}

const kindFor = (type: string): Kind | 'any' => {
  const argument = kinds[type]
  return argument?.kind ?? 'any'
}

function printer(name: string, aggregate: boolean, given: readonly Argument[]): CallForm['print'] {
  return (of, choose) => {
    const argumentNodes = given.map(({ kind, cast, fixed }) =>
      fixed !== undefined
        ? choose(fixed)
        : cast === undefined
          ? of(kind!)
          : text(aggregate ? 'TRY_CAST(' : 'CAST(', of(kind!), ` AS ${cast})`),
    )
    const call = [`"${name}"(`, ...joined(argumentNodes, ', ')]
    if (aggregate) return [...call, ...(given.length === 0 ? [] : [' ORDER BY ', ...joined(argumentNodes, ', ')]), ')']
    if (volatile_.has(name)) return ['typeof(', ...call, '))']
    return ['TRY(', ...call, '))']
  }
}

/** `:KIND` stands for any expression of the kind. */
function handForm(form: string): CallForm {
  const name = /^\(?([a-z_0-9]+)\(/.exec(form)?.[1] ?? form
  const aggregate = /^(quantile|approx_quantile|string_agg|json_group|geom|wavg|weighted|reservoir|histogram|bitstring_agg)/.test(form)
  return {
    name,
    aggregate,
    returns: 'any',
    print: of => {
      const memo = new Map<string, Node>()
      const parts = form.split(/((?<!:):[A-Z]{3,})/).map(part => {
        if (!part.startsWith(':')) return part
        const kind = part.slice(1) as Kind
        const value = aggregate ? (memo.get(kind) ?? of(kind)) : of(kind)
        memo.set(kind, value)
        return value
      })
      return aggregate || /unnest|generate_subscripts/.test(form) ? parts : ['TRY(', ...parts, ')']
    },
  }
}

/** Of each kind, by name: a function of many forms is not called more often for it. */
export type Calls = ReadonlyMap<Kind | 'any' | 'aggregate', readonly (readonly CallForm[])[]>

export function callsOf(forms: readonly CallForm[]): Calls {
  const out = new Map<Kind | 'any' | 'aggregate', Map<string, CallForm[]>>()
  const add = (kind: Kind | 'any' | 'aggregate', form: CallForm): void => {
    const names = out.get(kind) ?? new Map<string, CallForm[]>()
    out.set(kind, names.set(form.name, [...(names.get(form.name) ?? []), form]))
  }
  for (const form of forms) {
    add(form.aggregate ? 'aggregate' : 'any', form)
    if (!form.aggregate && form.returns !== 'any' && !/unnest/.test(form.name)) add(form.returns, form)
  }
  return new Map([...out].map(([kind, names]) => [kind, [...names.values()]]))
}

/** Of each kind those that are productions of `wanted`; all where none is. */
export const onlyCalls = (calls: Calls, wanted: ReadonlySet<string>): Calls =>
  new Map(
    [...calls].map(([kind, names]) => {
      const kept = names.filter(([form]) => wanted.has(`function ${form?.name.toLowerCase()}`))
      return [kind, kept.length === 0 ? names : kept]
    }),
  )
