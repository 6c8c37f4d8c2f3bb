import { DuckDBDataChunk, VARCHAR } from '@duckdb/node-api'
import type { Session } from './session.ts'

/** Some texts of several columns: one array for each column, all of one length. */
export type TextBatch = readonly (readonly (string | null)[])[]

export interface TextQuery {
  readonly columns: readonly string[]
  readonly from: string
  /** All rows of a table in their order; else each row of texts once. */
  readonly ordered: boolean
}

/** Characters that are held at once: a text may be as long as a record. */
const batchLength = 4_194_304

/**
 * Reads texts a batch at a time. The binding's decoder drops a byte order mark at the beginning of a text, so that two
 * texts would become one; behind a character of ours it does not.
 */
export async function* streamTexts({ connection }: Session, { columns, from, ordered }: TextQuery): AsyncGenerator<TextBatch> {
  const texts = columns.map(column => `'_' || ${column}`).join(', ')
  const result = await connection.stream(ordered ? `SELECT ${texts}, rowid FROM ${from}` : `SELECT DISTINCT ${texts} FROM ${from}`)
  let rows = 0n
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const last = rows + BigInt(chunk.rowCount) - 1n
    const place = ordered ? chunk.getColumnVector(columns.length) : undefined
    if (place !== undefined && (place.getItem(0) !== rows || place.getItem(chunk.rowCount - 1) !== last))
      throw new Error('rows came out of order')
    rows = last + 1n
    yield* batchesOf(chunk, columns.length)
    // Lets the end of stdin, by which the gate's death is noticed, be seen.
    await new Promise(resolve => setImmediate(resolve))
  }
}

function* batchesOf(chunk: DuckDBDataChunk, width: number): Generator<TextBatch> {
  const vectors = Array.from({ length: width }, (_, column) => chunk.getColumnVector(column))
  let batch: (string | null)[][] = vectors.map(() => [])
  let length = 0
  for (let row = 0; row < chunk.rowCount; row += 1) {
    for (const [column, vector] of vectors.entries()) {
      const text = vector.getItem(row) as string | null
      batch[column]!.push(text === null ? null : text.slice(1))
      length += text?.length ?? 0
    }
    if (length < batchLength) continue
    yield batch
    batch = vectors.map(() => [])
    length = 0
  }
  if (batch[0]!.length > 0) yield batch
}

/** Adds rows of texts to a table. */
export async function appendTexts({ second }: Session, table: string, batches: AsyncIterable<TextBatch>): Promise<void> {
  const appender = await second.createAppender(table)
  let held = 0
  for await (const batch of batches) {
    const chunk = DuckDBDataChunk.create(
      batch.map(() => VARCHAR),
      batch[0]!.length,
    )
    batch.forEach((texts, column) => {
      chunk.setColumnValues(column, texts)
    })
    appender.appendDataChunk(chunk)
    // The appender itself counts rows, not bytes.
    held += lengthOf(batch)
    if (held < batchLength) continue
    appender.flushSync()
    held = 0
  }
  appender.closeSync()
}

function lengthOf(batch: TextBatch): number {
  let length = 0
  for (const texts of batch) for (const text of texts) length += text?.length ?? 0
  return length
}
