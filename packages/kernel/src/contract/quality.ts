import { type ColumnType, isName, type Name } from '../model/index.ts'
import { parseBound } from './bound.ts'
import { checkOrder, lengthOf } from './column-options.ts'
import { asFields, asText, asWritten, type Fields } from './fields.ts'
import { knownOnly } from './named.ts'
import { qualityKeys } from './odcs-keys.ts'
import { findPatternFault } from './pattern.ts'
import type { QualityCheck, QualityRule } from './product.ts'
import { quoted } from './report.ts'
import type { Tree } from './tree.ts'

/** Where rules stand: at a column, or at a table with these columns. */
export interface QualityPlace {
  readonly column?: { readonly name: Name; readonly type: ColumnType }
  readonly columns: ReadonlySet<string>
}

/** `quality` of a column or a table. A rule without a name is named for what it checks. */
export function parseQuality(fields: Fields, at: QualityPlace): QualityRule[] {
  const seen = new Set<string>()
  return fields.list('quality').flatMap(item => {
    const rule = parseRule(item, at, fields)
    if (rule === undefined) return []
    if (seen.has(rule.name)) fields.report('name.duplicate', item.place, `two rules are named ${quoted(rule.name)}`)
    seen.add(rule.name)
    return [rule]
  })
}

function parseRule(tree: Tree, at: QualityPlace, parent: Fields): QualityRule | undefined {
  const fields = asFields(tree, 'quality', qualityKeys, parent.report)
  if (fields === undefined) return undefined
  const severity = parseSeverity(fields)
  const check = parseCheck(fields, at)
  if (check === undefined) return undefined
  return { name: fields.text('name')?.text ?? defaultName(check), severity, check }
}

/** `error` unless given: a rule that nobody weighed keeps its rows back. `info` counts, as `warning` does. */
function parseSeverity(fields: Fields): QualityRule['severity'] {
  const severity = fields.text('severity')
  if (severity === undefined || severity.text === 'error') return 'error'
  if (severity.text !== 'warning' && severity.text !== 'info')
    fields.report('contract.severity', severity.place, `${quoted(severity.text)} is no severity`)
  return 'warning'
}

function defaultName(check: QualityCheck): string {
  if (check.kind === 'shown') return check.type
  const columns = 'columns' in check ? check.columns : [check.column]
  return `${check.kind}(${columns.join(', ')})`
}

function parseCheck(fields: Fields, at: QualityPlace): QualityCheck | undefined {
  const type = fields.text('type')
  switch (type?.text ?? 'library') {
    case 'library':
      return parseMetric(fields, at)
    case 'custom':
      return parseCheckDigit(fields, at)
    case 'text':
      return shown('text', fields.needText('description')?.text)
    case 'sql':
      return parseSql(fields)
    default:
      fields.report('contract.quality', type?.place, `${quoted(type?.text ?? '')} is no type of rule`)
      return undefined
  }
}

const shown = (type: 'text' | 'sql', text: string | undefined): QualityCheck | undefined =>
  text === undefined ? undefined : { kind: 'shown', type, text }

function parseSql(fields: Fields): QualityCheck | undefined {
  const query = fields.needText('query')
  if (query !== undefined) fields.report('contract.rule_not_run', query.place, 'this rule is kept and does not run')
  const bound = parseBound(fields)
  return query === undefined || bound === undefined ? undefined : { kind: 'shown', type: 'sql', text: query.text, bound }
}

function parseMetric(fields: Fields, at: QualityPlace): QualityCheck | undefined {
  const metric = fields.text('metric') ?? fields.text('rule')
  if (metric === undefined) {
    fields.report('contract.quality', fields.place, 'a library rule needs a metric')
    return undefined
  }
  switch (metric.text) {
    case 'nullValues':
    case 'duplicateValues':
    case 'missingValues':
    case 'rowCount':
      return parseCounted(metric.text, fields, at)
    case 'invalidValues':
      return parseInvalidValues(fields, at)
    default:
      fields.report('contract.quality', metric.place, `${quoted(metric.text)} is no metric`)
      return undefined
  }
}

