import type { DuckDBPreparedStatement, DuckDBResult } from '@duckdb/node-api'
import { SelvageError } from '@selvage/kernel/model'
import type { openPipe } from './child-pipe.ts'
import { RowEncoder, type Slice } from './encode.ts'
import { headerBytes, writeHeader } from './frame.ts'
import { Garbage } from './garbage.ts'
import type { KeptStatements } from './kept-statements.ts'
import { type EndedMessage, fromEngine, type ResultBounds, type ResultColumn, type RunMessage, window } from './message.ts'
import { bindParameters } from './parameter.ts'
import type { PlanCheck } from './plan-check.ts'

type Counts = Omit<EndedMessage, 'worn'>
type Send = ReturnType<typeof openPipe>['send']

/** Rows that come slowly are not held back longer than this. */
const patienceMs = 100

/**
 * One statement inside the child. It produces only while the gate takes: a slice costs one of the `window`
 * permits, and `more` gives one back.
 */
export class StatementRun {
  readonly #send: Send
  #permits = window
  #wake: (() => void) | undefined
  #cancelled = false
  #planned = false
  readonly #kept: KeptStatements
  readonly #bounds: ResultBounds

  constructor(send: Send, kept: KeptStatements, bounds: ResultBounds) {
    this.#bounds = bounds
    this.#send = send
    this.#kept = kept
  }

  more(): void {
    this.#permits += 1
    this.#wake?.()
  }

  cancel(): void {
    this.#cancelled = true
    this.#kept.connection.interrupt()
    this.#wake?.()
  }

  /** What fails from now on fails over the data, not over the text. */
  get planned(): boolean {
    return this.#planned
  }

  /** After a failure, what is kept is not to be used again. */
  async run(plans: PlanCheck, message: RunMessage): Promise<Counts> {
    const { sql, parameters } = message
    this.#stopIfCancelled()
    await plans.check(this.#kept.connection, message)
    this.#stopIfCancelled()
    const statement = await this.#kept.prepare(sql, parameters)
    try {
      const counts = await this.#stream(statement, message)
      this.#kept.keep(sql, parameters, statement)
      return counts
    } catch (error) {
      statement.destroySync()
      throw error
    }
  }

  async #stream(statement: DuckDBPreparedStatement, { parameters, separator }: RunMessage): Promise<Counts> {
    bindParameters(statement, parameters, false)
    this.#stopIfCancelled()
    this.#planned = true
    const result = await statement.stream()
    this.#stopIfCancelled()
    this.#send(fromEngine.columns, { columns: columnsOf(result) })
    return this.#sendRows(result, new RowEncoder(separator))
  }

  async #sendRows(result: DuckDBResult, encoder: RowEncoder): Promise<Counts> {
    const streams = result.isStreaming
    const garbage = new Garbage(result.columnTypes())
    let last = Date.now()
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const before = encoder.bytes
      for (const slice of encoder.slices(chunk)) {
        this.#stopIfTooMuch(encoder)
        await this.#sendSlice(slice)
        last = Date.now()
      }
      this.#stopIfTooMuch(encoder)
      garbage.add(encoder.bytes - before)
      if (Date.now() - last > patienceMs) {
        await this.#sendSlice(encoder.rest())
        last = Date.now()
      }
      this.#stopIfCancelled()
    }
    // A stream that fails midway ends like one that is done; the result only stops saying that it streams.
    if (streams && !result.isStreaming) throw new SelvageError('query.data', { detail: 'The statement failed after a part of its rows.' })
    this.#stopIfCancelled()
    await this.#sendSlice(encoder.rest())
    return { rows: encoder.rows, bytes: encoder.bytes }
  }

  async #sendSlice(slice: Slice | undefined): Promise<void> {
    if (slice === undefined) return
    while (this.#permits === 0) {
      this.#stopIfCancelled()
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    this.#stopIfCancelled()
    this.#permits -= 1
    writeHeader(slice, fromEngine.rows, slice.length - headerBytes)
    process.stdout.write(slice)
  }

  #stopIfTooMuch({ rows, bytes }: RowEncoder): void {
    const bound = this.#bounds
    if (rows > bound.rows) throw tooMuch(`A statement may give ${bound.rows} rows.`)
    if (bytes > bound.bytes) throw tooMuch(`A statement may give ${bound.bytes} bytes.`)
  }

  #stopIfCancelled(): void {
    if (this.#cancelled) throw new SelvageError('engine.cancelled')
  }
}

const tooMuch = (detail: string): SelvageError => new SelvageError('limit.rows', { detail, help: 'Add a LIMIT, or aggregate.' })

const columnsOf = (result: DuckDBResult): readonly ResultColumn[] =>
  Array.from({ length: result.columnCount }, (_, i) => ({ name: result.columnName(i), type: result.columnType(i).toString() }))
