import {
  expressionGrammar,
  type FieldKind,
  type Fields,
  modifierGrammar,
  queryGrammar,
  tableGrammar,
  typeInfoGrammar,
} from './node-grammar.ts'
import { Refusal, shown } from './refusal.ts'
import { findLocation, isList, isRecord, SourceNumber, type SqlRecord, type SqlTree, textOf } from './tree.ts'

/** Looks at nodes: an expression before its parts, a table reference after them. */
export interface Visitor {
  readonly expression?: (node: SqlRecord) => void
  readonly table?: (node: SqlRecord) => void
}

/**
 * Refuses whatever the grammar does not list: a class, a type, a key, a word. Newer engines and tampered trees end
 * here.
 * @param statement `{ node, named_param_map }`
 */
export function checkGrammar(statement: SqlTree, visitor: Visitor = {}): void {
  new Checker(visitor).statement(statement, true)
}

const order = { type: ['ORDER_DEFAULT', 'ASCENDING', 'DESCENDING'], null_order: ['ORDER_DEFAULT', 'NULLS FIRST', 'NULLS LAST'] } as const

class Checker {
  readonly #visitor: Visitor
  /** Of the node that was entered last. */
  #location: number | undefined

  constructor(visitor: Visitor) {
    this.#visitor = visitor
  }

  statement(tree: SqlTree | undefined, root = false): void {
    const record = this.#record(tree, { node: 'query' }, ['named_param_map'])
    const map = record.named_param_map
    if (!isList(map) || (!root && map.length > 0)) throw this.#unknown()
    for (const entry of map) {
      const parameter = this.#record(entry, { key: 'text', value: 'count' })
      if (!/^[A-Za-z0-9_]{1,64}$/.test(textOf(parameter, 'key')))
        throw new Refusal('Name parameters with letters, digits and underscores.', this.#location)
    }
  }

  #query(tree: SqlTree | undefined): void {
    const record = this.#tagged(tree, queryGrammar, 'type')
    this.#fields(record, { modifiers: 'modifiers', cte_map: 'ctes', ...queryGrammar[textOf(record, 'type')] }, ['type'])
  }

  #table(tree: SqlTree | undefined): void {
    const record = isRecord(tree) ? tree : undefined
    if (record?.type === 'SHOW_REF')
      throw new Refusal('SHOW, DESCRIBE and SUMMARIZE are not taken here. Select the columns themselves.', findLocation(record))
    const node = this.#tagged(tree, tableGrammar, 'type')
    if (node.type === 'BASE_TABLE' && node.at_clause !== null)
      throw new Refusal('AT is not taken here: a product is read as it is published. Leave it out.', this.#location)
    const fields = tableGrammar[textOf(node, 'type')]
    this.#fields(node, { alias: 'text', sample: 'sample?', ...fields }, ['type', 'query_location'])
    this.#visitor.table?.(node)
  }

