import { type Name, SelvageError, type TableId } from '@selvage/kernel/model'
import type { Asker, TableDecision } from '@selvage/kernel/policy'
import { decideStatement, parseTree, type SqlTree } from '@selvage/kernel/query'
import { type Identified, requirePerson } from '../identify/index.ts'
import { onceFor } from '../once-for.ts'
import type { Gate } from '../ports.ts'
import { Recent } from '../recent.ts'
import type { Generation } from '../sync/generation.ts'
import { Known } from './known.ts'
import { statedPurpose } from './purpose.ts'
import { refusalOf } from './refusal.ts'
import type { SqlRequest } from './request.ts'
import { shadow } from './shadow.ts'

/**
 * What the rules of one generation say of one text, for one asker and purpose: one decision per table. It never
 * changes, so whatever follows from it alone is worked out once (`onceFor`).
 */
export interface Ruling {
  readonly generation: Generation
  readonly asker: Asker
  readonly sql: string
  readonly tree: SqlTree
  readonly tables: ReadonlyMap<TableId, TableDecision>
  /** Of the columns that exist for this asker, those that the statement may touch. */
  readonly used: ReadonlyMap<TableId, ReadonlySet<Name>>
  /** Of all of these tables and columns, with those above them. */
  readonly labels: readonly string[]
  /** Everything that this asker may discover: what names in errors are taken from. */
  readonly visible: ReadonlyMap<TableId, readonly Name[]>
}

/** Only `decide` makes one. */
export interface Decided {
  readonly '~stage': 'decided'
  readonly identified: Identified
  readonly request: SqlRequest
  readonly ruling: Ruling
}

/** A tree takes some 600 bytes for each one of its text: so 75 MiB in each of the two. */
const heaviest = 131_072
/** A text means the same tree for everybody. */
const trees = new Recent<string, SqlTree>(500, heaviest)
/** Each generation's own, and gone with it: a ruling holds its generation, which may be large. */
const rulingsOf = onceFor<Generation, Recent<string, Ruling>>(() => new Recent(500, heaviest))

/** @param tree of the request's text, where it is known: then no parser child is asked */
export async function decide(gate: Gate, identified: Identified, request: SqlRequest, tree?: SqlTree): Promise<Decided> {
  requirePerson(identified)
  const known = Known.of(identified.generation, identified.asking)
  const purpose = statedPurpose(request.purpose, identified.generation, known)
  const key = `${known.id} ${purpose} ${request.sql}`
  const rulings = rulingsOf(identified.generation)
  const ruling = rulings.find(key) ?? rulings.set(key, await rule(gate, identified, known, purpose, request.sql, tree), request.sql.length)
  if (gate.config.policyEngine === 'selvage') shadow(gate, ruling)
  return { '~stage': 'decided', identified, request, ruling }
}

async function rule(gate: Gate, identified: Identified, known: Known, purpose: string, sql: string, parsed?: SqlTree): Promise<Ruling> {
  const { generation, who } = identified
  const tree =
    parsed ??
    trees.find(sql) ??
    trees.set(sql, parseTree(await gate.parser.parse(sql, who.subject.id), gate.config.parser.treeDepth), sql.length)
  const visible = known.visible()
  const said = decideStatement(
    { sql, tree },
    {
      world: generation.policies.world,
      visible,
      mayDeclare: () => known.purposes().includes(purpose),
      decide: (id, labels) => known.table({ purpose, labels }, id),
    },
  )
  if (said.kind !== 'decided') throw refusalOf(said, sql, known, purpose)
  const { labels, decisions: ours, used } = said
  if (!ours.every(({ table }) => generation.bindings.has(table))) throw new SelvageError('engine.product_unavailable')
  const decided = gate.config.policyEngine === 'wasm' ? await known.officially(gate, { purpose, labels }, ours) : ours
  const tables = new Map(decided.map(decision => [decision.table, decision]))
  return { generation, asker: { ...identified.asking, purpose }, sql, tree, tables, used, labels, visible }
}
