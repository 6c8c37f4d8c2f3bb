import { DuckDBBlobVector, DuckDBListVector, DuckDBStructVector, DuckDBVector } from '@duckdb/node-api'

/**
 * The one file that reads what `@duckdb/node-api` keeps private: the memory behind a vector, which its public
 * accessors turn into an object per value. Its version is pinned; a field that is not there, or not what it was,
 * throws, and the child ends rather than guess.
 */
export interface Memory {
  readonly view: DataView
  readonly bytes: Uint8Array
  readonly isNull: (row: number) => boolean
}

export function memoryOf(vector: DuckDBVector): Memory {
  const memory = innerOf(vector, 'dataView') ?? innerOf(vector, 'items') ?? innerOf(vector, 'entryData')
  if (!ArrayBuffer.isView(memory)) throw new TypeError('a vector without memory')
  const { buffer, byteOffset, byteLength } = memory
  return {
    view: new DataView(buffer, byteOffset, byteLength),
    bytes: new Uint8Array(buffer, byteOffset, byteLength),
    isNull: nullsOf(vector),
  }
}

const never = (): boolean => false

/** A set bit is a value; no bits at all are values everywhere. */
export function nullsOf(vector: DuckDBVector): (row: number) => boolean {
  const validity = innerOf(vector, 'validity')
  if (typeof validity !== 'object' || validity === null) throw new TypeError('a vector without validity')
  if (innerOf(validity, 'offset') !== 0) throw new TypeError('a vector that is a slice')
  const bits = innerOf(validity, 'data')
  if (bits === null) return never
  if (!(bits instanceof BigUint64Array)) throw new TypeError('validity without bits')
  const bytes = new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength)
  return row => (bytes[row >> 3]! & (1 << (row & 7))) === 0
}

/** Bytes of the strings, blobs and bits that do not fit into their slot of 16. */
export function outOfLineBytes(vector: DuckDBVector): (row: number) => Uint8Array {
  const { view } = memoryOf(vector)
  type Arguments = ConstructorParameters<typeof DuckDBBlobVector>
  const validity = innerOf(vector, 'validity') as Arguments[1]
  const handle = innerOf(vector, 'vector') as Arguments[2]
  const blobs = new DuckDBBlobVector(view, validity, handle, 0, vector.itemCount)
  return row => blobs.getItemBytes(row) ?? new Uint8Array()
}

export const listInside = (vector: DuckDBVector): DuckDBListVector => innerVector(vector, 'listVector', DuckDBListVector)
export const structInside = (vector: DuckDBVector): DuckDBStructVector => innerVector(vector, 'structVector', DuckDBStructVector)
export const arrayChild = (vector: DuckDBVector): DuckDBVector => innerVector(vector, 'childData', DuckDBVector)

function innerVector<T>(owner: object, field: string, type: abstract new (...args: never[]) => T): T {
  const value = innerOf(owner, field)
  if (!(value instanceof type)) throw new TypeError(`a vector without ${field}`)
  return value
}

const innerOf = (owner: object, field: string): unknown => Reflect.get(owner, field)
