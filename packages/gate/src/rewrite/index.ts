import { createHash } from 'node:crypto'
import { type Name, productId, type TableId, tableParts } from '@selvage/kernel/model'
import {
  needsBarrier,
  parseTree,
  printTree,
  rewrite as rewriteTree,
  type SqlTree,
  securedSelect,
  type TableBinding,
} from '@selvage/kernel/query'
import type { Decided, Ruling } from '../decide/index.ts'
import { onceFor } from '../once-for.ts'
import type { Parser } from '../parser/index.ts'
import type { Gate } from '../ports.ts'
import { Recent } from '../recent.ts'

export interface OutputColumn {
  readonly name: string
  readonly type: string
}

/** The engine's own SQL. Only `rewrite` makes one, and only a `Rewritten` is executed. */
export interface Rewritten {
  readonly '~stage': 'rewritten'
  readonly decided: Decided
  readonly sql: string
  /** The secured relation of each table, as it stands inside `sql`. */
  readonly templates: readonly string[]
  /** Some product in it is one of `engine.strict`. */
  readonly strict: boolean
  /** Names and types that the original text has over what this asker may discover. */
  readonly columns: readonly OutputColumn[]
}

type Secured = Pick<Rewritten, 'sql' | 'templates' | 'columns'>

const textBound = 1_000

/** Texts that were secured before, by everything their result depends on. */
const secured = new Recent<string, Secured>(textBound, 33_554_432)
const templateTrees = new Recent<string, SqlTree>(textBound, 262_144)

const lengthOf = ({ sql, templates, columns }: Secured): number => sql.length + templates.join().length + JSON.stringify(columns).length

export async function rewrite(gate: Gate, decided: Decided): Promise<Rewritten> {
  const relations = relationsOf(decided.ruling)
  const strict = isStrict(gate, decided.ruling)
  const { parameters } = decided.request
  // Values of parameters take part in binding, not only their types: `COLUMNS($1)` and `PIVOT … IN ($1)` make names of
  // them, `struct_extract(…, $1)` a type.
  const ofText = strict ? `strict ${relations.key}` : relations.key
  const key = parameters === undefined ? ofText : digest([ofText, JSON.stringify(parameters)])
  const known = secured.find(key) ?? (await secureAnew())
  return { '~stage': 'rewritten', decided, strict, ...known }

  async function secureAnew(): Promise<Secured> {
    const anew = await secure(gate, decided, relations, strict)
    return secured.set(key, anew, lengthOf(anew))
  }
}

function isStrict({ config }: Gate, { tables }: Ruling): boolean {
  const { strict } = config.engine
  return strict.length > 0 && [...tables.keys()].some(id => strict.includes(productOf(id)))
}

const productOf = (id: TableId): string => {
  const { domain, product } = tableParts(id)
  return productId(domain, product)
}

interface Relations {
  /** The secured relation of each table. */
  readonly templates: ReadonlyMap<TableId, string>
  readonly schema: Schema
  /** Digest of everything that the secured text depends on but the parameters. */
  readonly key: string
}

const relationsOf = onceFor((ruling: Ruling): Relations => {
  const { bindings } = ruling.generation
  // Where a filter stands below calls that may fail, the engine must not run them on rows that the filter hides.
  const barrier = needsBarrier(ruling.tree)
  const templates = new Map([...ruling.tables].map(([id, table]) => [id, securedSelect(table, bindings.get(id)!, barrier)]))
  const schema = schemaOf(ruling)
  return { templates, schema, key: digest([ruling.sql, schema.key, ...templates.values()]) }
})

async function secure(gate: Gate, { ruling, request }: Decided, { templates, schema }: Relations, strict: boolean): Promise<Secured> {
  const subject = ruling.asker.subject.id
  const { columns } = await gate.parser.bind(ruling.sql, schema, request.parameters, subject)
  const trees = new Map<TableId, SqlTree>()
  for (const [id, text] of templates) trees.set(id, await templateTree(gate.parser, text, subject))
  const tree = rewriteTree(ruling.tree, { tables: trees, fresh: () => gate.random(8).toString('hex'), apart: strict })
  return { sql: await gate.parser.print(printTree(tree), subject), templates: [...templates.values()], columns }
}

async function templateTree(parser: Parser, text: string, subject: string): Promise<SqlTree> {
  return templateTrees.find(text) ?? templateTrees.set(text, parseTree(await parser.parse(text, subject)), text.length)
}

type Schema = Parameters<Parser['bind']>[1]

/** The empty twin: the tables that the asker may discover, with the columns that exist for them. */
function schemaOf({ visible, generation }: Ruling): Schema {
  const tables = [...visible].flatMap(([id, names]) => {
    const binding = generation.bindings.get(id)
    return binding === undefined ? [] : [{ id, columns: columnsOf(names, binding) }]
  })
  return { key: digest([JSON.stringify(tables)]), tables }
}

const columnsOf = (names: readonly Name[], binding: TableBinding): Schema['tables'][number]['columns'] =>
  names.flatMap(name => {
    const column = binding.columns.get(name)
    return column === undefined ? [] : [{ name, type: column.type }]
  })

const digest = (parts: readonly string[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('hex')
}
