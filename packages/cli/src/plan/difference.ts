import { type Expr, exprKey, type RowCondition } from '@selvage/kernel/policy'
import { tellRows } from '@selvage/kernel/protect'
import type { Effect, Item } from './item.ts'
import type { Sight } from './sight.ts'

/** What one viewer sees otherwise of one table; empty: nothing. */
export function differenceOf(before: Sight, after: Sight): readonly Item[] {
  const rows = { before: wordOf(before), after: wordOf(after) }
  const items: Item[] = rows.before === rows.after ? [] : [{ of: 'rows', columns: [], ...rows, effect: rowsEffect(before, after) }]
  const alike = new Map<string, Item & { columns: string[] }>()
  for (const name of new Set([...columnsOf(before).keys(), ...columnsOf(after).keys()])) {
    const [was, is] = [columnsOf(before).get(name) ?? absent, columnsOf(after).get(name) ?? absent]
    if (was === is) continue
    const key = JSON.stringify([was, is])
    const item = alike.get(key) ?? {
      of: 'columns' as const,
      columns: [],
      before: was,
      after: is,
      effect: effectOf(columnRank(was), columnRank(is)),
    }
    alike.set(key, item)
    item.columns.push(name)
  }
  return [...items, ...alike.values()]
}

const absent = '–'
const none: ReadonlyMap<string, string> = new Map()
const columnsOf = (sight: Sight): ReadonlyMap<string, string> => ('code' in sight ? none : sight.columns)
const wordOf = (sight: Sight): string => ('code' in sight ? (codeWords[sight.code] ?? sight.code) : tellRows(sight.rows))

const codeWords: Readonly<Record<string, string>> = {
  'query.unknown_table': 'no such table',
  'policy.denied': 'none',
  'purpose.not_permitted': 'not for this purpose',
  'purpose.unknown': 'no such purpose',
  'identity.issuer': 'unknown here',
}

function rowsEffect(before: Sight, after: Sight): Effect {
  const [was, is] = [rowRank(before), rowRank(after)]
  if (was !== is || 'code' in before || 'code' in after) return effectOf(was, is)
  return whereEffect(before.rows, after.rows)
}

/** Whoever is told of a table knows of it, rows or not. */
const rowRank = (sight: Sight): number => ('code' in sight ? codeRank(sight.code) : { none: 1, where: 2, all: 3 }[sight.rows.kind])
const codeRank = (code: string): number => (code === 'policy.denied' || code === 'purpose.not_permitted' ? 1 : 0)

/** A condition with one more part of an AND has fewer rows; with one more of an OR, more. */
function whereEffect(before: RowCondition, after: RowCondition): Effect {
  if (before.kind !== 'where' || after.kind !== 'where') return 'changes'
  const holds = (kind: 'and' | 'or', more: Expr, less: Expr): boolean => {
    const parts = partsOf(more, kind)
    return [...partsOf(less, kind)].every(part => parts.has(part))
  }
  if (holds('and', after.expr, before.expr) || holds('or', before.expr, after.expr)) return 'loses'
  return holds('and', before.expr, after.expr) || holds('or', after.expr, before.expr) ? 'gains' : 'changes'
}

const partsOf = (expr: Expr, kind: 'and' | 'or'): ReadonlySet<string> =>
  new Set(expr.kind === kind ? expr.of.map(exprKey) : [exprKey(expr)])

/** What does not exist, NULL (in whatever rows), anything between, clear. */
const columnRank = (protection: string): number =>
  protection === absent ? 0 : protection === 'clear' ? 3 : /^null\b/.test(protection) ? 1 : 2

export const effectOf = (before: number, after: number): Effect => (before === after ? 'changes' : before < after ? 'gains' : 'loses')
