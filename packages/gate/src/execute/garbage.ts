import { DuckDBArrayType, DuckDBStructType, type DuckDBType } from '@duckdb/node-api'

/** Rows that a vector has room for, whatever it holds. */
const vectorRows = 2_048

/** Bytes that chunks may hold before they are collected: 16 MiB. */
const owedBound = 16_777_216

/**
 * Chunks whose rows are sent. The memory behind one is the engine's: JavaScript sees a small object, and is in no hurry to collect it. Where
 * a chunk holds one row, thousands of them wait, each with room for 2,048.
 */
export class Garbage {
  readonly #chunkBytes: number
  #owed = 0

  constructor(types: readonly DuckDBType[]) {
    this.#chunkBytes = vectorRows * types.reduce((sum, type) => sum + slotBytes(type), 0)
  }

  /** Collects once enough has come together. @param bytes of its values, about */
  add(bytes: number): void {
    this.#owed += this.#chunkBytes + bytes
    if (this.#owed < owedBound) return
    this.#owed = 0
    // A child is started with it; without it, garbage is collected later.
    globalThis.gc?.({ type: 'minor', execution: 'sync' })
  }
}

/** All that nothing refers to, of whatever age. What is behind it is given back when this resolves: finalizers run in a turn of their own. */
export async function collect(): Promise<void> {
  globalThis.gc?.()
  await new Promise(resolve => setImmediate(resolve))
}

/** In a vector, for one row. What lies beside the slot is not known beforehand. */
function slotBytes(type: DuckDBType): number {
  if (type instanceof DuckDBStructType) return type.entryTypes.reduce((sum, entry) => sum + slotBytes(entry), 0)
  if (type instanceof DuckDBArrayType) return type.length * slotBytes(type.valueType)
  return 16
}
