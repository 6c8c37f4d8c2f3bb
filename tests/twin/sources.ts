import { type Expressions, orderable, type Place, type Ref } from './expressions.ts'
import { type Kind, scalarKinds, typeOf } from './kinds.ts'
import { clause, joined, type Node, node, type Part, text } from './node.ts'
import type { Choice } from './random.ts'

export interface Column {
  readonly name: string
  readonly kind: Kind
  readonly exact: boolean
}

/** A query, and what it gives. */
export interface Query {
  readonly node: Node
  readonly columns: readonly Column[]
  readonly rows: number
}

/** What stands in FROM. */
export interface Source {
  readonly node: Node
  readonly refs: readonly Ref[]
  readonly rows: number
  /** Names that stars may stand before; columns of two of them may share a name. */
  readonly aliases: readonly string[]
}

export interface Named {
  readonly id: string
  readonly columns: readonly Column[]
  readonly rows: number
}

export interface Queries {
  query(depth: number, outer: readonly Ref[]): Query
  /** Exactly these kinds. */
  shaped(kinds: readonly Kind[], depth: number, outer: readonly Ref[]): Query
}

const reserved = new Set(['window', 'order', 'group', 'select'])
export const nameOf = (name: string): string => (reserved.has(name) || !/^[a-z_][a-z0-9_]*$/.test(name) ? `"${name}"` : name)

/** More rows than this are not made: of joins there would be no end. */
const rowBound = 4_000

export interface Scope {
  readonly depth: number
  readonly outer: readonly Ref[]
  readonly plain: boolean
}

/** The FROM clause. */
export class Sources {
  readonly #choice: Choice
  readonly #tables: readonly Named[]
  readonly #queries: Queries
  readonly #expressions: Expressions
  #aliases = 0
  /** Tables that go by their own name, once in a statement. */
  readonly #bare = new Set<string>()
  ctes: readonly Named[] = []

  constructor(choice: Choice, tables: readonly Named[], queries: Queries, expressions: Expressions) {
    this.#choice = choice
    this.#tables = tables
    this.#queries = queries
    this.#expressions = expressions
  }

  alias(prefix = 't'): string {
    this.#aliases += 1
    return `${prefix}${this.#aliases}`
  }

  of(scope: Scope): Source {
    const first = this.#one(scope)
    if (scope.depth <= 0 || this.#choice.chance(0.45)) return first
    return this.#joined(first, scope)
  }

  #one(scope: Scope): Source {
    const { depth } = scope
    const forms: readonly (() => Source)[] = [
      () => this.table(),
      () => this.table(),
      () => this.table(),
      ...(this.ctes.length > 0 ? [() => this.#cte(), () => this.#cte()] : []),
      ...(depth > 0
        ? [
            () => this.#subquery(scope),
            () => this.#subquery(scope),
            () => this.#pivoted(),
            () => this.#unpivoted(),
            () => this.#sampled(scope),
          ]
        : []),
      () => this.#values(scope),
      () => this.#called(scope),
    ]
    const weights = this.#choice.between(0, 9)
    const source = weights < 6 ? (this.ctes.length > 0 && weights < 2 ? this.#cte() : this.table()) : this.#choice.of(forms)()
    return { ...source, node: node('source', source.node) }
  }

  /** A table of a product, under its own name or another. */
  table(): Source {
    const table = this.#choice.of(this.#tables)
    const [domain = '', product = '', name = ''] = table.id.split('.')
    const full = this.#choice.chance(0.1) ? `${domain.toUpperCase()}.${product}."${name}"` : table.id
    if (!this.#bare.has(table.id) && this.#choice.chance(0.25)) {
      this.#bare.add(table.id)
      const prefix = this.#choice.of([name, `${product}.${name}`, table.id, name.toUpperCase()])
      return this.#source(text(full), table, prefix, name)
    }
    const alias = this.alias()
    const form = this.#choice.between(0, 9)
    if (form === 0) return this.#source(text(`${alias}: ${full}`), table, alias)
    if (form === 1 && table.columns.length > 1) {
      const renamed = { ...table, columns: table.columns.map((column, i) => (i < 2 ? { ...column, name: `n${i}` } : column)) }
      return this.#source(text(`${full} AS ${alias}(n0, n1)`), renamed, alias)
    }
    return this.#source(text(`${full} AS ${alias}`), table, alias)
  }

  #source(node_: Node, { columns, rows }: Pick<Named, 'columns' | 'rows'>, prefix: string, star = prefix): Source {
    const refs = columns.map(column => ({ ...column, sql: `${prefix}.${nameOf(column.name)}` }))
    return { node: node_, refs, rows, aliases: [star] }
  }

  #cte(): Source {
    const cte = this.#choice.of(this.ctes)
    const alias = this.alias()
    return this.#source(text(`${cte.id} AS ${alias}`), cte, alias)
  }

  #subquery({ depth }: Scope): Source {
    const query = this.#queries.query(depth - 1, [])
    const alias = this.alias()
    const renames = this.#choice.chance(0.2)
    const columns = query.columns.map((column, i) => (renames ? { ...column, name: `r${i}` } : column))
    const list = renames ? `(${columns.map(({ name }) => name).join(', ')})` : ''
    return this.#source(text('(', query.node, `) AS ${alias}${list}`), { columns, rows: query.rows }, alias)
  }

