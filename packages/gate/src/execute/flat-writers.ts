import { DuckDBDecimalType, DuckDBEnumType, DuckDBTypeId, type DuckDBVector } from '@duckdb/node-api'
import type { ByteWriter } from './byte-writer.ts'
import { writeDate, writeInterval, writeOffset, writeTime, writeTimestamp } from './calendar.ts'
import { writeDecimal, writeWide } from './decimal.ts'
import { type Memory, memoryOf, outOfLineBytes } from './vector-memory.ts'

/** Writes the value of one row as JSON. */
export type ColumnWriter = (row: number) => void
export type MakeWriter = (vector: DuckDBVector, out: ByteWriter) => ColumnWriter

/** From flat memory, NULL apart. */
const flat =
  (make: (memory: Memory, out: ByteWriter, vector: DuckDBVector) => ColumnWriter): MakeWriter =>
  (vector, out) => {
    const memory = memoryOf(vector)
    const write = make(memory, out, vector)
    return row => (memory.isNull(row) ? out.ascii('null') : write(row))
  }

/** A value that stands between quotes and needs no escape. */
const quoted = (make: (memory: Memory, out: ByteWriter, vector: DuckDBVector) => ColumnWriter): MakeWriter =>
  flat((memory, out, vector) => {
    const write = make(memory, out, vector)
    return row => {
      out.ascii('"')
      write(row)
      out.ascii('"')
    }
  })

const integer = (read: (view: DataView, row: number) => number): MakeWriter =>
  flat(
    ({ view }, out) =>
      row =>
        out.integer(read(view, row)),
  )

const float = (read: (view: DataView, row: number) => number, text: (value: number) => string): MakeWriter =>
  flat(({ view }, out) => row => {
    const value = read(view, row)
    out.ascii(Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : text(value)) : `"${value}"`)
  })

/** The shortest text that reads back as the same 32-bit number. */
function singleText(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const text = Number(value.toPrecision(digits))
    if (Math.fround(text) === value) return String(text)
  }
  return String(value)
}

const text = flat(({ view, bytes }, out, vector) => {
  const outside = outOfLineBytes(vector)
  return row => {
    out.ascii('"')
    const length = view.getUint32(row * 16, true)
    out.expect(length)
    if (length <= 12) out.escaped(bytes, row * 16 + 4, length)
    else out.escaped(outside(row), 0, length)
    out.ascii('"')
  }
})

const base64 = quoted(({ view }, out, vector) => {
  const outside = outOfLineBytes(vector)
  return row => {
    out.expect(view.getUint32(row * 16, true) * 1.4)
    out.ascii(Buffer.from(outside(row)).toString('base64'))
  }
})

/** The first byte says how many bits of the second one are not used. */
const bits = quoted(({ view }, out, vector) => {
  const outside = outOfLineBytes(vector)
  return row => {
    out.expect(view.getUint32(row * 16, true) * 8)
    const bytes = outside(row)
    for (let bit = bytes[0]! + 8; bit < bytes.length * 8; bit += 1) out.ascii((bytes[bit >> 3]! >> (7 - (bit & 7))) & 1 ? '1' : '0')
  }
})

const uuid = quoted(({ view }, out) => row => {
  // The highest bit is stored turned over, so that the order of numbers is that of the texts.
  const high = view.getBigUint64(row * 16 + 8, true) ^ 0x8000_0000_0000_0000n
  const digits =
    high.toString(16).padStart(16, '0') +
    view
      .getBigUint64(row * 16, true)
      .toString(16)
      .padStart(16, '0')
  out.ascii(`${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`)
})

const decimal = quoted(({ view }, out, vector) => {
  const type = vector.type
  if (!(type instanceof DuckDBDecimalType)) throw new TypeError('a decimal vector without its type')
  const { width, scale } = type
  if (width <= 4) return row => writeDecimal(out, view.getInt16(row * 2, true), scale)
  if (width <= 9) return row => writeDecimal(out, view.getInt32(row * 4, true), scale)
  if (width <= 18) return row => writeDecimal(out, signed64(view, row * 8), scale)
  return row => writeDecimal(out, signed128(view, row * 16), scale)
})

const enumeration = flat((memory, out, vector) => {
  const type = vector.type
  if (!(type instanceof DuckDBEnumType)) throw new TypeError('an enum vector without its type')
  const { view } = memory
  const size = view.byteLength / vector.itemCount
  const read = size === 1 ? (row: number) => view.getUint8(row) : size === 2 ? (row: number) => view.getUint16(row * 2, true) : undefined
  return row => out.raw(Buffer.from(JSON.stringify(type.values[read?.(row) ?? view.getUint32(row * 4, true)])))
})

const infiniteDay = 0x7fffffff
const date = quoted(({ view }, out) => row => {
  const days = view.getInt32(row * 4, true)
  if (Math.abs(days) === infiniteDay) out.ascii(days < 0 ? '-infinity' : 'infinity')
  else writeDate(out, days)
})

