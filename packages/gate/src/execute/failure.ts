import { type Code, type ErrorOptions, errorTable, SelvageError } from '@selvage/kernel/model'

/** What a failed statement is to whoever asked, and whether its child can be used again. */
export interface Failure {
  readonly error: SelvageError
  readonly childUsable: boolean
  /** It left too little memory for another one, or goes on. */
  readonly worn: boolean
}

/** By what the engine calls them, in lower case. Whatever is not listed ends the child. */
const codes: Readonly<Record<string, Code>> = {
  conversion: 'query.data',
  'out of range': 'query.data',
  'invalid input': 'query.data',
  'mismatch type': 'query.data',
  'invalid type': 'query.data',
  'divide by zero': 'query.data',
  // Of LIKE's escape sign, met in a row. What cannot be parsed is `parser`.
  syntax: 'query.data',
  decimal: 'query.data',
  'value out of range': 'query.data',
  sequence: 'query.data',
  'object size': 'query.data',
  'invalid configuration': 'engine.refused',
  'parameter not resolved': 'query.parameters',
  'parameter not allowed': 'query.parameters',
  'not implemented': 'query.unsupported',
  'out of memory': 'limit.memory',
  interrupt: 'engine.cancelled',
  // Of the rewritten text. What a function says of its arguments once it runs is the asker's.
  binder: 'engine.refused',
  catalog: 'engine.refused',
  parser: 'engine.refused',
  permission: 'engine.refused',
}

/**
 * @param message of a child: its shape is not trusted
 * @param strict what the engine cannot plan with secured relations in CTEs is then a limit of the door, not a fault
 */
export function failureOf(message: unknown, strict = false): Failure {
  const { code, detail, help, cause, engine, running, worn: left } = fieldsOf(message)
  const worn = left === true
  if (isCode(code)) {
    const options: ErrorOptions = { ...textOf('detail', detail), ...textOf('help', help), ...textOf('cause', cause) }
    return { error: new SelvageError(code, options), childUsable: !worn, worn }
  }
  const { type, message: text } = fieldsOf(engine)
  const complains = type === 'binder' && running === true
  const known = complains ? 'query.type' : Object.hasOwn(codes, String(type)) ? codes[String(type)] : undefined
  // The text of an error in the data holds values: the operator is told its kind alone.
  const reason = known === 'query.data' ? String(type) : `${String(type)}: ${redacted(String(text))}`
  // What it took may not have been given back: the next statement is not to pay for it.
  const childUsable = known !== undefined && known !== 'limit.memory' && !worn
  const options = { cause: new Error(reason) }
  const unplanned = running === true ? undefined : findUnplanned(String(type), String(text), strict)
  if (unplanned !== undefined) return { error: new SelvageError('query.unsupported', { ...unplanned, ...options }), childUsable, worn }
  return { error: new SelvageError(known ?? 'engine.unavailable', options), childUsable, worn }
}

/** Of memory, and not of what may be spilled to disk. @param error of `failureOf`, or of a child that ended */
export const isOfMemory = (error: unknown): boolean =>
  error instanceof SelvageError && error.code === 'limit.memory' && !String(error.options.cause).includes('failed to offload')

const asJoin = 'Write it as a join, or without columns from around it.'
const ofStrict = {
  detail:
    'Where a product is kept strictly, a subquery that uses columns from around it takes no ANY, ALL, sample or LIMIT of a share, and no SEMI, ANTI, FULL or POSITIONAL join.',
  help: asJoin,
}
const ofAny = { detail: 'The engine has no plan for a subquery of this statement that uses columns from around it.', help: asJoin }

/** How the engine (1.5.6) fails to unnest a correlated subquery: over CTEs in more ways, and by a fault of its own wherever. */
function findUnplanned(type: string, text: string, strict: boolean): typeof ofAny | undefined {
  const isFault = type === 'internal' && text.startsWith('Failed to bind column reference')
  if (!strict) return isFault ? ofAny : undefined
  const isRefused = type === 'not implemented' || (['binder', 'parser'].includes(type) && /correlated subquer(y|ies)/i.test(text))
  return isRefused || isFault ? ofStrict : undefined
}

const isCode = (value: unknown): value is Code => typeof value === 'string' && Object.hasOwn(errorTable, value)

const textOf = (name: string, value: unknown): object => (typeof value === 'string' ? { [name]: value } : {})

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null ? { ...value } : {})

/** Without what stands in quotes, and without numbers: those may be values. */
const redacted = (text: string): string =>
  text
    .replace(/'[^']*'?|"[^"]*"?/g, '…')
    .replace(/\d+/g, '#')
    .slice(0, 500)