  /** Samples whose outcome does not hang on chance: everything, nothing, or how many rows. */
  #sampled(scope: Scope): Source {
    const table = this.#choice.of(this.#tables)
    const alias = this.alias()
    const form = this.#choice.between(0, 5)
    if (form === 0) return this.#source(text(`${table.id} AS ${alias} TABLESAMPLE reservoir(10000 ROWS)`), table, alias)
    if (form === 1) return this.#source(text(`${table.id} AS ${alias} TABLESAMPLE bernoulli(100%) REPEATABLE (7)`), table, alias)
    if (form === 2) return this.#source(text(`${table.id} AS ${alias} TABLESAMPLE system(0%)`), table, alias)
    if (form === 3) {
      const query = this.#queries.query(scope.depth - 1, [])
      return this.#source(text('(SELECT * FROM (', query.node, `) USING SAMPLE 100 PERCENT (bernoulli)) AS ${alias}`), query, alias)
    }
    const counted = { columns: [{ name: 'n', kind: 'INTEGER', exact: true }] as const, rows: 1 }
    return this.#source(text(`(SELECT count(*) AS n FROM ${table.id} USING SAMPLE 5 ROWS) AS ${alias}`), counted, alias)
  }

  #values({ outer, plain }: Scope): Source {
    const kinds = [this.#choice.of(['INTEGER', 'VARCHAR'] as const), this.#choice.of(scalarKinds)]
    const alias = this.alias()
    const place: Place = { refs: outer.filter(() => false), depth: 0, plain, alone: true }
    const row = (): Node =>
      text(
        '(',
        ...joined(
          kinds.map(kind => text('CAST(', this.#expressions.of(kind, place), ` AS ${typeOf[kind]})`)),
          ', ',
        ),
        ')',
      )
    const columns = kinds.map((kind, i) => ({ name: `v${i}`, kind, exact: true }))
    return this.#source(text('(VALUES ', ...joined([row(), row(), row()], ', '), `) AS ${alias}(v0, v1)`), { columns, rows: 3 }, alias)
  }

  #called({ outer, plain }: Scope): Source {
    const alias = this.alias()
    const one = (kind: Kind, name: string): Column => ({ name, kind, exact: true })
    const place: Place = { refs: [], depth: 0, plain, alone: true }
    void outer
    const forms: readonly (() => Source)[] = [
      () =>
        this.#source(text(`range(0, ${this.#choice.between(0, 6)}) AS ${alias}(i)`), { columns: [one('INTEGER', 'i')], rows: 6 }, alias),
      () => this.#source(text(`generate_series(1, 3) AS ${alias}(i)`), { columns: [one('INTEGER', 'i')], rows: 3 }, alias),
      () =>
        this.#source(
          text('unnest(', this.#expressions.of('TEXTS', place), `) AS ${alias}(x)`),
          { columns: [one('VARCHAR', 'x')], rows: 3 },
          alias,
        ),
      () =>
        this.#source(
          text(`unnest(['a', NULL]) WITH ORDINALITY AS ${alias}(x, i)`),
          { columns: [one('VARCHAR', 'x'), one('INTEGER', 'i')], rows: 2 },
          alias,
        ),
      () => this.#source(text(`repeat('DE', 2) AS ${alias}(x)`), { columns: [one('VARCHAR', 'x')], rows: 2 }, alias),
      () =>
        this.#source(
          text(`repeat_row('FR', 3::BIGINT, num_rows = 2) AS ${alias}(x, i)`),
          { columns: [one('VARCHAR', 'x'), one('INTEGER', 'i')], rows: 2 },
          alias,
        ),
      () =>
        this.#source(
          text(`(SELECT key AS k, CAST(value AS VARCHAR) AS v FROM json_each('{"a": 1, "b": [2]}')) AS ${alias}`),
          { columns: [one('VARCHAR', 'k'), one('VARCHAR', 'v')], rows: 2 },
          alias,
        ),
      () =>
        this.#source(
          text(`(SELECT fullkey AS k, CAST(atom AS VARCHAR) AS v FROM json_tree('{"a": 1, "b": [2]}')) AS ${alias}`),
          { columns: [one('VARCHAR', 'k'), one('VARCHAR', 'v')], rows: 4 },
          alias,
        ),
    ]
    return this.#choice.of(forms)()
  }

  #pivoted(): Source {
    const table = this.#choice.of(this.#tables)
    const names = table.columns.map(({ name }) => name)
    if (!names.includes('country') || !names.includes('id')) return this.table()
    const alias = this.alias()
    const group = names.includes('vip') && this.#choice.chance(0.6) ? 'vip' : undefined
    const inner = `(SELECT country, id${group === undefined ? '' : `, ${group}`} FROM ${table.id})`
    const columns: Column[] = [
      ...(group === undefined ? [] : [{ name: group, kind: 'BOOLEAN', exact: true } as const]),
      ...['DE', 'land'].map(name => ({ name, kind: 'INTEGER', exact: true }) as const),
    ]
    const by = group === undefined ? '' : ` GROUP BY ${group}`
    const form = this.#choice.of([
      `(PIVOT ${inner} ON country IN ('DE', 'FR' AS land) USING count(id)${by}) AS ${alias}`,
      `${inner} PIVOT (max(id) FOR country IN ('DE', 'FR' AS land)${by}) AS ${alias}`,
    ])
    return this.#source(text(form), { columns, rows: 3 }, alias)
  }

  #unpivoted(): Source {
    const table = this.#choice.of(this.#tables)
    const words = table.columns.filter(({ kind }) => kind === 'VARCHAR').slice(0, 3)
    if (words.length < 2) return this.table()
    const alias = this.alias()
    const list = words.map(({ name }) => nameOf(name)).join(', ')
    const inner = `(SELECT id, ${list} FROM ${table.id})`
    const columns: readonly Column[] = [
      { name: 'id', kind: 'INTEGER', exact: true },
      { name: 'k', kind: 'VARCHAR', exact: true },
      { name: 'v', kind: 'VARCHAR', exact: true },
    ]
    const form = this.#choice.of([
      `(UNPIVOT ${inner} ON ${list} INTO NAME k VALUE v) AS ${alias}`,
      `(UNPIVOT ${inner} ON COLUMNS(* EXCLUDE (id)) INTO NAME k VALUE v) AS ${alias}`,
      `(SELECT * FROM ${inner} UNPIVOT INCLUDE NULLS (v FOR k IN (${list}))) AS ${alias}`,
    ])
    return this.#source(text(form), { columns, rows: table.rows * words.length }, alias)
  }

  #joined(left: Source, scope: Scope): Source {
    const deeper = { ...scope, depth: scope.depth - 1 }
    const form = this.#choice.of([
      'on',
      'on',
      'on',
      'using',
      'natural',
      'cross',
      'comma',
      'semi',
      'asof',
      'positional',
      'lateral',
      'lateral',
      'unnest',
      'group',
    ] as const)
    if (form === 'asof') return this.#asof(left)
    if (form === 'positional') return this.#positional(scope)
    if (form === 'lateral') return this.#lateral(left, deeper)
    if (form === 'unnest') return this.#unnested(left, scope)
    const right = this.#one(deeper)
    const both = { refs: [...left.refs, ...right.refs], aliases: [...left.aliases, ...right.aliases] }
    const rows = left.rows * right.rows
    const condition = this.#condition(left, right, scope)
    const put = (...parts: readonly Part[]): Node => text(left.node, ...parts)
    if (form === 'semi') {
      const kind = this.#choice.of([' SEMI JOIN ', ' ANTI JOIN '])
      return { ...left, node: put(kind, right.node, ' ON ', condition) }
    }
    const shared = left.refs
      .map(({ name }) => name)
      .filter((name, i, all) => all.indexOf(name) === i && right.refs.filter(ref => ref.name === name).length === 1)
    const usable = shared.filter(name => left.refs.filter(ref => ref.name === name).length === 1)
    if ((form === 'using' || form === 'group') && usable.length > 0) {
      const using = nameOf(usable.includes('id') ? 'id' : usable[0]!)
      const word = this.#choice.of([' JOIN ', ' LEFT JOIN ', ' RIGHT JOIN ', ' FULL JOIN '])
      if (form === 'using') return { ...both, rows: Math.max(left.rows, right.rows) * 3, node: put(word, right.node, ` USING (${using})`) }
      const alias = this.alias()
      const unique = both.refs.filter(
        (ref, i, all) => all.findIndex(one => one.name === ref.name) === i && all.filter(one => one.name === ref.name).length === 1,
      )
      return this.#source(
        text('(', left.node, word, right.node, ` USING (${using})) AS ${alias}`),
        { columns: unique, rows: Math.max(left.rows, right.rows) * 3 },
        alias,
        '',
      )
    }
    if (form === 'natural')
      return {
        ...both,
        rows: Math.max(left.rows, right.rows) * 3,
        node: put(this.#choice.of([' NATURAL JOIN ', ' NATURAL LEFT JOIN ']), right.node),
      }
    if (rows <= rowBound && (form === 'cross' || form === 'comma'))
      return { ...both, rows, node: put(form === 'cross' ? ' CROSS JOIN ' : ', ', right.node) }
    if (rows > rowBound * 4) return left
    const word = this.#choice.of([' JOIN ', ' LEFT JOIN ', ' RIGHT JOIN ', ' FULL OUTER JOIN '])
    return { ...both, rows, node: put(word, right.node, ' ON ', condition) }
  }

  /** Mostly equality of two columns. */
  #condition(left: Source, right: Source, { outer, plain }: Scope): Node {
    const pairs: readonly (readonly [Ref, Ref])[] = left.refs.flatMap(a =>
      right.refs
        .filter(b => a.exact && b.exact && a.kind === b.kind && scalarKinds.some(kind => kind === a.kind))
        .map(b => [a, b] as const),
    )
    const place: Place = { refs: [...left.refs, ...right.refs, ...outer], depth: 1, plain, alone: true }
    if (pairs.length === 0) return text(this.#expressions.of('BOOLEAN', place))
    const [a, b] = this.#choice.of(pairs)
    const equal = `${a.sql} ${this.#choice.of(['=', '=', '=', '=', '<', 'IS NOT DISTINCT FROM'])} ${b.sql}`
    return this.#choice.chance(0.3) ? text(equal, clause(' AND ', this.#expressions.of('BOOLEAN', place))) : text(equal)
  }

  /** The side that is looked up has each key once: of two equal ones the engine may take either. */
  #asof(left: Source): Source {
    const table = this.#choice.of(this.#tables)
    const kinds: readonly Kind[] = ['INTEGER', 'DATE', 'TIMESTAMP']
    const keys = table.columns.filter(({ kind }) => kinds.includes(kind))
    const pairs = left.refs.flatMap(ref => (ref.exact ? keys.filter(key => key.kind === ref.kind).map(key => [ref, key] as const) : []))
    if (pairs.length === 0) return left
    const [ref, key] = this.#choice.of(pairs)
    const alias = this.alias()
    const right = `(SELECT ${nameOf(key.name)} AS k, count(*) AS n FROM ${table.id} WHERE ${nameOf(key.name)} IS NOT NULL GROUP BY ALL) AS ${alias}`
    const word = this.#choice.of([' ASOF JOIN ', ' ASOF LEFT JOIN '])
    const columns: readonly Column[] = [
      { name: 'k', kind: key.kind, exact: true },
      { name: 'n', kind: 'INTEGER', exact: true },
    ]
    const { refs } = this.#source(text(), { columns, rows: 1 }, alias)
    return {
      node: text(left.node, word, right, ` ON ${ref.sql} ${this.#choice.of(['>=', '<=', '>', '<'])} ${alias}.k`),
      refs: [...left.refs, ...refs],
      rows: left.rows,
      aliases: [...left.aliases, alias],
    }
  }

  #positional({ depth }: Scope): Source {
    const side = (): Source => {
      const query = this.#queries.shaped([this.#choice.of(scalarKinds), 'INTEGER'], Math.min(depth - 1, 1), [])
      const alias = this.alias()
      return this.#source(text('(', query.node, ` ORDER BY ALL) AS ${alias}`), query, alias)
    }
    const [left, right] = [side(), side()]
    return {
      node: text(left.node, ' POSITIONAL JOIN ', right.node),
      refs: [...left.refs, ...right.refs],
      rows: Math.max(left.rows, right.rows),
      aliases: [...left.aliases, ...right.aliases],
    }
  }

  #lateral(left: Source, { depth }: Scope): Source {
    const kinds = [this.#choice.of(['INTEGER', 'VARCHAR', 'DATE'] as const)]
    const query = this.#queries.shaped(kinds, Math.min(depth, 1), left.refs)
    const alias = this.alias()
    const right = this.#source(text('(', query.node, `) AS ${alias}`), query, alias)
    const form = this.#choice.of([
      [', LATERAL ', ''],
      [' CROSS JOIN LATERAL ', ''],
      [' LEFT JOIN LATERAL ', ' ON TRUE'],
      [' JOIN LATERAL ', ' ON TRUE'],
      [', ', ''],
    ] as const)
    if (left.rows * query.rows > rowBound) return left
    return {
      node: text(left.node, form[0], right.node, form[1]),
      refs: [...left.refs, ...right.refs],
      rows: left.rows * query.rows,
      aliases: [...left.aliases, alias],
    }
  }

  #unnested(left: Source, { plain }: Scope): Source {
    const alias = this.alias()
    const place: Place = { refs: left.refs, depth: 1, plain: plain && false, alone: true }
    const right = this.#source(
      text('unnest(', this.#expressions.of('TEXTS', place), `) AS ${alias}(x)`),
      { columns: [{ name: 'x', kind: 'VARCHAR', exact: true }], rows: 2 },
      alias,
    )
    return {
      node: text(left.node, ', ', right.node),
      refs: [...left.refs, ...right.refs],
      rows: left.rows * 2,
      aliases: [...left.aliases, alias],
    }
  }
}

/** Columns by which all rows are told apart, for whoever needs one order. */
export const totalOrder = (refs: readonly Ref[]): string | undefined =>
  refs.length > 0 && orderable(refs) ? refs.map(ref => ref.sql).join(', ') : undefined