  #expression(tree: SqlTree | undefined): void {
    const record = this.#tagged(tree, expressionGrammar, 'class')
    this.#visitor.expression?.(record)
    this.#expressionFields(record)
  }

  /** The call of a table function, which the visitor sees with its table reference. */
  #tableCall(tree: SqlTree | undefined): void {
    const record = this.#tagged(tree, expressionGrammar, 'class')
    if (record.class !== 'FUNCTION') throw this.#unknown()
    this.#expressionFields(record)
  }

  #expressionFields(record: SqlRecord): void {
    this.#fields(record, { alias: 'text', ...expressionGrammar[textOf(record, 'class')] }, ['class', 'query_location'])
  }

  #tagged(tree: SqlTree | undefined, grammar: Readonly<Record<string, Fields>>, tag: 'class' | 'type'): SqlRecord {
    if (!isRecord(tree)) throw this.#unknown()
    this.#location = findLocation(tree) ?? this.#location
    const word = textOf(tree, tag)
    if (!Object.hasOwn(grammar, word)) throw this.#unknown(word)
    return tree
  }

  #record(tree: SqlTree | undefined, fields: Fields, others: readonly string[] = []): SqlRecord {
    if (!isRecord(tree)) throw this.#unknown()
    this.#fields(tree, fields, others)
    return tree
  }

  /** Each listed field is there and fits; there is no other key. `others` are checked by the caller, or free of meaning. */
  #fields(record: SqlRecord, fields: Fields, others: readonly string[] = []): void {
    for (const key of Object.keys(record)) if (!Object.hasOwn(fields, key) && !others.includes(key)) throw this.#unknown()
    for (const [key, kind] of Object.entries(fields)) this.#field(record[key], kind)
  }

  #field(value: SqlTree | undefined, kind: FieldKind | readonly string[]): void {
    if (typeof kind !== 'string') {
      if (typeof value !== 'string' || !kind.includes(value)) throw this.#unknown(typeof value === 'string' ? value : '')
      return
    }
    this.#kinds[kind](value)
  }

  readonly #each =
    (item: (value: SqlTree) => void) =>
    (value: SqlTree | undefined): void => {
      if (!isList(value)) throw this.#unknown()
      value.forEach(item)
    }

  readonly #optional =
    (item: (value: SqlTree) => void) =>
    (value: SqlTree | undefined): void => {
      if (value === undefined) throw this.#unknown()
      if (value !== null) item(value)
    }

  readonly #fits =
    (test: (value: SqlTree | undefined) => boolean) =>
    (value: SqlTree | undefined): void => {
      if (!test(value)) throw this.#unknown()
    }

  readonly #kinds: Readonly<Record<FieldKind, (value: SqlTree | undefined) => void>> = {
    expression: value => this.#expression(value),
    'table call': value => this.#tableCall(value),
    'expression?': this.#optional(value => this.#expression(value)),
    expressions: this.#each(value => this.#expression(value)),
    rows: this.#each(this.#each(value => this.#expression(value))),
    query: value => this.#query(value),
    table: value => this.#table(value),
    statement: value => this.statement(value),
    orders: this.#each(value => {
      this.#record(value, { ...order, expression: 'expression' })
    }),
    'order modifier': value => {
      this.#record(value, { type: ['ORDER_MODIFIER'], orders: 'orders' })
    },
    modifiers: this.#each(value => {
      const modifier = this.#tagged(value, modifierGrammar, 'type')
      this.#fields(modifier, modifierGrammar[textOf(modifier, 'type')] ?? {}, ['type'])
    }),
    ctes: value => {
      const { map } = this.#record(value, {}, ['map'])
      this.#each(entry => this.#cte(entry))(map)
    },
    'sample?': this.#optional(value => {
      this.#record(value, {
        sample_size: 'value',
        is_percentage: 'flag',
        method: ['System', 'Bernoulli', 'Reservoir'],
        seed: 'count',
      })
    }),
    'group sets': this.#each(this.#each(value => this.#kinds.count(value))),
    'case checks': this.#each(value => {
      this.#record(value, { when_expr: 'expression', then_expr: 'expression' })
    }),
    replacements: this.#each(value => {
      this.#record(value, { key: 'text', value: 'expression' })
    }),
    renames: this.#each(value => {
      const { key } = this.#record(value, { value: 'text' }, ['key'])
      this.#qualifiedName(key)
    }),
    'qualified names': this.#each(value => this.#qualifiedName(value)),
    pivots: this.#each(value => this.#pivot(value)),
    type: value => this.#type(value),
    types: this.#each(value => this.#type(value)),
    value: value => this.#value(value),
    text: this.#fits(value => typeof value === 'string'),
    texts: this.#each(this.#fits(value => typeof value === 'string')),
    columns: this.#each(value => this.#column(value)),
    flag: this.#fits(value => typeof value === 'boolean'),
    false: this.#fits(value => value === false),
    count: this.#fits(value => value instanceof SourceNumber && /^-?\d+$/.test(value.source)),
    null: this.#fits(value => value === null),
    'empty list': this.#fits(value => isList(value) && value.length === 0),
  }

  #cte(entry: SqlTree): void {
    const { value } = this.#record(entry, { key: 'text' }, ['value'])
    this.#record(value, {
      aliases: 'texts',
      query: 'statement',
      materialized: ['CTE_MATERIALIZE_DEFAULT', 'CTE_MATERIALIZE_ALWAYS', 'CTE_MATERIALIZE_NEVER'],
      key_targets: 'expressions',
    })
  }

  /** A name that stands for a column without being a reference to one. Where a row is stored, no secured relation has. */
  #column(value: SqlTree): void {
    if (typeof value !== 'string') throw this.#unknown()
    if (value.toLowerCase() === 'rowid') throw this.#unknown(value)
  }

  #qualifiedName(value: SqlTree | undefined): void {
    this.#record(value, { catalog: 'text', schema: 'text', table: 'text', column: 'text' })
  }

  #pivot(value: SqlTree): void {
    const pivot = this.#record(value, { pivot_expressions: 'expressions', unpivot_names: 'texts', pivot_enum: 'text' }, ['entries'])
    if (pivot.pivot_enum !== '') throw new Refusal('A PIVOT lists its values: ON column IN (…).', this.#location)
    this.#each(entry => {
      const { values } = this.#record(entry, { star_expr: 'expression?', alias: 'text' }, ['values'])
      this.#each(item => this.#value(item))(values)
    })(pivot.entries)
  }

  /** A constant. What it holds is data and means nothing to us, as long as it nests nothing but data. */
  #value(tree: SqlTree | undefined): void {
    const value = this.#record(tree, { type: 'type', is_null: 'flag' }, ['value'])
    this.#data(value.value)
  }

  #data(tree: SqlTree | undefined): void {
    if (isList(tree)) for (const item of tree) this.#data(item)
    else if (isRecord(tree)) {
      if ('class' in tree || 'cte_map' in tree || 'sample' in tree) throw this.#unknown()
      for (const item of Object.values(tree)) this.#data(item)
    }
  }

  #type(tree: SqlTree | undefined): void {
    const { id, type_info: info } = this.#record(tree, { id: 'text' }, ['type_info'])
    if (info === null || info === undefined) return
    if (id === 'UNBOUND') this.#unboundType(info)
    else if (isRecord(info) && info.type === 'STRUCT_TYPE_INFO') this.#structType(info)
    else this.#typeInfo(info)
  }

  #typeInfo(info: SqlTree): void {
    const record = this.#tagged(info, typeInfoGrammar, 'type')
    this.#fields(record, { alias: 'text', extension_info: 'null', ...typeInfoGrammar[textOf(record, 'type')] }, ['type'])
  }

  /** A type by its name, such as JSON or ENUM. There are none of our own, so a qualified one cannot be meant. */
  #unboundType(info: SqlTree): void {
    const record = this.#record(
      info,
      { type: ['UNBOUND_TYPE_INFO'], alias: 'text', extension_info: 'null', name: 'text', catalog: 'text', schema: 'text' },
      ['user_type_modifiers'],
    )
    this.#each(item => this.#value(item))(record.user_type_modifiers)
    if (record.catalog !== '' || record.schema !== '')
      throw new Refusal('Types have no schema here. Write the name of the type alone.', this.#location)
  }

  #structType(info: SqlRecord): void {
    this.#fields(info, { type: ['STRUCT_TYPE_INFO'], alias: 'text', extension_info: 'null' }, ['child_types'])
    this.#each(child => {
      this.#record(child, { first: 'text', second: 'type' })
    })(info.child_types)
  }

  #unknown(word = ''): Refusal {
    const what = word === '' ? 'A part of the statement' : `\`${shown(word)}\``
    return new Refusal(`${what} is not taken here. Write the statement without it.`, this.#location)
  }
}
