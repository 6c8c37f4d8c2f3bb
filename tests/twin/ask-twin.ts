import { SelvageError } from '@selvage/kernel/model'
import { RowEncoder } from '../../packages/gate/src/execute/encode.ts'
import { parseEngineError } from '../../packages/gate/src/execute/engine-error.ts'
import { failureOf as executeFailure } from '../../packages/gate/src/execute/failure.ts'
import { headerBytes } from '../../packages/gate/src/execute/frame.ts'
import { bindParameters } from '../../packages/gate/src/execute/parameter.ts'
import type { ProtectedColumn } from '../../packages/gate/src/mask/index.ts'
import { failureOf as bindFailure } from '../../packages/gate/src/parser/failure.ts'
import type { Twin } from '../golden/twin.ts'
import type { Printed } from './node.ts'

export const engineFault = 'a fault of the engine'

interface OutcomeColumn {
  readonly name: string
  readonly type: string
  /** Of a gate's answer. */
  readonly protection?: ProtectedColumn['protection']
}

/** What is compared of any answer: the columns and rows, or the code of a refusal. */
export type Outcome =
  | { readonly columns: readonly OutcomeColumn[]; readonly rows: readonly string[] }
  /** `told`: by a gate, the whole problem; else the engine's own text. */
  | { readonly code: string; readonly told?: string }

const patienceMs = 10_000

/** The original text on the twin; what it fails with is named as the gate names failures of the engine. */
export async function askTwin(twin: Twin, { sql, parameters }: Printed): Promise<Outcome> {
  const late = setTimeout(() => twin.connection.interrupt(), patienceMs)
  try {
    const statement = await twin.connection.prepare(sql).catch(error => {
      if (parseEngineError(error).type === 'internal') throw error
      throw bindFailure({ kind: 'engine', error: parseEngineError(error) }, sql, { key: '', tables: [] })
    })
    try {
      bindParameters(statement, parameters, true)
      const result = await statement.stream()
      const encoder = new RowEncoder('\n')
      const parts: Buffer[] = []
      for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk())
        for (const slice of encoder.slices(chunk)) parts.push(slice.subarray(headerBytes), Buffer.from('\n'))
      const rest = encoder.rest()
      if (rest !== undefined) parts.push(rest.subarray(headerBytes))
      const columns = Array.from({ length: result.columnCount }, (_, i) => ({
        name: result.columnName(i),
        type: result.columnType(i).toString(),
      }))
      return {
        columns,
        rows: Buffer.concat(parts)
          .toString('utf8')
          .split('\n')
          .filter(row => row !== ''),
      }
    } finally {
      statement.destroySync()
    }
  } catch (error) {
    if (error instanceof SelvageError) return { code: error.code, told: String(error.options.cause) }
    const engine = parseEngineError(error)
    // A fault of the engine's own ends the child that meets it, so no function that has one may be called.
    if (engine.type === 'internal') return { code: engineFault, told: engine.message }
    // With parameters a text is bound again when their types are known.
    if (['binder', 'catalog', 'parser'].includes(engine.type))
      return {
        code: bindFailure({ kind: 'engine', error: engine }, sql, { key: '', tables: [] }).code,
        told: `${engine.type}: ${engine.message}`,
      }
    return { code: executeFailure({ engine }).error.code, told: `${engine.type}: ${engine.message}` }
  } finally {
    clearTimeout(late)
  }
}
