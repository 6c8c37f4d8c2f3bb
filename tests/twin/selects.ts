import type { Calls } from './calls.ts'
import { Expressions, orderable, type Place, type Ref, type Subqueries } from './expressions.ts'
import { isOrdered, type Kind, scalarKinds, typeOf } from './kinds.ts'
import { loose } from './loose.ts'
import { clause, joined, list, type Node, node, nothing, type Style, text } from './node.ts'
import type { Choice } from './random.ts'
import { type Column, type Named, nameOf, type Queries, type Query, type Scope, type Source, Sources, totalOrder } from './sources.ts'
import { Windows } from './windows.ts'

export interface Statement {
  readonly tree: Node
  readonly style: Style
  /** Its rows come in one order. */
  readonly ordered: boolean
}

interface Item {
  readonly node: Node
  readonly column: Column
}

const exact = (name: string, kind: Kind): Column => ({ name, kind, exact: true })

/** Statements of everything that the door takes, so made that SQL leaves nothing of their answer open. */
export class Statements implements Queries, Subqueries {
  readonly #choice: Choice
  readonly #expressions: Expressions
  readonly #sources: Sources
  readonly #windows: Windows
  readonly #calls: Calls
  readonly #plain: boolean
  #names = 0
  #ctes = 0

  constructor(choice: Choice, tables: readonly Named[], calls: Calls) {
    this.#choice = choice
    this.#plain = choice.chance(0.3)
    this.#expressions = new Expressions(choice, this, calls)
    this.#sources = new Sources(choice, tables, this, this.#expressions)
    this.#windows = new Windows(choice, this.#expressions)
    this.#calls = calls
  }

