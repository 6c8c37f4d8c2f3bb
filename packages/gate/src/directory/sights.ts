import { type DirectoryEntry, subjectIn } from '@selvage/kernel/contract'
import { type Name, SelvageError, type TableId } from '@selvage/kernel/model'
import {
  type Asker,
  atBest,
  decide,
  declarable,
  describedSubject,
  type Subject,
  type TableDecision,
  touchedLabels,
  type Who,
  withinRows,
} from '@selvage/kernel/policy'
import { idsOf, tellColumns } from '@selvage/kernel/protect'
import { paced } from '../paced.ts'
import type { Model } from '../sync/model.ts'
import type { GoingOn } from './going-on.ts'
import type { Overseeing } from './overseeing.ts'

/** What one login may see of one table for one purpose, decided and not tried: never data. */
export interface Sight {
  /** `login@issuer`, as the directory has it. */
  readonly login: string
  readonly kind: Subject['kind']
  /** Through whom they ask; absent: by themselves. */
  readonly agents?: readonly string[]
  readonly purpose: string
  readonly table: TableId
  readonly rows: { readonly visible: 'all' | 'some'; readonly condition?: string; readonly rules: readonly string[] }
  readonly columns: readonly { readonly name: Name; readonly protection: string; readonly rules: readonly string[] }[]
}

interface Question {
  readonly entries: readonly DirectoryEntry[]
  /** The agents through whom each asks, if any: each is a ceiling. */
  readonly through?: readonly DirectoryEntry[]
  /** With the columns that may be told of, in the contract's order. */
  readonly tables: ReadonlyMap<TableId, readonly Name[]>
  readonly purpose?: string | undefined
  /** Only where something is shown of one of these columns. */
  readonly showing: boolean
}

/**
 * All that is seen of these tables, by each login alone or through the same agents: an agent shows nobody more than that, and
 * one with nobody behind it sees nothing. Throws `limit.rows` where it is longer than one document.
 */
export async function sightsOf(
  { generation, overseeing, documentBytes, going }: { generation: Model; overseeing: Overseeing; documentBytes: number; going: GoingOn },
  question: Question,
): Promise<readonly Sight[]> {
  const found: Sight[] = []
  let bytes = 0
  for await (const sights of paced(eachLooked(generation, overseeing, question))) {
    going()
    for (const sight of sights) bytes += JSON.stringify(sight).length
    found.push(...sights)
    if (bytes > documentBytes) throw new SelvageError('limit.rows', { help: 'Ask for one purpose, or of one column.' })
  }
  going()
  return found
}

/** One login, one purpose and one table at a time. */
function* eachLooked(generation: Model, overseeing: Overseeing, question: Question): Generator<readonly Sight[]> {
  for (const entry of question.entries) yield* sightsOfOne(generation, overseeing, entry, question)
}

function* sightsOfOne(generation: Model, overseeing: Overseeing, entry: DirectoryEntry, question: Question): Generator<readonly Sight[]> {
  const { through = [] } = question
  const who = findWho(generation, entry, through)
  if (who === undefined) return
  const agents = through.length === 0 ? {} : { agents: through.map(({ name }) => name) }
  const purposes = declarable(generation.policies, who).filter(name => name === (question.purpose ?? name))
  // Of one to whom nothing is open too: twenty thousand of those take their time.
  if (purposes.length === 0) yield []
  for (const purpose of purposes)
    for (const [table, columns] of question.tables)
      yield joined(decisionsOf(generation, { ...who, purpose }, table, columns).map(one => tell(generation, overseeing, one)))
        .filter(told => !question.showing || told.columns.length > 0)
        .map(told => ({ login: entry.name, kind: who.subject.kind, ...agents, purpose, table, ...told }))
}

/** As a token would name them. Undefined: none that a gate takes, since this domain does not know them, or not as agents, or nobody is behind them. */
function findWho({ trust }: Model, entry: DirectoryEntry, through: readonly DirectoryEntry[]): Who | undefined {
  const [subject, ...actors] = [entry, ...through].map(one => {
    const known = subjectIn(one, trust)
    return known === undefined ? undefined : describedSubject(known, known.id)
  })
  if (subject === undefined || subject.kind === 'Agent') return undefined
  const agents = actors.flatMap(actor => (actor?.kind === 'Agent' ? [actor] : []))
  return agents.length === actors.length ? { subject, actors: agents, circumstances: atBest(agents) } : undefined
}

type Told = Pick<Sight, 'rows' | 'columns'>

/** Columns of the same rows stand together. */
function joined(all: readonly Told[]): readonly Told[] {
  const byRows = new Map<string, Told>()
  for (const { rows, columns } of all) {
    const key = JSON.stringify(rows)
    byRows.set(key, { rows, columns: [...(byRows.get(key)?.columns ?? []), ...columns] })
  }
  return [...byRows.values()]
}

interface OfColumns {
  readonly decision: TableDecision
  readonly of: readonly Name[]
}

/**
 * As for a statement over these columns. Where rules look at all that a statement touches, as for one over each column
 * alone: what is forbidden together may be seen one after the other.
 */
function decisionsOf({ policies }: Model, asker: Asker, table: TableId, columns: readonly Name[]): readonly OfColumns[] {
  const each = policies.askStatement && columns.length > 0 ? columns.map(name => [name]) : [columns]
  return each.flatMap(of => {
    const labels = touchedLabels(policies.world, new Map([[table, of]]))
    const decision = decide(policies, asker, table, labels)
    return 'kind' in decision || decision.rows.kind === 'none' ? [] : [{ decision: withinRows(decision), of }]
  })
}

function tell({ mesh }: Model, { tellsOf }: Overseeing, { decision, of }: OfColumns): Told {
  const { rows, table } = decision
  const told = tellColumns(mesh, decision, expr => tellsOf(table, expr) ?? 'a rule’s condition holds')
  const condition = rows.kind === 'where' ? tellsOf(table, rows.expr) : undefined
  return {
    rows: { visible: rows.kind === 'all' ? 'all' : 'some', ...(condition === undefined ? {} : { condition }), rules: idsOf(rows.because) },
    columns: [...told].flatMap(([name, { protection, rules }]) =>
      of.includes(name) && showsSomething(protection) ? [{ name, protection, rules }] : [],
    ),
  }
}

/** Else its cells are NULL in all rows, or it does not exist for them. */
const showsSomething = (protection: string): boolean => !/^(?:null|hidden)\b/.test(protection)
