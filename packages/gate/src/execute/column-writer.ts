import {
  DuckDBArrayType,
  DuckDBListVector,
  DuckDBStructType,
  DuckDBStructVector,
  DuckDBTypeId,
  DuckDBUnionType,
  type DuckDBVector,
} from '@duckdb/node-api'
import { SelvageError } from '@selvage/kernel/model'
import type { ByteWriter } from './byte-writer.ts'
import { type ColumnWriter, flatWriters, type MakeWriter } from './flat-writers.ts'
import { arrayChild, listInside, memoryOf, nullsOf, structInside } from './vector-memory.ts'

/** The encoding of DESIGN section 12, straight from a chunk's memory. Throws `query.unsupported` for a type that has none. */
export function columnWriter(vector: DuckDBVector, out: ByteWriter): ColumnWriter {
  const { typeId } = vector.type
  const make = flatWriters.get(typeId) ?? nestedWriters.get(typeId)
  if (make === undefined)
    throw new SelvageError('query.unsupported', { detail: 'A column of the result has a type that cannot be sent. Cast it to VARCHAR.' })
  return make(vector, out)
}

const list: MakeWriter = (vector, out) => {
  if (!(vector instanceof DuckDBListVector)) throw new TypeError('a list without its vector')
  return listWriter(vector, vector, columnWriter(vector.childVector, out), out)
}

const map: MakeWriter = (vector, out) => {
  const inside = listInside(vector)
  const { childVector } = inside
  if (!(childVector instanceof DuckDBStructVector)) throw new TypeError('a map without its entries')
  const key = columnWriter(childVector.entryVectorAt(0), out)
  const value = columnWriter(childVector.entryVectorAt(1), out)
  return listWriter(
    inside,
    inside,
    row => {
      out.ascii('[')
      key(row)
      out.ascii(',')
      value(row)
      out.ascii(']')
    },
    out,
  )
}

function listWriter(vector: DuckDBListVector, nulls: DuckDBVector, item: ColumnWriter, out: ByteWriter): ColumnWriter {
  const isNull = nullsOf(nulls)
  return row => (isNull(row) ? out.ascii('null') : writeItems(out, item, vector.getEntryOffset(row), vector.getEntryLength(row)))
}

const array: MakeWriter = (vector, out) => {
  const { type } = vector
  if (!(type instanceof DuckDBArrayType)) throw new TypeError('an array without its type')
  const item = columnWriter(arrayChild(vector), out)
  const isNull = nullsOf(vector)
  return row => (isNull(row) ? out.ascii('null') : writeItems(out, item, row * type.length, type.length))
}

function writeItems(out: ByteWriter, item: ColumnWriter, from: number, count: number): void {
  out.ascii('[')
  for (let i = 0; i < count; i += 1) {
    if (i > 0) out.ascii(',')
    item(from + i)
  }
  out.ascii(']')
}

/** An object; an array where the entries have no names, as in `ROW(1, 2)`. */
const struct: MakeWriter = (vector, out) => {
  if (!(vector instanceof DuckDBStructVector) || !(vector.type instanceof DuckDBStructType))
    throw new TypeError('a struct without its vector')
  const names = vector.type.entryNames
  const named = names.some(name => name !== '')
  const entries = names.map((name, i) => ({
    label: Buffer.from(`${i > 0 ? ',' : ''}${named ? `${JSON.stringify(name)}:` : ''}`),
    write: columnWriter(vector.entryVectorAt(i), out),
  }))
  return row => {
    if (!vector.isItemValid(row)) return out.ascii('null')
    out.ascii(named ? '{' : '[')
    for (const { label, write } of entries) {
      out.raw(label)
      write(row)
    }
    out.ascii(named ? '}' : ']')
  }
}

/** An object with the one member that is set. */
const union: MakeWriter = (vector, out) => {
  const { type } = vector
  if (!(type instanceof DuckDBUnionType)) throw new TypeError('a union without its type')
  const inside = structInside(vector)
  const tags = memoryOf(inside.entryVectorAt(0))
  const members = type.memberTags.map((tag, i) => ({
    label: Buffer.from(`{${JSON.stringify(tag)}:`),
    write: columnWriter(inside.entryVectorAt(i + 1), out),
  }))
  return row => {
    const member = inside.isItemValid(row) && !tags.isNull(row) ? members[tags.bytes[row]!] : undefined
    if (member === undefined) return out.ascii('null')
    out.raw(member.label)
    member.write(row)
    out.ascii('}')
  }
}

const nestedWriters = new Map<DuckDBTypeId, MakeWriter>([
  [DuckDBTypeId.LIST, list],
  [DuckDBTypeId.MAP, map],
  [DuckDBTypeId.ARRAY, array],
  [DuckDBTypeId.STRUCT, struct],
  [DuckDBTypeId.UNION, union],
])