  statement(): Statement {
    const style = this.#choice.of(['question', 'number', 'name'] as const)
    const form = this.#choice.between(0, 19)
    if (form === 0) return { tree: this.#failing(), style, ordered: false }
    if (form === 1) return { tree: this.#whole(), style, ordered: false }
    if (form === 2) return { tree: this.#starred(), style, ordered: false }
    if (form === 3 || form === 4) return { tree: this.#shown(), style, ordered: false }
    const query = this.query(this.#choice.between(1, 3), [])
    const ordered = query.columns.every(column => column.exact && isOrdered(column.kind)) && this.#choice.chance(0.6)
    if (!ordered) return { tree: query.node, style, ordered }
    const limit = this.#choice.chance(0.3) ? this.#limit() : nothing
    return { tree: text('SELECT * FROM (', query.node, `) AS ordered ORDER BY ${this.#orders(query.columns)}`, limit), style, ordered }
  }

  loose(tables: readonly Named[]): Statement {
    return { tree: loose(this.#choice, tables, this.query(this.#choice.between(1, 2), [])), style: 'question', ordered: false }
  }

  query(depth: number, outer: readonly Ref[]): Query {
    const kinds = (): readonly Kind[] => Array.from({ length: this.#choice.between(1, 3) }, () => this.#choice.of(scalarKinds))
    const form = depth <= 0 ? 9 : this.#choice.between(0, 14)
    const query =
      form === 0
        ? this.#setOperation(kinds(), depth, outer)
        : form === 1
          ? this.#withCtes(depth, outer)
          : form === 2
            ? this.#recursive(depth, outer)
            : form === 3
              ? this.#limited(depth, outer)
              : form === 4
                ? this.#distinctOn(depth, outer)
                : form === 5
                  ? this.#grouped(depth, outer)
                  : form === 6
                    ? this.#windowed(depth, outer)
                    : form === 7
                      ? this.#star(depth, outer)
                      : this.shaped([...kinds(), ...(this.#choice.chance(0.2) ? [this.#expressions.anyKind()] : [])], depth, outer)
    return { ...query, node: node('query', query.node) }
  }

  shaped(kinds: readonly Kind[], depth: number, outer: readonly Ref[]): Query {
    const scope = this.#scope(depth, outer)
    const source = this.#sources.of(scope)
    const place = this.#place(source, scope)
    const items = kinds.map(kind => this.#item(kind, place))
    const distinct = this.#choice.chance(0.15) && kinds.every(isOrdered)
    return {
      node: this.#select(distinct ? 'SELECT DISTINCT ' : 'SELECT ', items, source, clause(this.#where(place))),
      columns: items.map(item => item.column),
      rows: source.rows,
    }
  }

  scalar(kind: Kind, place: Place): Node {
    const { outer, depth } = { outer: place.refs, depth: Math.max(0, place.depth - 1) }
    const query = this.shaped([kind, 'INTEGER'], depth, this.#correlated(outer))
    const [first, second] = query.columns as [Column, Column]
    const alias = this.#sources.alias('s')
    if (this.#choice.chance(0.5))
      return text(
        `SELECT ${alias}.${first.name} FROM (`,
        query.node,
        `) AS ${alias} ORDER BY ${alias}.${first.name} NULLS LAST, ${alias}.${second.name} LIMIT 1`,
      )
    return text(`SELECT max(${alias}.${first.name}) FROM (`, query.node, `) AS ${alias}`)
  }

  column(kind: Kind, place: Place): Node {
    const alias = this.#sources.alias('s')
    const query = this.shaped([kind], Math.max(0, place.depth - 1), this.#correlated(place.refs))
    return text(`SELECT ${alias}.${query.columns[0]!.name} FROM (`, query.node, `) AS ${alias}`)
  }

  any(place: Place): Node {
    return this.shaped(['INTEGER'], Math.max(0, place.depth - 1), this.#correlated(place.refs)).node
  }

  /** Half of them are. */
  #correlated(refs: readonly Ref[]): readonly Ref[] {
    return this.#choice.chance(0.5) ? [] : refs.filter(ref => ref.exact)
  }

  #scope(depth: number, outer: readonly Ref[]): Scope {
    return { depth, outer, plain: this.#plain }
  }

  #place(source: Source, { depth, outer, plain }: Scope): Place {
    return { refs: [...source.refs, ...this.#choice.some(outer, 3)], depth: Math.min(depth + 1, 3), plain }
  }

  #name(): string {
    this.#names += 1
    return `c${this.#names}`
  }

  #item(kind: Kind, place: Place): Item {
    const name = this.#name()
    const value = this.#expressions.of(kind, place)
    const form = this.#choice.between(0, 9)
    return { node: form === 0 ? text(`${name}: `, value) : text(value, ` AS ${name}`), column: exact(name, kind) }
  }

  #where(place: Place): Node {
    return this.#choice.chance(0.5) ? clause(' WHERE ', this.#expressions.of('BOOLEAN', place)) : nothing
  }

  /** FROM may stand before SELECT. */
  #select(word: string, items: readonly Item[], source: Source, rest: Node): Node {
    const chosen = list(items.map(item => item.node))
    if (this.#choice.chance(0.1)) return text('FROM ', source.node, ` ${word}`, chosen, rest)
    return text(word, chosen, ' FROM ', source.node, rest)
  }

  #orders(columns: readonly Column[]): string {
    if (this.#choice.chance(0.3)) return `ALL${this.#choice.of(['', ' DESC', ' NULLS FIRST'])}`
    const direction = (): string => this.#choice.of(['', '', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST'])
    if (this.#choice.chance(0.5)) return columns.map((_, i) => `${i + 1}${direction()}`).join(', ')
    return columns.map(({ name }) => `ordered.${nameOf(name)}${direction()}`).join(', ')
  }

  #limit(): Node {
    return this.#choice.of([
      clause(` LIMIT ${this.#choice.between(0, 7)}`),
      clause(` LIMIT ${this.#choice.between(0, 7)} OFFSET ${this.#choice.between(0, 3)}`),
      clause(` OFFSET ${this.#choice.between(0, 3)}`),
      clause(` LIMIT ${this.#choice.of([0, 10, 50, 100])}%`),
      clause(' LIMIT (SELECT count(*) // 2 FROM ', this.#sources.table().node, ')'),
      clause(' LIMIT CAST(', { sort: 'parameter', parts: [], value: this.#choice.between(0, 5) }, ' AS BIGINT)'),
    ])
  }

  #limited(depth: number, outer: readonly Ref[]): Query {
    const inner = this.query(depth - 1, outer)
    if (!orderable(inner.columns.map(column => ({ ...column, sql: '' })))) return inner
    return { ...inner, node: text('SELECT * FROM (', inner.node, `) AS ordered ORDER BY ${this.#orders(inner.columns)}`, this.#limit()) }
  }

  #distinctOn(depth: number, outer: readonly Ref[]): Query {
    const scope = this.#scope(depth, outer)
    const source = this.#sources.of({ ...scope, depth: Math.min(1, depth) })
    const order = totalOrder(source.refs)
    if (order === undefined) return this.shaped(['INTEGER'], depth, outer)
    const place = this.#place(source, scope)
    const items = [this.#item(this.#choice.of(scalarKinds), place), this.#item('INTEGER', place)]
    const [on] = this.#choice.some(source.refs, 1) as [Ref]
    return {
      node: text(
        `SELECT DISTINCT ON (${on.sql}) `,
        list(items.map(item => item.node)),
        ' FROM ',
        source.node,
        this.#where(place),
        ` ORDER BY ${order}`,
      ),
      columns: items.map(item => item.column),
      rows: source.rows,
    }
  }

  #grouped(depth: number, outer: readonly Ref[]): Query {
    const scope = this.#scope(depth, outer)
    const source = this.#sources.of(scope)
    const place = this.#place(source, scope)
    const groups = this.#choice.some(
      source.refs.filter(ref => ref.exact && isOrdered(ref.kind)),
      this.#choice.between(0, 2),
    )
    const items: Item[] = groups.map(ref => {
      const name = this.#name()
      return { node: text(`${ref.sql} AS ${name}`), column: exact(name, ref.kind) }
    })
    const aggregates = Array.from({ length: this.#choice.between(1, 3) }, () => this.#aggregate(source, place))
    const by = this.#groupBy(groups)
    const having = this.#choice.chance(0.3)
      ? clause(` HAVING count(*) ${this.#choice.of(['>', '<>', '>='])} ${this.#choice.between(0, 2)}`)
      : nothing
    const all = [...items, ...aggregates]
    return {
      node: this.#select('SELECT ', all, source, text(this.#where(place), by.text, having)),
      columns: all.map(item => item.column),
      rows: source.rows,
    }
  }

  #groupBy(groups: readonly Ref[]): { readonly text: string } {
    if (groups.length === 0) return { text: this.#choice.of(['', '', ' GROUP BY ()']) }
    const names = groups.map(ref => ref.sql)
    const all = names.join(', ')
    return {
      text: this.#choice.of([
        ` GROUP BY ${all}`,
        ' GROUP BY ALL',
        ` GROUP BY ${names.map((_, i) => i + 1).join(', ')}`,
        ` GROUP BY ROLLUP (${all})`,
        ` GROUP BY CUBE (${all})`,
        ` GROUP BY GROUPING SETS ((${all}), (${names[0]}), ())`,
      ]),
    }
  }

  /** What adds floats up is near enough, and cannot be asked further. */
  #aggregate(source: Source, place: Place): Item {
    const name = this.#name()
    const of = (kind: Kind): Node => this.#expressions.of(kind, { ...place, depth: 1, alone: true })
    const filter = (): Node => (this.#choice.chance(0.25) ? clause(' FILTER (WHERE ', of('BOOLEAN'), ')') : nothing)
    const kind = this.#choice.of(['VARCHAR', 'INTEGER', 'DATE', 'BOOLEAN', 'TIMESTAMP'] as const)
    const order = totalOrder(source.refs)
    const forms: readonly (() => Item)[] = [
      () => ({ node: text('count(*)', filter()), column: exact(name, 'INTEGER') }),
      () => ({ node: text('count(', of(kind), ')', filter()), column: exact(name, 'INTEGER') }),
      () => ({ node: text('count(DISTINCT ', of(kind), ')', filter()), column: exact(name, 'INTEGER') }),
      () => ({ node: text(`${this.#choice.of(['min', 'max'])}(`, of(kind), ')', filter()), column: exact(name, kind) }),
      () => ({
        node: text('TRY_CAST(sum(TRY_CAST(', of('INTEGER'), ' AS INTEGER))', filter(), ' AS BIGINT)'),
        column: exact(name, 'INTEGER'),
      }),
      () => ({ node: text('bool_and(', of('BOOLEAN'), ')', filter()), column: exact(name, 'BOOLEAN') }),
      ...(order === undefined
        ? []
        : [
            () => {
              const [ref] = this.#choice.some(source.refs, 1) as [Ref]
              return {
                node: text(`${this.#choice.of(['first', 'last', 'any_value', 'arbitrary'])}(${ref.sql} ORDER BY ${order})`, filter()),
                column: exact(name, ref.kind),
              }
            },
            () => {
              const words = source.refs.filter(ref => ref.kind === 'VARCHAR')
              const value = words.length === 0 ? "'x'" : this.#choice.of(words).sql
              return { node: text(`string_agg(${value}, '+' ORDER BY ${order})`, filter()), column: exact(name, 'VARCHAR') }
            },
            () => {
              const words = source.refs.filter(ref => ref.kind === 'VARCHAR')
              const value = words.length === 0 ? "'x'" : this.#choice.of(words).sql
              return { node: text(`list(${value} ORDER BY ${order})`, filter()), column: exact(name, 'TEXTS') }
            },
          ]),
      () => ({ node: text('avg(TRY_CAST(', of('INTEGER'), ' AS SMALLINT))', filter()), column: { name, kind: 'DOUBLE', exact: false } }),
      () => ({
        node: text(
          `${this.#choice.of(['stddev', 'var_pop', 'sum', 'avg', 'kahan_sum'])}(least(greatest(`,
          of('DOUBLE'),
          ', -1000), 1000))',
        ),
        column: { name, kind: 'DOUBLE', exact: false },
      }),
    ]
    const item = this.#choice.of(forms)()
    return { ...item, node: text(item.node, ` AS ${name}`) }
  }

  #windowed(depth: number, outer: readonly Ref[]): Query {
    const scope = this.#scope(depth, outer)
    const source = this.#sources.of(scope)
    const place = this.#place(source, scope)
    const items = [this.#item(this.#choice.of(scalarKinds), place)]
    const made = Array.from({ length: this.#choice.between(1, 2) }, () => this.#windows.of(source.refs, place))
    const windows = made.map(({ call, kind }) => {
      const name = this.#name()
      return { node: text(call, ` AS ${name}`), column: exact(name, kind) }
    })
    const all = [...items, ...windows]
    const named = made.flatMap(one => one.named ?? [])
    const rank = this.#windows.rank(source.refs)
    const rest = [
      this.#where(place),
      named.length === 0 ? '' : ` WINDOW ${named.join(', ')}`,
      rank !== undefined && this.#choice.chance(0.4) ? clause(` QUALIFY ${rank} <= ${this.#choice.between(1, 3)}`) : nothing,
    ]
    return {
      node: text('SELECT ', list(all.map(item => item.node)), ' FROM ', source.node, ...rest),
      columns: all.map(item => item.column),
      rows: source.rows,
    }
  }

  #setOperation(kinds: readonly Kind[], depth: number, outer: readonly Ref[]): Query {
    const ordered = kinds.filter(isOrdered)
    const left = this.shaped(ordered, depth - 1, outer)
    const right = this.shaped(ordered, depth - 1, outer)
    const rows = left.rows + right.rows
    const cast = (query: Query, names: readonly string[]): Node => {
      const alias = this.#sources.alias('u')
      return text(
        `SELECT ${query.columns.map(({ name, kind }, i) => `CAST(${alias}.${name} AS ${typeOf[kind]}) AS ${names[i]}`).join(', ')} FROM (`,
        query.node,
        `) AS ${alias}`,
      )
    }
    const names = ordered.map(() => this.#name())
    const byName = this.#choice.chance(0.3)
    const word = byName
      ? this.#choice.of([' UNION BY NAME ', ' UNION ALL BY NAME '])
      : this.#choice.of([' UNION ', ' UNION ALL ', ' INTERSECT ', ' INTERSECT ALL ', ' EXCEPT ', ' EXCEPT ALL '])
    return {
      node: text('(', cast(left, names), ')', word, '(', cast(right, names), ')'),
      columns: ordered.map((kind, i) => exact(names[i]!, kind)),
      rows,
    }
  }

  #withCtes(depth: number, outer: readonly Ref[]): Query {
    const before = this.#sources.ctes
    const parts: Node[] = []
    for (let i = this.#choice.between(1, 2); i > 0; i -= 1) {
      const inner = this.query(depth - 1, [])
      this.#ctes += 1
      // Some are called like a table.
      const name = this.#choice.of([`w${this.#ctes}`, `w${this.#ctes}`, 'customer', 'invoice'])
      const unique = this.#sources.ctes.slice(before.length).some(cte => cte.id === name) ? `w${this.#ctes}` : name
      parts.push(text(`${unique} AS ${this.#choice.of(['', '', 'MATERIALIZED ', 'NOT MATERIALIZED '])}(`, inner.node, ')'))
      this.#sources.ctes = [
        ...this.#sources.ctes.filter(cte => cte.id !== unique),
        { id: unique, columns: inner.columns, rows: inner.rows },
      ]
    }
    const query = this.query(depth - 1, outer)
    this.#sources.ctes = before
    return { ...query, node: text('WITH ', ...joined(parts, ', '), ' ', query.node) }
  }

  #recursive(depth: number, outer: readonly Ref[]): Query {
    const start = this.shaped(['INTEGER', 'VARCHAR'], depth - 1, [])
    this.#ctes += 1
    const name = `g${this.#ctes}`
    const alias = this.#sources.alias('s')
    const columns = [exact('n', 'INTEGER'), exact('a', 'INTEGER'), exact('b', 'VARCHAR')]
    const [a, b] = start.columns as [Column, Column]
    const first = text(
      `SELECT CAST(0 AS BIGINT), CAST(${alias}.${a.name} AS BIGINT), CAST(${alias}.${b.name} AS VARCHAR) FROM (`,
      start.node,
      `) AS ${alias}`,
    )
    const table = this.#sources.table()
    const key = table.refs.find(ref => ref.kind === 'INTEGER' && ref.exact)
    const joins = key !== undefined && this.#choice.chance(0.4) && start.rows * table.rows <= 1_000
    const next = joins
      ? text(
          `SELECT ${name}.n + 1, ${key.sql}::BIGINT, ${name}.b FROM ${name} JOIN `,
          table.node,
          ` ON ${key.sql} = ${name}.a WHERE ${name}.n < 2`,
        )
      : text(`SELECT ${name}.n + 1, ${name}.a, ${name}.b FROM ${name} WHERE ${name}.n < 2`)
    const keyed = !joins && this.#choice.chance(0.2)
    const using = keyed ? ' USING KEY (a, b)' : ''
    const word = keyed || joins ? ' UNION ' : this.#choice.of([' UNION ', ' UNION ALL '])
    const before = this.#sources.ctes
    this.#sources.ctes = [...before, { id: name, columns, rows: start.rows * 3 }]
    const query = this.query(depth - 1, outer)
    this.#sources.ctes = before
    return { ...query, node: text(`WITH RECURSIVE ${name}(n, a, b)${using} AS (`, first, word, next, ') ', query.node) }
  }

  /** Stars and their kin, over columns of different names. */
  #star(depth: number, outer: readonly Ref[]): Query {
    const scope = this.#scope(depth, outer)
    const source = this.#sources.of(scope)
    const names = source.refs.map(ref => ref.name)
    if (new Set(names).size < names.length || source.aliases.includes('')) return this.shaped(['INTEGER'], depth, outer)
    const place = this.#place(source, scope)
    const all = source.refs.map(({ name, kind, exact: exact_ }) => ({ name, kind, exact: exact_ }))
    const [first] = all as [Column]
    const without = all.filter(column => column !== first)
    const star = all.length > 1 ? this.#choice.between(0, 4) : 0
    const quoted = nameOf(first.name)
    const forms: readonly { readonly star: string; readonly columns: readonly Column[] }[] = [
      { star: '*', columns: all },
      { star: `* EXCLUDE (${quoted})`, columns: without },
      { star: `* REPLACE (coalesce(${source.refs[0]!.sql}, NULL) AS ${quoted})`, columns: all },
      { star: `* RENAME (${quoted} AS renamed)`, columns: [{ ...first, name: 'renamed' }, ...without] },
      { star: `COLUMNS(* EXCLUDE (${quoted}))`, columns: without },
    ]
    const form = forms[star]!
    // The engine puts a renamed column where it stood, and REPLACE keeps the order too.
    return { node: text(`SELECT ${form.star} FROM `, source.node, this.#where(place)), columns: form.columns, rows: source.rows }
  }

  /** Forms that are asked for their answer alone: names and types may be anything. */
  #shown(): Node {
    const { refs, node: from, aliases } = this.#sources.of(this.#scope(1, []))
    const place: Place = { refs, depth: 2, plain: false }
    const calls = Array.from({ length: this.#choice.between(2, 7) }, () => this.#expressions.call(place))
    const bare = (kind: Kind): Node => {
      const fitting = refs.filter(ref => ref.kind === kind && ref.exact)
      return text(fitting.length === 0 ? `CAST(NULL AS ${typeOf[kind]})` : this.#choice.of(fitting).sql)
    }
    const aggregate = this.#choice.of(this.#choice.of(this.#calls.get('aggregate')!))
    if (this.#choice.chance(0.35))
      return text('SELECT ', ...aggregate.print(bare, fixed => this.#choice.of(fixed)), ' FROM ', from, this.#where(place))
    const row = aliases.length > 0 && aliases[0] !== '' && this.#choice.chance(0.2) ? [text(aliases[0]!)] : []
    return text(
      'SELECT ',
      list([...calls.flatMap(call => call ?? []), ...row, this.#expressions.of('INTEGER', place)]),
      ' FROM ',
      from,
      this.#where(place),
    )
  }

  #starred(): Node {
    const source = this.#sources.table()
    const [alias = ''] = source.aliases
    const { refs } = source
    const words = refs.filter(ref => ref.kind === 'VARCHAR').map(ref => ref.name)
    const names = words.map(nameOf).join(', ')
    const forms: readonly string[] = [
      `SELECT ${alias}.* FROM `,
      `SELECT * LIKE '%i%' FROM `,
      `SELECT * EXCLUDE (${alias}.${nameOf(refs[0]!.name)}) FROM `,
      `SELECT * RENAME (${nameOf(refs[0]!.name)} AS x) FROM `,
      `SELECT COLUMNS('.*i.*') FROM `,
      `SELECT COLUMNS(c -> c LIKE '%i%') FROM `,
      'SELECT max(COLUMNS(*)) FROM ',
      'SELECT count(COLUMNS(*)) FROM ',
      ...(words.length > 0
        ? [
            `SELECT coalesce(*COLUMNS([${words.map(word => `'${word}'`).join(', ')}])) FROM `,
            `SELECT COLUMNS([${words.map(word => `'${word}'`).join(', ')}]) FROM `,
            `SELECT concat(*COLUMNS(${words.length > 1 ? `* EXCLUDE (${nameOf(refs[0]!.name)})` : '*'})) FROM `,
            `SELECT unnest([${names}]) FROM `,
          ]
        : []),
      `SELECT unnest({'a': ${refs[0]!.sql}, 'b': 1}) FROM `,
      `SELECT ${alias} FROM `,
      `SELECT grouping(${refs[0]!.sql}), count(*), ${refs[0]!.sql} FROM `,
      'FROM ',
    ]
    const form = this.#choice.of(forms)
    const by = form.includes('grouping(') ? ` GROUP BY ROLLUP (${refs[0]!.sql})` : ''
    return text(form, source.node, by)
  }

  /** Statements that are no SELECT to the eye. */
  #whole(): Node {
    const table = this.#sources.table()
    const plainTable = /^[\w."]+/.exec(String(table.node.parts[0]).replace(/^t\d+: /, ''))?.[0] ?? ''
    const words = table.refs.filter(ref => ref.kind === 'VARCHAR').map(ref => ref.name)
    void words
    const place: Place = { refs: [], depth: 2, plain: false }
    const value = (): Node => this.#expressions.of('INTEGER', { ...place, alone: true })
    return this.#choice.of<() => Node>([
      () => text(`TABLE ${plainTable}`),
      () => text(`FROM ${plainTable}`),
      () => text('VALUES (', value(), ', ', value(), '), (', value(), ', ', value(), ')'),
      () => text('SELECT ', value(), ', ', this.#expressions.of('VARCHAR', place)),
      () => text(`PIVOT ${plainTable} ON country IN ('DE', 'FR') USING count(*) GROUP BY vip`),
      () => text(`PIVOT ${plainTable} ON country IN ('DE', 'FR'), vip IN (TRUE, FALSE) USING count(*) AS n, max(id) AS m GROUP BY rep`),
      () => text(`UNPIVOT (SELECT id, country, CAST(rep AS VARCHAR) AS rep FROM ${plainTable}) ON country, rep INTO NAME k VALUE v`),
      () =>
        text(
          `UNPIVOT (SELECT id, country, country AS b, rep, rep AS d FROM ${plainTable}) ON (country, rep) AS one, (b, d) AS two INTO NAME k VALUE v, w`,
        ),
      () => text(`SELECT ARRAY(SELECT id FROM ${plainTable} ORDER BY id)`),
      () =>
        text(
          `SELECT fill(m) OVER (ORDER BY k) FROM (SELECT id AS k, max(rep) AS m FROM ${plainTable} WHERE id IS NOT NULL AND abs(id) < 100 GROUP BY id)`,
        ),
      () => text(`SELECT DISTINCT country, vip FROM ${plainTable} ORDER BY #1, #2`),
      () =>
        text(
          `WITH RECURSIVE k(id, n) USING KEY (id) AS (SELECT id, 0 FROM (SELECT DISTINCT id FROM ${plainTable}) UNION SELECT k.id, k.n + 1 FROM k JOIN recurring.k AS r ON k.id = r.id WHERE k.n < 2) FROM k`,
        ),
      () => text(`SELECT nosuch FROM ${plainTable}`),
      () => text(`SELECT id + DATE '2020-01-01' FROM ${plainTable}`),
      () => text(`SELECT id, FROM ${plainTable} WHERE`),
      () => text(`SELECT country FROM ${plainTable} GROUP BY id`),
      () => text(`SELECT e.id FROM ${plainTable} AS e JOIN ${plainTable} AS f ON id = 1`),
    ])()
  }

  /** Where each row is looked at, and in one place only: else an engine may or may not come upon the value that fails. */
  #failing(): Node {
    const source = this.#choice.chance(0.7) ? this.#sources.table() : this.#sources.of(this.#scope(1, []))
    const place: Place = { refs: source.refs, depth: 1, plain: false }
    const failing = this.#expressions.failing(place)
    if (this.#choice.chance(0.4))
      return text(
        'SELECT ',
        this.#expressions.of('VARCHAR', { ...place, depth: 0 }),
        ' FROM ',
        source.node,
        ' WHERE ',
        failing,
        ' IS NOT NULL',
      )
    const others = this.#choice.chance(0.5) ? [this.#expressions.of('VARCHAR', place)] : []
    return text('SELECT ', ...joined([text(failing, ' AS f'), ...others], ', '), ' FROM ', source.node)
  }
}
