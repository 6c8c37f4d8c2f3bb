import type { Calls } from './calls.ts'
import { isOrdered, type Kind, scalarKinds, typeOf } from './kinds.ts'
import { list, type Node, node, parameter, text } from './node.ts'
import type { Choice } from './random.ts'

/** A column that an expression may name. */
export interface Ref {
  readonly sql: string
  readonly name: string
  readonly kind: Kind
  /** The same whatever the order in which rows were added up. */
  readonly exact: boolean
}

/** Where an expression stands. */
export interface Place {
  readonly refs: readonly Ref[]
  readonly depth: number
  /** Of what no barrier is needed for, and nothing else. */
  readonly plain: boolean
  /** Inside of TRY no subquery may stand; nor, for the engine, may one in an aggregate or a lambda. */
  readonly alone?: boolean
}

/** What expressions need of queries. */
export interface Subqueries {
  /** One row of one column at most. */
  scalar(kind: Kind, place: Place): Node
  column(kind: Kind, place: Place): Node
  any(place: Place): Node
}

const texts = ["'DE'", "'FR'", "''", "'é%_'", "'Anna'", "'🎲'", "'l''œuf'", "'tok_'", "'***'"]
const integers = ['0', '1', '2', '3', '-1', '42', '10', '9007199254740993', '9223372036854775807']
const literals: Readonly<Record<Kind, readonly string[]>> = {
  BOOLEAN: ['TRUE', 'FALSE'],
  INTEGER: integers,
  DOUBLE: ['0.5::DOUBLE', '1e10', '-2.25::DOUBLE', "'NaN'::DOUBLE", "'-Infinity'::DOUBLE", '1e308'],
  DECIMAL: ['0.01', '12.50', '-3.25', '9999999999.99'],
  VARCHAR: texts,
  DATE: ["DATE '2020-02-29'", "DATE '1970-01-01'", "DATE '9999-12-31'", "DATE '0001-01-01'"],
  TIMESTAMP: ["TIMESTAMP '2021-01-01 10:00:00'", "TIMESTAMP '1969-12-31 23:59:59.999999'"],
  TIMESTAMPTZ: ["TIMESTAMPTZ '2021-01-01 10:00:00+02'", "TIMESTAMPTZ '1970-01-01 00:00:00+00'"],
  TIME: ["TIME '12:00:00'", "TIME '23:59:59.999999'"],
  UUID: ["'123e4567-e89b-12d3-a456-426614174000'::UUID"],
  BLOB: ["'\\x00\\xFF'::BLOB", "''::BLOB"],
  TEXTS: ["['DE', 'FR', NULL]", 'CAST([] AS VARCHAR[])', "['a']"],
  INTEGERS: ['[1, 2, NULL]', 'CAST([] AS BIGINT[])', '[3]'],
  STRUCT: ["{'a': 'DE', 'b': 1}"],
  MAP: ["MAP {'DE': 1, 'x': NULL}"],
  JSON: [`'{"a": [1, "x"], "b": null}'::JSON`],
  OTHER: ["'other'"],
}

type Form = (place: Place) => Node

export class Expressions {
  readonly #choice: Choice
  readonly #subqueries: Subqueries
  readonly #calls: Calls

  constructor(choice: Choice, subqueries: Subqueries, calls: Calls) {
    this.#choice = choice
    this.#subqueries = subqueries
    this.#calls = calls
  }

