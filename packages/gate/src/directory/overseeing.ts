import { type Name, SelvageError, type TableId } from '@selvage/kernel/model'
import { columnsOf, declarable, type Expr, tellCondition } from '@selvage/kernel/policy'
import type { Identified } from '../identify/index.ts'
import { auditing } from '../record/auditing.ts'

/** What somebody may be told of who may see what: of what they may audit or administer. */
export interface Overseeing {
  /** The columns of a table that they may be told of; undefined: not the table itself. */
  readonly columnsOf: (table: TableId) => readonly Name[] | undefined
  /** A condition of a rule, for whoever may administer the table, and may be told of each column that it looks at, through a set too. */
  readonly tellsOf: (table: TableId, expr: Expr) => string | undefined
}

export function overseeing(identified: Identified): Overseeing {
  const { generation, asking } = identified
  const purposes = ['', ...declarable(generation.policies, asking)]
  const [mayAudit, mayAdminister] = [auditing(identified, purposes), auditing(identified, purposes, 'administer')]
  const may = (parts: readonly string[]): boolean => mayAudit(parts) || mayAdminister(parts)
  return {
    columnsOf: table => {
      const parts = table.split('.')
      return may(parts) ? generation.columns.get(table)?.filter(name => may([...parts, name])) : undefined
    },
    tellsOf: (table, expr) => {
      const parts = table.split('.')
      const told = mayAdminister(parts) && columnsOf(expr).every(name => may(placeOf(generation, table, name)))
      return told ? tellCondition(expr) : undefined
    },
  }
}

/** Of a column its own; of a set what it collects, in another table of the product. */
function placeOf({ trust }: Identified['generation'], table: TableId, name: Name): readonly string[] {
  const [domain, product] = table.split('.') as [string, string]
  const { sets = [] } = trust.products.flatMap(({ tables }) => tables).find(({ id }) => id === table) ?? {}
  const set = sets.find(one => one.name === name)
  return set === undefined ? [...table.split('.'), name] : [domain, product, set.from, set.collect]
}

/** One text for what is missing and what one may not be told of. */
export const notOverseen = (): SelvageError =>
  new SelvageError('policy.denied', {
    detail: 'You may not ask who may see this, or it does not exist.',
    help: 'It needs the action `audit` or `administer`; ask the owner of the product.',
  })
