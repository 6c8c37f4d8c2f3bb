import { type Name, SelvageError } from '../model/index.ts'
import type { ColumnDecision, Expr, RowCondition, TableDecision } from '../policy/index.ts'
import { effectiveTransform, type MaskedColumn, maskSql, typedNull } from '../protect/index.ts'
import { columnsOf } from './condition-columns.ts'
import { fitCondition } from './fit-condition.ts'
import { printFilter } from './print-condition.ts'
import { printName } from './sql-literal.ts'
import type { TableBinding } from './table-binding.ts'

/**
 * The secured relation of a table: the rows that are visible, each column that may be discovered with its own name and
 * type, masked. It holds no secret and no parameter, and reads back from the engine as it was written.
 * @param barrier keep everything of the user's from running before the row filter; `needsBarrier` says when it may be left out
 */
export function securedSelect(decision: TableDecision, binding: TableBinding, barrier = true): string {
  if (decision.table !== binding.table) throw new TypeError('a decision for another table')
  const printer = new Printer(binding)
  const columns = decision.columns.map(column => `${printer.column(column)} AS ${printName(column.name)}`)
  if (columns.length === 0) throw new SelvageError('policy.denied')
  return `SELECT ${columns.join(', ')} FROM ${binding.relation}${printer.rows(decision.rows, barrier)}`
}

/** Attributes of all rows as they are, sets under their own names: for the official engine, which is asked of each; for nobody else. */
export function attributeSelect(names: readonly Name[], { relation, columns, sets }: TableBinding): string {
  const parts = names.map(name => {
    const sql = sets?.get(name)?.column ?? (columns.has(name) ? printName(name) : undefined)
    if (sql === undefined) throw new SelvageError('engine.product_unavailable', { cause: `no attribute ${name}` })
    return `${sql} AS ${printName(name)}`
  })
  return `SELECT ${parts.join(', ')} FROM ${relation}`
}

class Printer {
  readonly #binding: TableBinding

  constructor(binding: TableBinding) {
    this.#binding = binding
  }

  rows(rows: RowCondition, barrier: boolean): string {
    if (rows.kind === 'all') return ''
    if (rows.kind === 'none') return ' WHERE FALSE'
    const conjuncts = conjunctsOf(this.#fit(rows.expr))
    const filter = conjuncts.map(part => this.#print(part)).join(' AND ')
    // A conjunct over several columns runs beside conditions of the user's, whose cost on hidden rows can be measured.
    // So may what is asked of a set: no scan does that before all else.
    const beside = conjuncts.some(part => columnsOf(part).size > 1 || this.#asksSet(part))
    return ` WHERE ${filter === '' ? 'TRUE' : filter}${barrier || beside ? ' OFFSET 0' : ''}`
  }

  column(decision: ColumnDecision): string {
    const bound = this.#masked(decision.name)
    const cell = decision.reveal.kind === 'none' ? typedNull(bound.type) : this.#maskedCell(decision, bound)
    const { reveal } = decision
    if (reveal.kind !== 'where' || cell === typedNull(bound.type)) return cell
    return `CASE WHEN ${this.#print(this.#fit(reveal.expr))} THEN ${cell} ELSE ${typedNull(bound.type)} END`
  }

  /** The join of the masks that hold for a row: two different ones at once make NULL. */
  #maskedCell(decision: ColumnDecision, column: MaskedColumn): string {
    const whens = conditionsByTransform(decision, column)
    const hidden: Expr[] = [...(whens.get('null') ?? [])]
    const middle = (['partial', 'generalize', 'token'] as const).flatMap(transform => {
      const when = whens.get(transform)
      return when === undefined ? [] : [{ transform, when: anyOf(when) }]
    })
    for (const [i, a] of middle.entries()) for (const b of middle.slice(i + 1)) hidden.push({ kind: 'and', of: [a.when, b.when] })
    const cases = [
      { when: anyOf(hidden), cell: typedNull(column.type) },
      ...middle.map(({ transform, when }) => ({ when, cell: maskSql(transform, column) })),
    ]
    return this.#printCases(cases, column.sql)
  }

  #printCases(cases: readonly { readonly when: Expr; readonly cell: string }[], otherwise: string): string {
    const whens: string[] = []
    for (const { when, cell } of cases) {
      const fitted = constantly(this.#fit(when))
      if (fitted === false) continue
      if (fitted === true) return whens.length === 0 ? cell : `CASE ${whens.join(' ')} ELSE ${cell} END`
      whens.push(`WHEN ${this.#print(fitted)} THEN ${cell}`)
    }
    return whens.length === 0 ? otherwise : `CASE ${whens.join(' ')} ELSE ${otherwise} END`
  }

  #masked(name: Name): MaskedColumn {
    const { type, token, semantic } = this.#bound(name)
    return { sql: printName(name), type, ...(token === undefined ? {} : { token }), ...(semantic === undefined ? {} : { semantic }) }
  }

  #bound(name: Name): ReturnType<TableBinding['columns']['get']> & object {
    const bound = this.#binding.columns.get(name)
    if (bound === undefined) throw new SelvageError('engine.product_unavailable', { cause: `no column ${name}` })
    return bound
  }

  #asksSet(expr: Expr): boolean {
    return [...columnsOf(expr)].some(name => this.#binding.sets?.has(name))
  }

  #fit(expr: Expr): Expr {
    return fitCondition(expr, name => this.#binding.sets?.get(name)?.element ?? this.#bound(name).type)
  }

  #print(expr: Expr): string {
    return printFilter(expr, name => {
      const set = this.#binding.sets?.get(name)
      if (set !== undefined) return set.column
      this.#bound(name)
      return printName(name)
    })
  }
}

/** The conditions under which each transform applies; what a column cannot go through counts as `null`. */
function conditionsByTransform(decision: ColumnDecision, column: MaskedColumn): ReadonlyMap<string, readonly Expr[]> {
  const whens = new Map<string, Expr[]>()
  for (const { transform, when } of decision.masks) {
    const effective = effectiveTransform(transform, column)
    const known = whens.get(effective) ?? []
    known.push(when === true ? { kind: 'const', value: true } : when)
    whens.set(effective, known)
  }
  return whens
}

const anyOf = (of: readonly Expr[]): Expr => ({ kind: 'or', of })

const conjunctsOf = (expr: Expr): readonly Expr[] => (expr.kind === 'and' ? expr.of.flatMap(conjunctsOf) : [expr])

/** Folds what is decided without a row. */
function constantly(expr: Expr): Expr | boolean {
  if (expr.kind === 'const') return expr.value
  if (expr.kind !== 'and' && expr.kind !== 'or') return expr
  const deciding = expr.kind === 'or'
  const parts = expr.of.map(constantly)
  if (parts.includes(deciding)) return deciding
  const open = parts.filter((part): part is Expr => typeof part !== 'boolean')
  return open.length === 0 ? !deciding : open.length === 1 ? open[0]! : { kind: expr.kind, of: open }
}
