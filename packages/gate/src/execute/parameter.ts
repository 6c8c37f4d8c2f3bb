import type { DuckDBPreparedStatement } from '@duckdb/node-api'
import { SelvageError } from '@selvage/kernel/model'

/** JSON's scalars: text is VARCHAR, a whole number BIGINT, any other number DOUBLE. */
export type ParameterValue = string | number | boolean | null
/** By position (`$1`, `?`) or by name (`$name`). */
export type Parameters = readonly ParameterValue[] | Readonly<Record<string, ParameterValue>>

/**
 * Binds the user's values, and nothing else is ever bound. Each parameter of the statement needs its value.
 * @param exact each value needs its parameter too
 */
export function bindParameters(statement: DuckDBPreparedStatement, parameters: Parameters | undefined, exact: boolean): void {
  const values = valuesByName(parameters)
  const names = parameterNames(statement)
  if (exact && names.length !== values.size) throw new SelvageError('query.parameters', { detail: counts(names.length, values.size) })
  names.forEach((name, i) => {
    const value = values.get(name.toLowerCase())
    if (value === undefined) throw new SelvageError('query.parameters', { detail: counts(names.length, values.size) })
    bindOne(statement, i + 1, value)
  })
}

const counts = (wanted: number, got: number): string =>
  wanted === got
    ? 'A parameter of the statement has no value of its name.'
    : `The statement has ${wanted} parameters and ${got} values were sent.`

/** The engine does not tell upper from lower case in names. */
function valuesByName(parameters: Parameters | undefined): ReadonlyMap<string, ParameterValue> {
  const entries: readonly (readonly [string, ParameterValue])[] = isList(parameters)
    ? parameters.map((value, i) => [String(i + 1), value])
    : Object.entries(parameters ?? {})
  const values = new Map(entries.map(([name, value]) => [name.toLowerCase(), value]))
  if (values.size !== entries.length) throw new SelvageError('query.parameters', { detail: 'Two parameters differ only in case.' })
  return values
}

const isList = (parameters: Parameters | undefined): parameters is readonly ParameterValue[] => Array.isArray(parameters)

function parameterNames(statement: DuckDBPreparedStatement): readonly string[] {
  try {
    return Array.from({ length: statement.parameterCount }, (_, i) => statement.parameterName(i + 1))
  } catch (cause) {
    throw new SelvageError('query.parameters', { detail: 'Parameters are numbered $1, $2 and on, without a gap.', cause })
  }
}

function bindOne(statement: DuckDBPreparedStatement, index: number, value: ParameterValue): void {
  if (value === null) statement.bindNull(index)
  else if (typeof value === 'string') statement.bindVarchar(index, value)
  else if (typeof value === 'boolean') statement.bindBoolean(index, value)
  else if (!Number.isInteger(value)) statement.bindDouble(index, value)
  else if (Number.isSafeInteger(value)) statement.bindBigInt(index, BigInt(value))
  // What JSON's reader did to such a number cannot be seen any more.
  else throw new SelvageError('query.parameters', { detail: 'Send a whole number beyond 2^53 as text, and cast it in the statement.' })
}
