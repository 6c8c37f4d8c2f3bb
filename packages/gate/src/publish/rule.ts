import type { Bound, Column, QualityCheck, QualityRule, Table } from '@selvage/kernel/contract'
import type { Name } from '@selvage/kernel/model'
import { typedValue } from './cast.ts'
import { numberLiteral, textLiteral } from './sql-text.ts'

/** A rule as it runs over a table of texts, whose columns are `c0`, `c1`, … in the order of the contract. */
export interface Rule {
  readonly name: string
  readonly severity: 'error' | 'warning'
  readonly bound: Bound
  readonly check: RuleCheck
}

export type RuleCheck =
  /** SQL that is true for a row that fails; NULL does not fail. `pattern` is the regular expression in it. */
  | { readonly by: 'row'; readonly fails: string; readonly pattern?: string }
  /** Rows whose values another row has as well. SQL of the values. */
  | { readonly by: 'group'; readonly values: readonly string[] }
  /** Rows whose value has no good check digit: only our own code can tell. */
  | { readonly by: 'checkDigit'; readonly raw: string; readonly scheme: 'snomed' | 'luhn' }
  /** The table itself. */
  | { readonly by: 'table' }

const none: Bound = { operator: 'mustBe', value: 0, unit: 'rows' }

/** All rules of a table: what its columns promise, and the quality rules of the contract that run here. */
export function rulesOf(table: Table): Rule[] {
  const sql = new ColumnSql(table)
  const rules = [
    ...table.columns.flatMap(column => [...promises(column, sql), ...column.quality.flatMap(rule => qualityRule(rule, sql))]),
    ...primaryKey(table, sql),
    ...table.quality.flatMap(rule => qualityRule(rule, sql)),
  ]
  return rules.map(rule => ({ ...rule, name: distinctName(rule, rules) }))
}

/** Rules of two columns may have one name. */
function distinctName(rule: Rule, rules: readonly Rule[]): string {
  const namesakes = rules.filter(other => other.name === rule.name)
  return namesakes.length === 1 ? rule.name : `${rule.name}#${namesakes.indexOf(rule) + 1}`
}

class ColumnSql {
  readonly #columns: ReadonlyMap<Name, { readonly raw: string; readonly column: Column }>

  constructor(table: Table) {
    this.#columns = new Map(table.columns.map((column, index) => [column.name, { raw: `c${index}`, column }]))
  }

  raw(name: Name): string {
    return this.#columns.get(name)!.raw
  }

  typed(name: Name): string {
    const { raw, column } = this.#columns.get(name)!
    return typedValue(raw, column.type)
  }

