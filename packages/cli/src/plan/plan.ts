import type { Directory, Mesh } from '@selvage/kernel/contract'
import type { TableId } from '@selvage/kernel/model'
import type { CompiledPolicies } from '@selvage/kernel/policy'
import { CommandError } from '../exit.ts'
import { type Alone, aloneItems, askedAlone, sightOn, type Touched } from './alone.ts'
import { differenceOf, type Item } from './difference.ts'
import { type Asking, countViewers, partiesOf, type Sight, sightOf, type Viewer, viewersOf } from './sight.ts'

/** Viewers to whom the same becomes of one table, for the same purposes. */
export interface Change {
  readonly viewers: readonly Viewer[]
  readonly purposes: readonly string[]
  readonly table: TableId
  readonly items: readonly Item[]
}

/** Questions, each asked of the rules before and of those after. */
export const maxQuestions = 2_000_000

/**
 * Who of the directory gains and loses what: every viewer × table × purpose of either mesh, computed by deciding it.
 * @param before undefined where nothing was in force
 */
export function planChanges(before: CompiledPolicies | undefined, after: CompiledPolicies, directory: Directory): readonly Change[] {
  const meshes = [...(before === undefined ? [] : [before.world.mesh]), after.world.mesh]
  const parties = partiesOf(directory.entries, after.world.mesh)
  const tables = distinct(meshes.flatMap(tablesOf)).map(table => ({ table, alone: askedAlone(before, after, table) }))
  const purposes = distinct(meshes.flatMap(mesh => [...mesh.taxonomy.purposes.keys()]))
  refuseTooMany(countViewers(parties) * sum(tables.map(({ alone }) => 1 + alone.length)) * purposes.length)
  const viewers = viewersOf(parties)
  return tables.flatMap(of => changesOf(before, after, { viewers, purposes, ...of }).map(withoutEchoes))
}

/** To whom the same becomes of it alone as through an agent is named alone. */
function withoutEchoes(change: Change): Change {
  const alone = new Set(change.viewers.flatMap(({ entry, agent }) => (agent === undefined ? [entry] : [])))
  return { ...change, viewers: change.viewers.filter(({ entry, agent }) => agent === undefined || !alone.has(entry)) }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
const distinct = <T>(list: readonly T[]): readonly T[] => [...new Set(list)]
const tablesOf = (mesh: Mesh): TableId[] =>
  mesh.domains.flatMap(({ products }) => products.flatMap(({ tables }) => tables.map(({ id }) => id)))

const factors = 'logins × purposes × tables, and columns alone where rules look at what a statement touches'

function refuseTooMany(questions: number): void {
  if (questions <= maxQuestions) return
  throw new CommandError('refused', `${questions} questions (${factors}) are more than the ${maxQuestions} of one plan`, {
    help: 'Let the directory name those whose access is to be reviewed: one login of each kind is enough where roles decide.',
  })
}

const nothing: Sight = { code: 'query.unknown_table' }

function changesOf(
  before: CompiledPolicies | undefined,
  after: CompiledPolicies,
  { viewers, purposes, table, alone }: { viewers: readonly Viewer[]; purposes: readonly string[]; table: TableId; alone: readonly Alone[] },
): Change[] {
  const alike = new Map<string, { viewers: Viewer[]; purposes: readonly string[]; table: TableId; items: readonly Item[] }>()
  for (const viewer of viewers) {
    const byItems = new Map<string, { items: readonly Item[]; purposes: string[] }>()
    for (const purpose of purposes) {
      const items = itemsOf(before, after, { viewer, purpose, table }, alone)
      if (items.length === 0) continue
      const key = JSON.stringify(items)
      const known = byItems.get(key) ?? { items, purposes: [] }
      byItems.set(key, known)
      known.purposes.push(purpose)
    }
    for (const [key, one] of byItems) {
      const whole = JSON.stringify([key, one.purposes])
      const known = alike.get(whole) ?? { viewers: [], table, ...one }
      alike.set(whole, known)
      known.viewers.push(viewer)
    }
  }
  return [...alike.values()]
}

/** Of the whole table, and of columns alone where that differs. */
function itemsOf(before: CompiledPolicies | undefined, after: CompiledPolicies, asking: Asking, alone: readonly Alone[]): readonly Item[] {
  const look = (side: CompiledPolicies | undefined, touched?: Touched): Sight =>
    side === undefined ? nothing : sightOf(side, asking, touched)
  const [was, is] = [look(before), look(after)]
  const whole = differenceOf(was, is)
  const each = alone.map(({ columns, ...touched }) => {
    const on = (side: CompiledPolicies | undefined, sight: Sight, less: Touched): Sight =>
      sightOn(less === undefined ? sight : look(side, less), columns)
    return { columns, items: differenceOf(on(before, was, touched.before), on(after, is, touched.after)) }
  })
  return [...whole, ...aloneItems(whole, each)]
}
