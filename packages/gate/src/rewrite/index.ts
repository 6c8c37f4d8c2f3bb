import { createHash } from 'node:crypto'
import type { Name, TableId } from '@selvage/kernel/model'
import {
  needsBarrier,
  parseTree,
  printTree,
  rewrite as rewriteTree,
  type SqlTree,
  securedSelect,
  type TableBinding,
} from '@selvage/kernel/query'
import type { Decided } from '../decide/index.ts'
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
  const { bindings } = decided.identified.generation
  // Where a filter stands below calls that may fail, the engine must not run them on rows that the filter hides.
  const barrier = needsBarrier(decided.tree)
  const templates = new Map([...decided.tables].map(([id, table]) => [id, securedSelect(table, bindings.get(id)!, barrier)]))
  const schema = schemaOf(decided, bindings)
  const key = digest([decided.request.sql, schema.key, parameterKey(decided), ...templates.values()])
  const known = secured.find(key) ?? (await secureAnew())
  return { '~stage': 'rewritten', decided, ...known }

  async function secureAnew(): Promise<Secured> {
    const anew = await secure(gate, decided, templates, schema)
    return secured.set(key, anew, lengthOf(anew))
  }
}

async function secure(gate: Gate, decided: Decided, templates: ReadonlyMap<TableId, string>, schema: Schema): Promise<Secured> {
  const { sql, parameters } = decided.request
  const { columns } = await gate.parser.bind(sql, schema, parameters)
  const trees = new Map<TableId, SqlTree>()
  for (const [id, text] of templates) trees.set(id, await templateTree(gate.parser, text))
  const tree = rewriteTree(decided.tree, { tables: trees, fresh: () => gate.random(8).toString('hex') })
  return { sql: await gate.parser.print(printTree(tree)), templates: [...templates.values()], columns }
}

async function templateTree(parser: Parser, text: string): Promise<SqlTree> {
  return templateTrees.find(text) ?? templateTrees.set(text, parseTree(await parser.parse(text)), text.length)
}

type Schema = Parameters<Parser['bind']>[1]

/** The empty twin: the tables that the asker may discover, with the columns that exist for them. */
function schemaOf(decided: Decided, bindings: ReadonlyMap<TableId, TableBinding>): Schema {
  const tables = [...decided.visible].flatMap(([id, names]) => {
    const binding = bindings.get(id)
    return binding === undefined ? [] : [{ id, columns: columnsOf(names, binding) }]
  })
  return { key: digest([JSON.stringify(tables)]), tables }
}

const columnsOf = (names: readonly Name[], binding: TableBinding): Schema['tables'][number]['columns'] =>
  names.flatMap(name => {
    const column = binding.columns.get(name)
    return column === undefined ? [] : [{ name, type: column.type }]
  })

/**
 * Values of parameters take part in binding, not only their types: `COLUMNS($1)` and `PIVOT … IN ($1)` make names of
 * them, `struct_extract(…, $1)` a type.
 */
const parameterKey = ({ request }: Decided): string => JSON.stringify(request.parameters ?? null)

const digest = (parts: readonly string[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('hex')
}
