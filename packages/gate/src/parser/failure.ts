import { SelvageError } from '@selvage/kernel/model'
import type { Position } from '@selvage/kernel/query'
import type { EngineError } from '../execute/engine-error.ts'
import { isMemory, type ParserFailure, type Schema } from './message.ts'
import { indexOf, type OffsetUnit, positionOf } from './position.ts'
import { emptyRefusal, refusalOf, severalRefusal } from './refusal.ts'
import { tokensOf } from './words.ts'

/** Names told at most. */
const nameBound = 20

/** Reading the text took more memory than its child may have. */
export const tooHeavy = (cause: Error): SelvageError =>
  new SelvageError('limit.memory', { detail: 'Reading the statement took too much memory.', help: 'Write it shorter.', cause })

/** What a text that could not be parsed, or bound, is to whoever sent it. Nothing here is the engine's own text. */
export function failureOf(failure: ParserFailure, sql: string, schema: Schema | undefined): SelvageError {
  if (failure.kind === 'count') return failure.statements === 0 ? emptyRefusal() : severalRefusal()
  if (failure.kind === 'parameters')
    return new SelvageError('query.parameters', failure.detail === undefined ? {} : { detail: failure.detail })
  if (failure.kind === 'size')
    return new SelvageError('request.too_large', {
      detail: 'The statement has too many parts.',
      help: 'Write it with fewer values, columns or calls, or ask in several statements.',
    })
  const { error } = failure
  if (isMemory(failure)) return tooHeavy(new Error(error.type))
  const placed = { ...positionIn(sql, error), cause: new Error(`${error.type}: ${error.message.slice(0, 500)}`) }
  return schema === undefined ? parseFailure(error, sql, placed) : bindFailure(error, sql, schema, placed)
}

interface Placed {
  readonly position?: Position
  readonly cause: Error
}

const unitOf = ({ subtype }: EngineError): OffsetUnit => (subtype === 'SYNTAX_ERROR' ? 'characters' : 'bytes')

const positionIn = (sql: string, error: EngineError): { position?: Position } =>
  error.position === undefined || error.position > Buffer.byteLength(sql)
    ? {}
    : { position: positionOf(sql, error.position, unitOf(error)) }

function parseFailure(error: EngineError, sql: string, placed: Placed): SelvageError {
  if (error.type === 'not implemented') return refusalOf(sql)
  if (error.message === 'A CTE needs a SELECT') return refusalOf(sql)
  // The second is how its grammar says the same.
  if (/^(Max expression depth|memory exhausted)/.test(error.message))
    return new SelvageError('query.unsupported', {
      ...placed,
      detail: 'The statement is nested too deeply.',
      help: 'Write it with fewer levels.',
    })
  if (error.message === 'SELECT clause without selection list')
    return new SelvageError('query.syntax', {
      ...placed,
      detail: 'A SELECT has nothing to select.',
      help: 'Name columns, or write SELECT *.',
    })
  if (error.message.startsWith('VALUES lists must'))
    return new SelvageError('query.syntax', {
      ...placed,
      detail: 'The rows of VALUES have different numbers of values.',
      help: 'Give each row as many.',
    })
  return new SelvageError('query.syntax', { ...placed, ...near(sql, error) })
}

/** The token of the asker's own text where the engine stopped. */
function near(sql: string, error: EngineError): { detail?: string } {
  if (error.position === undefined) return {}
  const at = indexOf(sql, error.position, unitOf(error))
  for (const token of tokensOf(sql)) {
    if (token.at + token.text.length <= at) continue
    if (token.text.startsWith("'") && !(token.text.length > 1 && token.text.endsWith("'")))
      return { detail: 'A text that begins here has no closing quote.' }
    if (token.text.startsWith('"') && !(token.text.length > 1 && token.text.endsWith('"')))
      return { detail: 'A name that begins here has no closing quote.' }
    const text = token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text
    return { detail: `The statement is not well formed near ${text}.` }
  }
  return { detail: 'The statement ends too early.' }
}

const dataTypes = new Set(['conversion', 'out of range', 'invalid input', 'divide by zero', 'mismatch type', 'decimal'])

