import type { Mesh } from '@selvage/kernel/contract'
import type { Name } from '@selvage/kernel/model'
import { type CedarSchema, type Circumstances, nothingKnown, type PolicyJson, type Row, type Subject } from '@selvage/kernel/policy'
import { type OfficialRequest, type OfficialUid, openOracle } from './official.ts'
import { mayConcern, policiesOn } from './policies-on.ts'
import { forEachTable, type ReplayTable, type ReplayWorld, replayWorld, requestsOf } from './replay.ts'
import { type Asking, columnUid, knownRequest, type Requests, rowRequest, tableUid } from './replay-request.ts'

/** `open`: no permit holds for a row that was tried, and one might for another. */
export type Known = 'shown' | 'hidden' | 'open'

/** What of a table one may know of. */
export interface KnownTable {
  readonly table: Known
  readonly columns: ReadonlyMap<Name, Known>
}

export interface DiscoverQuestion {
  /** All who have to may know of it. */
  readonly chain: readonly Subject[]
  /** That all of them may declare: one is enough. */
  readonly purposes: readonly string[]
  readonly table: ReplayTable
  readonly columns: readonly Name[]
  /** On which permits of `read` and `reveal` are tried, beside one without any value. */
  readonly rows: readonly Row[]
  readonly circumstances?: Circumstances | undefined
}

export type DiscoverReplay = (question: DiscoverQuestion) => KnownTable

export const openDiscoverReplay = (mesh: Mesh, policies: readonly PolicyJson[]): DiscoverReplay =>
  discoverReplayIn(replayWorld(mesh, policies))

/**
 * Decides on the official engine what one may know of. A forbid of `discover` that holds or errs hides, a permit of it
 * shows; where neither speaks, a permit of `read` (of the table) or `reveal` (of a column) that could hold for some row.
 */
export function discoverReplayIn(replay: ReplayWorld): DiscoverReplay {
  const from = requestsOf(replay)
  const engineOf = forEachTable(table => openEngine(replay.schema, policiesOn(from.world, replay.policies, table)))
  return question => {
    const sees = seesFor(from, engineOf(question.table), question)
    let found: readonly Known[] = [undefined, ...question.columns].map(() => 'hidden')
    // One purpose is enough, mostly the first.
    for (const purpose of question.purposes) {
      if (found.every(known => known === 'shown')) break
      const more = sees(purpose)
      found = found.map((known, at) => either(known, more[at]!))
    }
    return { table: found[0]!, columns: new Map(question.columns.map((name, at) => [name, found[at + 1]!])) }
  }
}

/** What all of a chain may know of for one purpose: the table first, then each column. */
function seesFor(from: Requests, { said, could }: Engine, question: DiscoverQuestion): (purpose: string) => readonly Known[] {
  const { chain, table, columns, rows, circumstances = nothingKnown } = question
  const ask = (asking: Asking, asset: OfficialUid): Said => said(() => knownRequest(from, asking, asset))
  const open = (asking: Asking, action: 'read' | 'reveal', place: OfficialUid): Known =>
    could([{}, ...rows].map((row: Row) => () => rowRequest(from, asking, { table, row, labels: [], action, place })))
  const seesTable = (asking: Asking): Known => {
    if (ask(asking, productUid(table)) === 'hidden') return 'hidden'
    return ask(asking, tableUid(table)) ?? open(asking, 'read', tableUid(table))
  }
  const seesColumn = (asking: Asking, name: Name): Known =>
    ask(asking, columnUid(table, name)) ?? open(asking, 'reveal', columnUid(table, name))
  return purpose => {
    const all = chain.map(subject => ({ subject, purpose, circumstances }))
    const whole = every(all, seesTable)
    const both = (name: Name): Known => every([() => whole, () => every(all, one => seesColumn(one, name))], call)
    return [whole, ...columns.map(both)]
  }
}

const call = (ask: () => Known): Known => ask()
const either = (one: Known, other: Known): Known => (one === 'shown' || other === 'hidden' ? one : other)

/** Asks no more than it has to. */
function every<T>(list: readonly T[], ask: (one: T) => Known): Known {
  let out: Known = 'shown'
  for (const one of list) {
    const known = ask(one)
    if (known === 'hidden') return known
    if (known === 'open') out = known
  }
  return out
}

/** What rules of `discover` say; undefined: nothing. */
type Said = Exclude<Known, 'open'> | undefined
/** Made only where it is asked. */
type Request = () => OfficialRequest

interface Engine {
  readonly said: (request: Request) => Said
  readonly could: (rows: readonly Request[]) => Known
}

function openEngine(schema: CedarSchema, policies: readonly PolicyJson[]): Engine {
  const own = policies.filter(policy => mayConcern(policy, ['discover']))
  const forbids = new Set(own.filter(({ effect }) => effect === 'forbid').map(({ id }) => id))
  const discover = openOracle(schema, own, 'discover')
  const permits = policies.filter(policy => policy.effect === 'permit' && mayConcern(policy, ['read', 'reveal', 'use']))
  const use = openOracle(schema, [...permits, ...permits.map(withoutRow)], 'permits')
  return {
    said: request => {
      if (own.length === 0) return undefined
      const { decision, reasons, errors } = discover(request())
      if (decision === 'allow') return errors.some(id => forbids.has(id)) ? 'hidden' : 'shown'
      return reasons.length > 0 || errors.some(id => forbids.has(id)) ? 'hidden' : undefined
    },
    could: rows => {
      for (const request of permits.length === 0 ? [] : rows) {
        const { reasons } = use(request())
        if (reasons.length === 0) return 'hidden'
        if (!reasons.every(isWithoutRow)) return 'shown'
      }
      return permits.length === 0 ? 'hidden' : 'open'
    },
  }
}

const suffix = ' without its row'
const isWithoutRow = (id: string): boolean => id.endsWith(suffix)

/** The permit but for its clauses that look at the row: where it does not hold, the permit holds for no row. */
function withoutRow(policy: PolicyJson): PolicyJson {
  const est = policy.est as { readonly conditions: readonly unknown[] }
  const conditions = est.conditions.filter(clause => !JSON.stringify(clause).includes('"Var":"resource"'))
  return { ...policy, id: `${policy.id}${suffix}`, est: { ...est, conditions } }
}

/** Of `domain.product.table`. */
const productUid = ({ id }: ReplayTable): OfficialUid => ({ type: 'Mesh::Product', id: id.slice(0, id.lastIndexOf('.')) })