  /** An expression that never fails, whatever the rows hold. */
  of(kind: Kind, place: Place): Node {
    return { ...node(`expression ${kind}`, this.#inner(kind, place)), least: `CAST(NULL AS ${typeOf[kind]})` }
  }

  anyKind(): Kind {
    return this.#choice.chance(0.85) ? this.#choice.of(scalarKinds) : this.#choice.of(['TEXTS', 'INTEGERS', 'STRUCT'] as const)
  }

  /** One that fails on some values: it may only stand where each row is looked at. */
  failing(place: Place): Node {
    const alone = { ...place, alone: true, depth: Math.min(1, place.depth) }
    const one = (kind: Kind): Node => this.of(kind, alone)
    const forms: readonly (() => Node)[] = [
      () => text('CAST(', one('VARCHAR'), ' AS INTEGER)'),
      () => text('CAST(', one('VARCHAR'), ' AS DATE)'),
      () => text('CAST(', one('INTEGER'), ' AS TINYINT)'),
      () => text('CAST(', one('INTEGER'), ' + 9223372036854775807 AS BIGINT)'),
      () => text('(', one('INTEGER'), ' * 4611686018427387904)'),
      () => text('CAST(', one('DOUBLE'), ' AS SMALLINT)'),
      () => text('CAST(', one('DECIMAL'), ' AS DECIMAL(4,2))'),
      () => text('chr(CAST(', one('INTEGER'), ' AS INTEGER))'),
      () => text('sqrt(', one('DOUBLE'), ')'),
      () => text('ln(', one('INTEGER'), ')'),
      () => text('factorial(CAST(', one('INTEGER'), ' AS INTEGER))'),
      () => text('strptime(', one('VARCHAR'), ", '%Y-%m-%d')"),
      () => text('make_date(', one('INTEGER'), ', 1, 1)'),
      () => text('epoch_ms(', one('INTEGER'), ')'),
      () => text('(', one('DATE'), ' + CAST(', one('INTEGER'), ' AS INTEGER))'),
      () => text('from_base64(', one('VARCHAR'), ')'),
      () => text('json_extract(', one('VARCHAR'), ", '$.a')"),
      () => text('CAST(', one('VARCHAR'), ' AS UUID)'),
      () => text('regexp_replace(', one('VARCHAR'), ", '(', 'x')"),
      () => text('nosuch(', one('VARCHAR'), ')'),
      () => text('(', one('VARCHAR'), ' + ', one('DATE'), ')'),
      () => text('list_sum(', one('VARCHAR'), ')'),
    ]
    return text(this.#choice.of([...forms, ...this.#failingOnColumns(place)])())
  }

  /** Of what the engine holds to be harmless, though it is not. */
  #failingOnColumns({ refs }: Place): readonly (() => Node)[] {
    const calls: readonly (readonly [Kind, (sql: string) => string])[] = [
      ['INTEGER', sql => `chr(${sql})`],
      ['INTEGER', sql => `epoch_ms(${sql})`],
      ['INTEGER', sql => `make_timestamp(${sql})`],
      ['INTEGER', sql => `gcd(${sql}, 6)`],
      ['DOUBLE', sql => `to_timestamp(${sql})`],
      ['DATE', sql => `CAST(${sql} AS TIMESTAMP_NS)`],
      ['DATE', sql => `epoch_ns(${sql})`],
      ['TIMESTAMP', sql => `epoch_ns(${sql})`],
    ]
    return calls.flatMap(([kind, call]) => refs.filter(ref => ref.exact && ref.kind === kind).map(ref => () => text(call(ref.sql))))
  }

  /** Any function of the list, at any argument that fits. */
  call(place: Place, of: Kind | 'any' = 'any'): Node | undefined {
    const forms = this.#calls.get(of) ?? []
    if (forms.length === 0) return undefined
    const form = this.#choice.of(this.#choice.of(forms))
    const inner = { ...place, alone: true, depth: Math.min(place.depth, 1) }
    return text(
      ...form.print(
        kind => this.of(kind, inner),
        fixed => this.#choice.of(fixed),
      ),
    )
  }

  #inner(kind: Kind, place: Place): Node {
    const fitting = place.refs.filter(ref => ref.kind === kind && ref.exact)
    const { depth, plain } = place
    if (depth <= 0 || this.#choice.chance(0.35)) {
      if (fitting.length > 0 && this.#choice.chance(0.8)) return text(this.#choice.of(fitting).sql)
      return this.#literal(kind)
    }
    const below: Place = { ...place, depth: depth - 1 }
    if (!plain && this.#choice.chance(0.15)) {
      const call = this.call(below, kind)
      if (call !== undefined) return kind === 'VARCHAR' ? call : text('CAST(', call, ` AS ${typeOf[kind]})`)
    }
    return this.#choice.of([...this.#common(kind), ...(plain ? [] : this.#commonRich(kind)), ...this.#own(kind, plain)])(below)
  }

  #literal(kind: Kind): Node {
    if (this.#choice.chance(0.08)) return text(`CAST(NULL AS ${typeOf[kind]})`)
    if (this.#choice.chance(0.12)) {
      if (kind === 'VARCHAR') return text('CAST(', parameter(this.#choice.of(['DE', 'é%_', '', "l'œuf", null])), ' AS VARCHAR)')
      if (kind === 'INTEGER') return text('CAST(', parameter(this.#choice.of([0, 1, 3, -7, 9_007_199_254_740_991, null])), ' AS BIGINT)')
      if (kind === 'DOUBLE') return text('CAST(', parameter(this.#choice.of([0.5, -2.25, 1e-300, 3])), ' AS DOUBLE)')
      if (kind === 'BOOLEAN') return text('CAST(', parameter(this.#choice.of([true, false, null])), ' AS BOOLEAN)')
      if (kind === 'DATE') return text('CAST(', parameter('2020-02-29'), ' AS DATE)')
    }
    return text(this.#choice.of(literals[kind]))
  }

  #common(kind: Kind): readonly Form[] {
    const it = (place: Place): Node => this.of(kind, place)
    const truth = (place: Place): Node => this.of('BOOLEAN', place)
    return [
      place => text('CASE WHEN ', truth(place), ' THEN ', it(place), ' ELSE ', it(place), ' END'),
      place => text('coalesce(', it(place), ', ', it(place), ')'),
      ...this.#withSubquery(kind, place => text('(', this.#subqueries.scalar(kind, place), ')')),
    ]
  }

  #commonRich(kind: Kind): readonly Form[] {
    const it = (place: Place): Node => this.of(kind, place)
    const comparable = !['MAP', 'JSON', 'OTHER'].includes(kind)
    return [
      place => text('nullif(', it(place), ', ', it(place), ')'),
      ...(comparable
        ? [
            (place: Place) => text('greatest(', it(place), ', ', it(place), ')'),
            (place: Place) => text('least(', it(place), ', ', it(place), ')'),
          ]
        : []),
      place => text("struct_extract({'k': ", it(place), "}, 'k')"),
      place => text("({'k': ", it(place), '}).k'),
      place => text('[', it(place), ', ', it(place), '][', this.#choice.of(['1', '2', '-1']), ']'),
      // What the engine prints without the parentheses that it needs.
      () => text(this.#choice.of(["CAST((NULL)['x'] AS ", 'CAST((NULL)[1] AS ', 'CAST((NULL)[1:2] AS ']), `${typeOf[kind]})`),
      place => text('CASE ', this.of('INTEGER', place), ' WHEN 1 THEN ', it(place), ' WHEN 2 THEN ', it(place), ' END'),
      place => text('if(', this.of('BOOLEAN', place), ', ', it(place), ', ', it(place), ')'),
      place => text('TRY_CAST(', this.of('VARCHAR', place), ` AS ${typeOf[kind]})`),
    ]
  }

  /** Nothing that holds a subquery may stand inside of TRY. */
  #withSubquery(kind: Kind, form: Form): readonly Form[] {
    return [place => (place.alone === true ? text(`CAST(NULL AS ${typeOf[kind]})`) : form(place))]
  }

  #own(kind: Kind, plain: boolean): readonly Form[] {
    switch (kind) {
      case 'BOOLEAN':
        return plain ? this.#plainTruths() : [...this.#plainTruths(), ...this.#truths()]
      case 'VARCHAR':
        return plain ? this.#plainTexts() : [...this.#plainTexts(), ...this.#texts()]
      case 'INTEGER':
        return plain ? [place => text('length(', this.of('VARCHAR', place), ')')] : this.#integers()
      default:
        return plain ? [place => this.#inner(kind, { ...place, depth: 0 })] : this.#others(kind)
    }
  }

  #plainTruths(): readonly Form[] {
    const truth = (place: Place): Node => this.of('BOOLEAN', place)
    const words = (place: Place): Node => this.of('VARCHAR', place)
    const compared = (place: Place): Node => {
      const kind = this.#choice.of([...scalarKinds, 'VARCHAR', 'INTEGER'] as const)
      const leaf = {
        ...place,
        depth: Math.min(place.depth, place.plain && !['VARCHAR', 'INTEGER', 'BOOLEAN'].includes(kind) ? 0 : place.depth),
      }
      const operator = this.#choice.of(['=', '<>', '<', '>', '<=', '>=', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM'])
      return text('(', this.of(kind, leaf), ` ${operator} `, this.of(kind, leaf), ')')
    }
    return [
      compared,
      compared,
      place => text('(', truth(place), ` ${this.#choice.of(['AND', 'OR'])} `, truth(place), ')'),
      place => text('(NOT ', truth(place), ')'),
      place => text('(', this.of(this.#choice.of(scalarKinds), place), this.#choice.of([' IS NULL)', ' IS NOT NULL)'])),
      place =>
        text(
          '(',
          words(place),
          ` ${this.#choice.of(['LIKE', 'NOT LIKE', 'ILIKE', 'NOT ILIKE'])} ${this.#choice.of(["'D%'", "'%'", "'_%'", "'%🎲%'"])})`,
        ),
      place =>
        text('(', words(place), ` ${this.#choice.of(['IN', 'NOT IN'])} (`, list(this.#choice.some(texts, 3).map(one => text(one))), '))'),
      place => text('(', this.of('INTEGER', place), ` ${this.#choice.of(['BETWEEN', 'NOT BETWEEN'])} 0 AND 5)`),
      ...this.#withSubquery('BOOLEAN', place => text(this.#choice.of(['EXISTS (', 'NOT EXISTS (']), this.#subqueries.any(place), ')')),
      ...this.#withSubquery('BOOLEAN', place => {
        const kind = this.#choice.of(['VARCHAR', 'INTEGER'] as const)
        return text(
          '(',
          this.of(kind, { ...place, alone: true }),
          this.#choice.of([
            ' IN (',
            ' NOT IN (',
            ...['=', '<>', '<', '>', '<=', '>='].flatMap(sign => [` ${sign} ANY (`, ` ${sign} ALL (`]),
          ]),
          this.#subqueries.column(kind, place),
          '))',
        )
      }),
    ]
  }

  #truths(): readonly Form[] {
    const words = (place: Place): Node => this.of('VARCHAR', place)
    return [
      place => text('starts_with(', words(place), ', ', words(place), ')'),
      place => text('contains(', words(place), ", 'e')"),
      place => text('regexp_matches(', words(place), ", '^[A-Z]')"),
      place => text('(', words(place), " SIMILAR TO '[A-Z]+')"),
      place => text('(', words(place), " LIKE 'a!%%' ESCAPE '!')"),
      place => text('list_contains(', this.of('TEXTS', place), ', ', words(place), ')'),
      place => text('(', words(place), ' = ANY (', this.of('TEXTS', place), '))'),
      place => text('(', words(place), ' IN ', this.of('TEXTS', place), ')'),
      place => text('list_any_value(list_transform(', this.of('TEXTS', place), ", x -> x = 'DE'))"),
      place => text('((', words(place), ', ', this.of('INTEGER', place), ') = (', words(place), ', ', this.of('INTEGER', place), '))'),
      place => text('(', words(place), ' COLLATE NOCASE = ', words(place), ')'),
      place => text('(', this.of('BOOLEAN', place), ' IS TRUE)'),
    ]
  }

  #plainTexts(): readonly Form[] {
    const it = (place: Place): Node => this.of('VARCHAR', place)
    return [
      place => text(`${this.#choice.of(['lower', 'upper', 'trim'])}(`, it(place), ')'),
      place => text('(', it(place), ' || ', it(place), ')'),
      place => text('concat(', it(place), ", '-', ", it(place), ')'),
    ]
  }

  #texts(): readonly Form[] {
    const it = (place: Place): Node => this.of('VARCHAR', place)
    const method = (place: Place): Node => {
      const refs = place.refs.filter(ref => ref.kind === 'VARCHAR' && ref.exact)
      return refs.length === 0 ? text("'m'") : text(`${this.#choice.of(refs).sql}.${this.#choice.of(['lower', 'upper', 'reverse'])}()`)
    }
    return [
      method,
      place => text('substring(', it(place), ' FROM 1 FOR 2)'),
      place => text(it(place), '[1:2]'),
      place => text('replace(', it(place), ", 'a', 'b')"),
      place =>
        text(
          'CAST(',
          this.of(this.#choice.of(['INTEGER', 'DATE', 'BOOLEAN', 'DECIMAL', 'UUID', 'TIME', 'TIMESTAMP'] as const), place),
          ' AS VARCHAR)',
        ),
      place => text('array_to_string(', this.of('TEXTS', place), ", '+')"),
      place => text('struct_extract(', this.of('STRUCT', place), ", 'a')"),
      place => text('(', this.of('STRUCT', place), ")['a']"),
      place => text('typeof(', this.of(this.anyKind(), place), ')'),
      place => text("list_reduce(['a', ", it(place), '], (x, y) -> concat(x, y))'),
      place => text('list_filter(', this.of('TEXTS', place), ', x -> x <> ', it({ ...place, alone: true }), ')[1]'),
      place => text('md5(', it(place), ')'),
      place => text('json_extract_string(to_json(', this.of('STRUCT', place), "), '$.a')"),
    ]
  }

  #integers(): readonly Form[] {
    const it = (place: Place): Node => this.of('INTEGER', { ...place, alone: true })
    const operator = (): string => this.#choice.of(['+', '-', '*', '//', '%', '&', '|', '<<', '>>'])
    return [
      place => text('length(', this.of('VARCHAR', place), ')'),
      place => text('TRY(', it(place), ` ${operator()} `, it(place), ')'),
      place => text('TRY(- ', it(place), ')'),
      place => text('TRY(abs(', it(place), '))'),
      place => text('TRY(~ ', it(place), ')'),
      place => text('TRY((', this.#choice.of(['~ ', '@ ', '- ']), it(place), `) ${operator()} `, it(place), ')'),
      place => text('TRY(', this.#choice.of(['~ ', '@ ', '- ']), it(place), ` ${operator()} `, it(place), ')'),
      place =>
        text(
          'date_part(',
          this.#choice.of(["'year'", "'month'", "'dow'", "'epoch'::VARCHAR"]).replace("'epoch'::VARCHAR", "'day'"),
          ', ',
          this.of('DATE', place),
          ')',
        ),
      place => text('extract(year FROM ', this.of('TIMESTAMP', place), ')'),
      place => text('len(', this.of('TEXTS', place), ')'),
      place => text('CAST(', this.of('BOOLEAN', place), ' AS INTEGER)'),
      place => text('list_sum(', this.of('INTEGERS', { ...place, depth: 0 }), ')::BIGINT'),
      place => text('struct_extract(', this.of('STRUCT', place), ", 'b')"),
      place => text('(', this.of('MAP', place), ")['DE']"),
      place => text("date_diff('day', DATE '2000-01-01', ", this.of('DATE', place), ')'),
      place => text("position('a' IN ", this.of('VARCHAR', place), ')'),
      ...this.#withSubquery('INTEGER', place => text('(SELECT count(*) FROM (', this.#subqueries.any(place), '))')),
    ]
  }

  #others(kind: Kind): readonly Form[] {
    const words = (place: Place): Node => this.of('VARCHAR', { ...place, alone: true })
    const whole = (place: Place): Node => this.of('INTEGER', { ...place, alone: true })
    const same = (place: Place): Node => this.of(kind, { ...place, alone: true })
    const forms: Readonly<Partial<Record<Kind, readonly Form[]>>> = {
      DOUBLE: [
        place => text('TRY(', same(place), ` ${this.#choice.of(['+', '-', '*', '/'])} `, same(place), ')'),
        place => text('CAST(', whole(place), ' AS DOUBLE)'),
        place => text('TRY(sqrt(', same(place), '))'),
        place => text('round(', same(place), ', 2)'),
      ],
      DECIMAL: [
        place => text('TRY(CAST(', same(place), ` ${this.#choice.of(['+', '-'])} `, same(place), ' AS DECIMAL(38,10)))'),
        place => text('round(', same(place), ', 1)'),
      ],
      DATE: [
        place => text('TRY(CAST(', same(place), " + INTERVAL '1 month' AS DATE))"),
        place => text("TRY(CAST(date_trunc('month', ", same(place), ') AS DATE))'),
        place => text('last_day(', same(place), ')'),
      ],
      TIMESTAMP: [
        place => text('TRY(', same(place), " - INTERVAL '2 days')"),
        place => text("TRY(date_trunc('hour', ", same(place), '))'),
        place => text('TRY(CAST(', this.of('DATE', { ...place, alone: true }), ' AS TIMESTAMP))'),
      ],
      TIMESTAMPTZ: [place => text('TRY(', this.of('TIMESTAMP', { ...place, alone: true }), " AT TIME ZONE 'UTC')")],
      TIME: [place => text('TRY(CAST(', this.of('TIMESTAMP', { ...place, alone: true }), ' AS TIME))')],
      UUID: [place => text('TRY(CAST(md5(', words(place), ') AS UUID))')],
      BLOB: [place => text('encode(', words(place), ')'), place => text('(', same(place), ' || ', same(place), ')')],
      TEXTS: [
        place => text('[', words(place), ', ', words(place), ']'),
        place => text('ARRAY[', words(place), ', ', words(place), ']'),
        place => text('list_transform(', same(place), ', lambda x: upper(x))'),
        place => text('list_filter(', same(place), ', x -> x IS NOT NULL)'),
        // Nor may a lambda in a lambda use columns from around its subquery.
        place => text('[concat(x, ', words({ ...place, depth: 0 }), ') FOR x IN ', same(place), " IF x <> 'FR']"),
        place => text('list_sort(', same(place), ')'),
        place => text('list_concat(', same(place), ', ', same(place), ')'),
        place => text(same(place), '[2:]'),
        place => text('string_split(', words(place), ", 'e')"),
      ],
      INTEGERS: [
        place => text('list_value(', whole(place), ', ', whole(place), ')'),
        () => text('range(', this.#choice.of(['0', '3', '5']), ')'),
        place => text('list_transform(', same(place), ', (x, i) -> i)'),
      ],
      STRUCT: [
        place => text("{'a': ", words(place), ", 'b': ", whole(place), '}'),
        place => text('struct_pack(a := ', words(place), ', b := ', whole(place), ')'),
        place => text('CAST(row(', words(place), ', ', whole(place), `) AS ${typeOf.STRUCT})`),
      ],
      MAP: [place => text("MAP {'DE': ", whole(place), '}'), place => text("map(['a', 'DE'], [", whole(place), ', ', whole(place), '])')],
      JSON: [
        place => text("json_object('a', ", words(place), ')'),
        place => text('to_json(', whole(place), ')'),
        place => text(same(place), " -> 'a'"),
      ],
    }
    return forms[kind] ?? [place => this.#inner(kind, { ...place, depth: 0 })]
  }
}

/** What rows can be put in order by without a tie that shows. */
export const orderable = (refs: readonly Ref[]): boolean => refs.every(ref => ref.exact && isOrdered(ref.kind))