function bindFailure(error: EngineError, sql: string, schema: Schema, placed: Placed): SelvageError {
  const { type, message } = error
  if (isUnknownTable(error)) return new SelvageError('query.unknown_table', { ...placed, help: tablesHelp(schema) })
  if (isUnknownColumn(error)) return new SelvageError('query.unknown_column', { ...placed, help: columnsHelp(error, sql, schema) })
  if (type === 'parser') return new SelvageError('query.syntax', placed)
  if (dataTypes.has(type)) return new SelvageError('query.data', placed)
  if (type.startsWith('parameter')) return new SelvageError('query.parameters', placed)
  if (message.includes('Mixing named and positional parameters'))
    return new SelvageError('query.parameters', { ...placed, detail: 'Parameters by name and by number cannot be mixed.' })
  if (message.includes('parameter index'))
    return new SelvageError('query.parameters', { ...placed, detail: 'Parameters are numbered $1, $2 and on, without a gap.' })
  for (const [sign, code, detail, help] of kinds)
    if (sign.test(message)) return new SelvageError(code, { ...placed, detail, ...(help === undefined ? {} : { help }) })
  if (type === 'binder')
    return new SelvageError('query.type', {
      ...placed,
      detail: 'Something in this statement does not fit together.',
      help: 'See the position, or take the statement apart.',
    })
  return new SelvageError('query.unsupported', placed)
}

const isUnknownTable = ({ type, subtype, message }: EngineError): boolean =>
  (type === 'catalog' && /^(Table|View) with name /.test(message)) ||
  (type === 'binder' && message.startsWith('Catalog "')) ||
  (subtype === 'MISSING_ENTRY' && /^(Schema|Table) /.test(message))

const isUnknownColumn = ({ subtype, message }: EngineError): boolean =>
  subtype === 'COLUMN_NOT_FOUND' ||
  /^Table ".*" does not have a column named |^Referenced table ".*" not found|^Referenced column |^Column ".*" in (EXCLUDE|REPLACE|RENAME) list not found|^Column ".*" does not exist on |^No matching columns found/s.test(
    message,
  )

/** How the engine begins a complaint, and how we say it. */
const kinds: readonly (readonly [sign: RegExp, code: 'query.type' | 'query.unsupported', detail: string, help?: string])[] = [
  [
    /^(Scalar|Aggregate|Table|Macro|Pragma)? ?Function with name|^Function /i,
    'query.unsupported',
    'There is no function of this name here.',
    'Use another function, or write it out.',
  ],
  [/^Type with name/, 'query.type', 'There is no type of this name.', 'Use a type such as VARCHAR, BIGINT, DOUBLE, DATE or TIMESTAMP.'],
  [/^Collation with name/, 'query.type', 'There is no collation of this name.'],
  [
    /^No function matches|^Could not choose a best candidate function/,
    'query.type',
    'No function or operator of this name takes arguments of these types.',
    'Cast them: CAST(value AS TYPE).',
  ],
  [/^Ambiguous reference/, 'query.type', 'More than one table of this statement has a column of this name.', 'Write table.column.'],
  [
    /must appear in the GROUP BY clause/,
    'query.type',
    'A column stands beside an aggregate but not in GROUP BY.',
    'Add it to GROUP BY, or use any_value(column).',
  ],
  [/cannot contain aggregates/, 'query.type', 'An aggregate stands where none is allowed.', 'Use HAVING, or a subquery.'],
  [
    /cannot contain window functions|window functions are not allowed/i,
    'query.type',
    'A window function stands where none is allowed.',
    'Use QUALIFY, or a subquery.',
  ],
  [
    /^Set operations can only apply/,
    'query.type',
    'The sides of a set operation have different numbers of columns.',
    'Select as many columns on each side.',
  ],
  [/^Subquery returns \d+ columns/, 'query.type', 'A subquery used as a value has more than one column.', 'Select one column in it.'],
  [
    /^Cannot (mix|combine|compare|unpivot)|^Cannot extract field|^Could not find key/,
    'query.type',
    'A type in this statement does not fit.',
    'Cast the value, or see the field’s name.',
  ],
  [/time travel/, 'query.unsupported', 'One version of each product is read, the current one.', 'Leave AT out.'],
]

function tablesHelp({ tables }: Schema): string {
  const names = tables
    .map(({ id }) => String(id))
    .sort()
    .slice(0, nameBound)
  return names.length === 0
    ? 'Tables are named domain.product.table.'
    : `Tables are named domain.product.table. You may use: ${names.join(', ')}.`
}

/** The engine's candidates first, then the columns of the tables that the text names. Each is the asker's to know. */
function columnsHelp({ candidates, message }: EngineError, sql: string, { tables }: Schema): string {
  const text = sql.toLowerCase()
  const inText = tables.filter(({ id }) => text.replaceAll('"', '').includes(id)).flatMap(({ columns }) => columns.map(({ name }) => name))
  const discoverable = new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name)))
  const suggested = [
    ...(candidates ?? []),
    ...[
      ...message
        .split('Candidate')
        .slice(1)
        .join('')
        .matchAll(/"([^"]+)"/g),
    ].map(match => match[1]!),
  ]
  const known = suggested.map(name => name.split('.').at(-1)!).filter(name => discoverable.has(name))
  const names = [...new Set([...known, ...inText])].slice(0, nameBound)
  return names.length === 0 ? 'See the names that you may use: DESCRIBE domain.product.table.' : `You may use: ${names.join(', ')}.`
}
