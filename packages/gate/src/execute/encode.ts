import type { DuckDBDataChunk } from '@duckdb/node-api'
import { ByteWriter } from './byte-writer.ts'
import { columnWriter } from './column-writer.ts'
import { headerBytes } from './frame.ts'
import { engineFrameBound, sliceBytes } from './message.ts'

/** Whole rows with separators between them and none at the end; room for a frame's header lies in front. */
export type Slice = Buffer

/** Rows as JSON arrays, in slices of about 64 KiB. */
export class RowEncoder {
  rows = 0
  /** Of rows and the separators between them, over all slices. */
  bytes = 0
  readonly #separator: string
  readonly #out: ByteWriter

  constructor(separator: ',' | '\n') {
    this.#separator = separator
    this.#out = new ByteWriter({ size: sliceBytes + 4_096, start: headerBytes, most: engineFrameBound })
  }

  /** Gives the slices that the chunk fills; what remains is kept for the next chunk or for `rest`. */
  *slices(chunk: DuckDBDataChunk): Generator<Slice> {
    const out = this.#out
    const columns = Array.from({ length: chunk.columnCount }, (_, i) => columnWriter(chunk.getColumnVector(i), out))
    for (let row = 0; row < chunk.rowCount; row += 1) {
      if (out.length > headerBytes) out.ascii(this.#separator)
      out.ascii('[')
      for (let i = 0; i < columns.length; i += 1) {
        if (i > 0) out.ascii(',')
        columns[i]!(row)
      }
      out.ascii(']')
      this.rows += 1
      if (out.length >= sliceBytes) yield this.#take()
    }
  }

  /** What is held, though it fills no slice. */
  rest(): Slice | undefined {
    return this.#out.length > headerBytes ? this.#take() : undefined
  }

  #take(): Slice {
    this.bytes += this.#out.length - headerBytes
    return this.#out.take()
  }
}