const infinite = 0x7fff_ffff_ffff_ffffn
const timestamp = (digits: number, zone: string): MakeWriter =>
  quoted(({ view }, out) => row => {
    const value = signed64(view, row * 8)
    if (value === infinite || value === -infinite) return out.ascii(value < 0 ? '-infinity' : 'infinity')
    writeTimestamp(out, value, digits)
    out.ascii(zone)
  })

const time = (digits: number): MakeWriter =>
  quoted(
    ({ view }, out) =>
      row =>
        writeTime(out, Number(view.getBigInt64(row * 8, true)), digits),
  )

const largestOffset = 57_599
const timeWithZone = quoted(({ view }, out) => row => {
  const packed = view.getBigUint64(row * 8, true)
  writeTime(out, Number(packed >> 24n), 6)
  writeOffset(out, largestOffset - Number(packed & 0xff_ffffn))
})

const interval = quoted(
  ({ view }, out) =>
    row =>
      writeInterval(out, view.getInt32(row * 16, true), view.getInt32(row * 16 + 4, true), view.getBigInt64(row * 16 + 8, true)),
)

/** A number where it is exact as one. */
function signed64(view: DataView, at: number): number | bigint {
  const high = view.getInt32(at + 4, true)
  return high < 0x20_0000 && high >= -0x20_0000 ? high * 0x1_0000_0000 + view.getUint32(at, true) : view.getBigInt64(at, true)
}

function signed128(view: DataView, at: number): number | bigint {
  const high = view.getBigInt64(at + 8, true)
  const low = view.getUint32(at + 4, true)
  if (high === 0n && low < 0x20_0000) return low * 0x1_0000_0000 + view.getUint32(at, true)
  return (high << 64n) | view.getBigUint64(at, true)
}

/** By type, for all that hold no other values. */
export const flatWriters: ReadonlyMap<DuckDBTypeId, MakeWriter> = new Map<DuckDBTypeId, MakeWriter>([
  [
    DuckDBTypeId.BOOLEAN,
    flat(
      ({ bytes }, out) =>
        row =>
          out.ascii(bytes[row] === 0 ? 'false' : 'true'),
    ),
  ],
  [DuckDBTypeId.TINYINT, integer((view, row) => view.getInt8(row))],
  [DuckDBTypeId.SMALLINT, integer((view, row) => view.getInt16(row * 2, true))],
  [DuckDBTypeId.INTEGER, integer((view, row) => view.getInt32(row * 4, true))],
  [DuckDBTypeId.UTINYINT, integer((view, row) => view.getUint8(row))],
  [DuckDBTypeId.USMALLINT, integer((view, row) => view.getUint16(row * 2, true))],
  [DuckDBTypeId.UINTEGER, integer((view, row) => view.getUint32(row * 4, true))],
  [
    DuckDBTypeId.BIGINT,
    quoted(
      ({ view }, out) =>
        row =>
          writeWide(out, signed64(view, row * 8)),
    ),
  ],
  [
    DuckDBTypeId.UBIGINT,
    quoted(
      ({ view }, out) =>
        row =>
          writeWide(out, view.getBigUint64(row * 8, true)),
    ),
  ],
  [
    DuckDBTypeId.HUGEINT,
    quoted(
      ({ view }, out) =>
        row =>
          writeWide(out, signed128(view, row * 16)),
    ),
  ],
  [
    DuckDBTypeId.UHUGEINT,
    quoted(
      ({ view }, out) =>
        row =>
          writeWide(out, BigInt.asUintN(128, BigInt(signed128(view, row * 16)))),
    ),
  ],
  [DuckDBTypeId.BIGNUM, quoted((_, out, vector) => row => out.ascii(String(vector.getItem(row))))],
  [DuckDBTypeId.FLOAT, float((view, row) => view.getFloat32(row * 4, true), singleText)],
  [DuckDBTypeId.DOUBLE, float((view, row) => view.getFloat64(row * 8, true), String)],
  [DuckDBTypeId.DECIMAL, decimal],
  [DuckDBTypeId.VARCHAR, text],
  [DuckDBTypeId.ENUM, enumeration],
  [DuckDBTypeId.BLOB, base64],
  [DuckDBTypeId.BIT, bits],
  [DuckDBTypeId.UUID, uuid],
  [DuckDBTypeId.DATE, date],
  [DuckDBTypeId.TIMESTAMP, timestamp(6, '')],
  [DuckDBTypeId.TIMESTAMP_TZ, timestamp(6, 'Z')],
  [DuckDBTypeId.TIMESTAMP_S, timestamp(0, '')],
  [DuckDBTypeId.TIMESTAMP_MS, timestamp(3, '')],
  [DuckDBTypeId.TIMESTAMP_NS, timestamp(9, '')],
  [DuckDBTypeId.TIME, time(6)],
  [DuckDBTypeId.TIME_NS, time(9)],
  [DuckDBTypeId.TIME_TZ, timeWithZone],
  [DuckDBTypeId.INTERVAL, interval],
])