  typedLiteral(name: Name, text: string): string {
    return typedValue(textLiteral(text), this.#columns.get(name)!.column.type)
  }
}

const rowRule = (name: string, fails: string, pattern?: string): Rule => ({
  name,
  severity: 'error',
  bound: none,
  check: { by: 'row', fails, ...(pattern === undefined ? {} : { pattern }) },
})

/** What a column promises by itself. Failing rows are quarantined. */
function promises(column: Column, sql: ColumnSql): Rule[] {
  const { name, options } = column
  const raw = sql.raw(name)
  const typed = sql.typed(name)
  const named = (kind: string): string => `${kind}(${name})`
  const bounds = [
    options.minimum === undefined ? [] : [rowRule(named('minimum'), outOfRange(typed, '<', options.minimum, column))],
    options.maximum === undefined ? [] : [rowRule(named('maximum'), outOfRange(typed, '>', options.maximum, column))],
  ].flat()
  return [
    ...(column.type === 'VARCHAR' ? [] : [rowRule(named('type'), `${raw} IS NOT NULL AND (${typed}) IS NULL`)]),
    ...(column.required ? [rowRule(named('required'), `${raw} IS NULL`)] : []),
    ...(column.unique ? [groupRule(named('unique'), [typed])] : []),
    ...(options.enum === undefined ? [] : [rowRule(named('enum'), notIn(name, options.enum, sql))]),
    ...(options.pattern === undefined ? [] : [rowRule(named('pattern'), notMatching(raw, options.pattern), options.pattern)]),
    ...(options.minLength === undefined ? [] : [rowRule(named('minLength'), `length(${raw}) < ${numberLiteral(options.minLength)}`)]),
    ...(options.maxLength === undefined ? [] : [rowRule(named('maxLength'), `length(${raw}) > ${numberLiteral(options.maxLength)}`)]),
    ...bounds,
  ]
}

const groupRule = (name: string, values: readonly string[]): Rule => ({
  name,
  severity: 'error',
  bound: none,
  check: { by: 'group', values },
})

/** NaN is in no range. */
function outOfRange(typed: string, operator: '<' | '>', limit: number, { type }: Column): string {
  const beyond = `(${typed}) ${operator} ${numberLiteral(limit)}`
  return type === 'DOUBLE' || type === 'FLOAT' ? `${beyond} OR isnan(${typed})` : beyond
}

const notMatching = (raw: string, pattern: string): string => `NOT regexp_matches(${raw}, ${textLiteral(pattern)})`

/** Compared as values of the column's type: `1` and `01` are one integer. */
function notIn(name: Name, values: readonly string[], sql: ColumnSql): string {
  const typed = sql.typed(name)
  if (values.length === 0) return `(${typed}) IS NOT NULL`
  // A value that is none of the type is NULL here, and equals nothing.
  const allowed = values.map(value => sql.typedLiteral(name, value)).join(', ')
  return `(${typed}) IS NOT NULL AND NOT coalesce((${typed}) IN (${allowed}), false)`
}

function primaryKey({ primaryKey: key, columns }: Table, sql: ColumnSql): Rule[] {
  if (key.length === 0) return []
  const parts = columns.filter(column => key.includes(column.name))
  const missing = parts.filter(column => !column.required).map(column => `${sql.raw(column.name)} IS NULL`)
  const single = parts.length === 1 && parts[0]!.unique
  const name = `primaryKey(${key.join(', ')})`
  return [
    ...(missing.length === 0 ? [] : [rowRule(`required(${key.join(', ')})`, missing.join(' OR '))]),
    ...(single
      ? []
      : [
          groupRule(
            name,
            key.map(part => sql.typed(part)),
          ),
        ]),
  ]
}

function qualityRule({ name, severity, check }: QualityRule, sql: ColumnSql): Rule[] {
  const compiled = compileCheck(check, sql)
  return compiled === undefined ? [] : [{ name, severity, bound: 'bound' in check && check.bound ? check.bound : none, check: compiled }]
}

function compileCheck(check: QualityCheck, sql: ColumnSql): RuleCheck | undefined {
  switch (check.kind) {
    case 'nullValues':
      return { by: 'row', fails: anyOf(check.columns.map(column => `${sql.raw(column)} IS NULL`)) }
    case 'missingValues':
      return { by: 'row', fails: anyOf(check.columns.map(column => isMissing(sql.raw(column), check.missing ?? []))) }
    case 'duplicateValues':
      return { by: 'group', values: check.columns.map(column => sql.typed(column)) }
    case 'rowCount':
      return { by: 'table' }
    case 'invalidValues':
      return { by: 'row', fails: isInvalid(check, sql), ...(check.pattern === undefined ? {} : { pattern: check.pattern }) }
    case 'checkDigit':
      return { by: 'checkDigit', raw: sql.raw(check.column), scheme: check.scheme }
    case 'shown':
      return undefined
  }
}

const anyOf = (conditions: readonly string[]): string => conditions.map(condition => `(${condition})`).join(' OR ')

const isMissing = (raw: string, values: readonly string[]): string =>
  values.length === 0 ? `${raw} IS NULL` : `${raw} IS NULL OR ${raw} IN (${values.map(textLiteral).join(', ')})`

function isInvalid(check: Extract<QualityCheck, { kind: 'invalidValues' }>, sql: ColumnSql): string {
  const raw = sql.raw(check.column)
  const conditions = [
    check.validValues === undefined ? [] : [notIn(check.column, check.validValues, sql)],
    check.pattern === undefined ? [] : [notMatching(raw, check.pattern)],
    check.minLength === undefined ? [] : [`length(${raw}) < ${numberLiteral(check.minLength)}`],
    check.maxLength === undefined ? [] : [`length(${raw}) > ${numberLiteral(check.maxLength)}`],
  ].flat()
  return anyOf(conditions)
}