type Counted = 'nullValues' | 'missingValues' | 'duplicateValues' | 'rowCount'

function parseCounted(kind: Counted, fields: Fields, at: QualityPlace): QualityCheck | undefined {
  const allowed = kind === 'missingValues' ? ['missingValues', 'properties'] : kind === 'rowCount' ? [] : ['properties']
  const given = fields.fields('arguments', allowed)
  const columns = countedColumns(kind, given, fields, at)
  const bound = parseBound(fields)
  if (columns === undefined || bound === undefined) return undefined
  return kind === 'missingValues' ? { kind, columns, missing: missingValues(given, fields), bound } : { kind, columns, bound }
}

/** A column's rule is about the column; a table's names its columns in `arguments.properties`, but for `rowCount`. */
function countedColumns(kind: Counted, given: Fields | undefined, fields: Fields, at: QualityPlace): Name[] | undefined {
  const named = knownOnly(given?.texts('properties') ?? [], at.columns, 'contract.unknown_column', 'column', fields.report).filter(isName)
  if (kind === 'rowCount' && at.column === undefined) return []
  if (kind !== 'rowCount' && at.column !== undefined && named.length === 0) return [at.column.name]
  if (kind !== 'rowCount' && at.column === undefined && named.length > 0) return named
  fields.report(
    'contract.quality',
    fields.place,
    kind === 'rowCount'
      ? 'rowCount is a rule of tables'
      : 'a rule of a column is about that column; a rule of a table names columns in arguments.properties',
  )
  return undefined
}

/** Texts that stand for a missing value; NULL always does. */
function missingValues(given: Fields | undefined, fields: Fields): string[] {
  const values = (given?.list('missingValues') ?? []).filter(item => item.kind !== 'scalar' || item.value !== null)
  return values.flatMap(item => asWritten(item, 'missingValues', fields.report)?.text ?? [])
}

function parseInvalidValues(fields: Fields, at: QualityPlace): QualityCheck | undefined {
  const given = fields.fields('arguments', ['validValues', 'pattern', 'minLength', 'maxLength'])
  const bound = parseBound(fields)
  if (at.column === undefined || given === undefined || given.map.entries.size === 0) {
    fields.report(
      'contract.quality',
      fields.place,
      'invalidValues is a rule of columns, with validValues, pattern, minLength or maxLength in its arguments',
    )
    return undefined
  }
  const pattern = given.text('pattern')
  const fault = pattern && findPatternFault(pattern.text)
  if (fault !== undefined) fields.report('contract.pattern', pattern?.place, `the pattern cannot be used: ${fault}`)
  const validValues = given.list('validValues').flatMap(item => asWritten(item, 'validValues', fields.report)?.text ?? [])
  const minLength = lengthOf(given, 'minLength')
  const maxLength = lengthOf(given, 'maxLength')
  checkOrder(given, 'minLength', minLength, maxLength)
  if (bound === undefined) return undefined
  return {
    kind: 'invalidValues',
    column: at.column.name,
    bound,
    ...(given.has('validValues') ? { validValues } : {}),
    ...(pattern === undefined ? {} : { pattern: pattern.text }),
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
  }
}

function parseCheckDigit(fields: Fields, at: QualityPlace): QualityCheck | undefined {
  const engine = fields.needText('engine')
  const implementation = fields.need('implementation')
  if (engine === undefined || implementation === undefined) return undefined
  if (engine.text !== 'selvage') {
    fields.report('contract.quality', engine.place, `rules of the engine ${quoted(engine.text)} cannot run here`)
    return undefined
  }
  const scheme = asText(fields.fields('implementation', ['checkDigit'])?.need('checkDigit'), 'checkDigit', fields.report)
  if (scheme === undefined) return undefined
  if ((scheme.text === 'snomed' || scheme.text === 'luhn') && at.column?.type === 'VARCHAR')
    return { kind: 'checkDigit', column: at.column.name, scheme: scheme.text }
  fields.report('contract.quality', scheme.place, 'a check digit is `snomed` or `luhn`, at a column of text')
  return undefined
}
