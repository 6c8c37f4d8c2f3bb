import type { Directory, Mesh, Product } from '@selvage/kernel/contract'
import type { TableId } from '@selvage/kernel/model'
import type { Asset, CompiledPolicies } from '@selvage/kernel/policy'
import { CommandError } from '../exit.ts'
import type { Asked } from './asked.ts'
import type { Item } from './item.ts'
import { askRights } from './right-items.ts'
import { RulesOf } from './rules-of.ts'
import { countViewers, partiesOf, type Viewer, viewersOf } from './sight.ts'
import { askTable } from './table-items.ts'

/** Viewers to whom the same becomes of one table, or of one product, for the same purposes. */
export interface Change {
  readonly viewers: readonly Viewer[]
  /** The empty one: where none is stated, and so for any. */
  readonly purposes: readonly string[]
  readonly asset: Asset
  readonly items: readonly Item[]
}

/** Questions, each asked of the rules before and of those after. */
export const maxQuestions = 2_000_000

/**
 * Who of the directory gains and loses what: every viewer × table × purpose of either mesh, and what they may do beside reading,
 * computed by deciding it.
 * @param before undefined where nothing was in force
 */
export function planChanges(before: CompiledPolicies | undefined, after: CompiledPolicies, directory: Directory): readonly Change[] {
  const meshes = [...(before === undefined ? [] : [before.world.mesh]), after.world.mesh]
  const parties = partiesOf(directory.entries, after.world.mesh)
  const purposes = distinct(meshes.flatMap(mesh => [...mesh.taxonomy.purposes.keys()]))
  const sides = { before, after, rules: new RulesOf(before, after) }
  const tables = distinct(meshes.flatMap(tablesOf)).map(table => askTable(sides, table, purposes))
  const asked = [...tables, ...askRights(sides, productsOf(meshes), purposes)]
  refuseTooMany(countViewers(parties) * sum(asked.map(one => one.questions * one.purposes.length)))
  const viewers = viewersOf(parties)
  return asked.flatMap(one => changesOf(one, viewers).map(withoutEchoes))
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

/** Of each the newest, with what it had before. */
function productsOf(meshes: readonly Mesh[]): readonly Product[] {
  const found = new Map<string, Product>()
  for (const product of meshes.flatMap(({ domains }) => domains.flatMap(({ products }) => products))) {
    const tables = [...(found.get(product.id)?.tables ?? []), ...product.tables]
    found.set(product.id, { ...product, tables: [...new Map(tables.map(table => [table.id, table])).values()] })
  }
  return [...found.values()]
}

const factors =
  'logins × purposes × tables, columns alone where rules look at what a statement touches, in up to five circumstances where they ask for those; and what one may do beside reading'

function refuseTooMany(questions: number): void {
  if (questions <= maxQuestions) return
  throw new CommandError('refused', `${questions} questions (${factors}) are more than the ${maxQuestions} of one plan`, {
    help: 'Let the directory name those whose access is to be reviewed: one login of each kind is enough where roles decide.',
  })
}

function changesOf({ asset, purposes, itemsOf }: Asked, viewers: readonly Viewer[]): Change[] {
  const alike = new Map<string, { viewers: Viewer[]; purposes: readonly string[]; asset: Asset; items: readonly Item[] }>()
  for (const viewer of viewers) {
    const byItems = new Map<string, { items: readonly Item[]; purposes: string[] }>()
    for (const purpose of purposes) {
      const items = itemsOf(viewer, purpose)
      if (items.length === 0) continue
      const key = JSON.stringify(items)
      const known = byItems.get(key) ?? { items, purposes: [] }
      byItems.set(key, known)
      known.purposes.push(purpose)
    }
    for (const [key, one] of byItems) {
      const whole = JSON.stringify([key, one.purposes])
      const known = alike.get(whole) ?? { viewers: [], asset, ...one }
      alike.set(whole, known)
      known.viewers.push(viewer)
    }
  }
  return [...alike.values()]
}
