import type { TableId } from '@selvage/kernel/model'
import type { CompiledPolicies } from '@selvage/kernel/policy'
import { type Alone, aloneItems, askedAlone, sightOn, type Touched } from './alone.ts'
import { type Asked, inCircumstances } from './asked.ts'
import { askedWords } from './circumstance.ts'
import { differenceOf } from './difference.ts'
import type { Item } from './item.ts'
import type { RulesOf } from './rules-of.ts'
import { type Asking, type Sight, sightOf } from './sight.ts'

/** The rules before, if any were in force, and after. */
export interface Sides {
  readonly before: CompiledPolicies | undefined
  readonly after: CompiledPolicies
  readonly rules: RulesOf
}

/** What one sees of a table for each purpose: of all of it, and of columns alone. */
export function askTable(sides: Sides, table: TableId, purposes: readonly string[]): Asked {
  const alone = askedAlone(sides.before, sides.after, table)
  const words = askedWords(sides.rules.on(table))
  return {
    asset: { table },
    purposes,
    questions: (1 + alone.length) * (1 + words.length),
    itemsOf: (viewer, purpose) =>
      inCircumstances(words, viewer, word =>
        tableItems(sides, { viewer, purpose, ...(word === undefined ? {} : { circumstances: word }) }, table, alone),
      ),
  }
}

const nothing: Sight = { code: 'query.unknown_table' }

/** Of the whole table, and of columns alone where that differs. */
function tableItems({ before, after }: Sides, asking: Asking, table: TableId, alone: readonly Alone[]): readonly Item[] {
  const look = (side: CompiledPolicies | undefined, touched?: Touched): Sight =>
    side === undefined ? nothing : sightOf(side, asking, table, touched)
  const [was, is] = [look(before), look(after)]
  const whole = differenceOf(was, is)
  const each = alone.map(({ columns, ...touched }) => {
    const on = (side: CompiledPolicies | undefined, sight: Sight, less: Touched): Sight =>
      sightOn(less === undefined ? sight : look(side, less), columns)
    return { columns, items: differenceOf(on(before, was, touched.before), on(after, is, touched.after)) }
  })
  return [...whole, ...aloneItems(whole, each)]
}
