import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CsvFault } from './fault.ts'
import { parseHeader, splitHeader } from './header.ts'
import { CsvScanner, csvBounds } from './scanner.ts'
import { findBrokenUtf8, openTail } from './utf8.ts'

interface Scan {
  readonly scanner: CsvScanner
  readonly shifts: [number, number][]
}

function scan(file: string | Uint8Array, { delimiter = ',', cut = 1_000 } = {}): Scan {
  const bytes = Buffer.from(file)
  const header = parseHeader(bytes)
  const shifts: [number, number][] = []
  const scanner = new CsvScanner({
    delimiter,
    fields: splitHeader(header.line, delimiter).length,
    offset: header.length,
    lineEnd: header.lineEnd,
    onShift: (before, extra) => shifts.push([before, extra]),
  })
  for (let at = header.length; at < bytes.length; ) {
    const part = bytes.subarray(at, at + cut)
    const whole = at + cut >= bytes.length ? part.length : part.length - openTail(part)
    scanner.push(part.subarray(0, whole))
    at += whole
  }
  scanner.end()
  return { scanner, shifts }
}

function faultOf(work: () => unknown): { what: string; line: number; byte: number; field?: number } {
  try {
    work()
  } catch (error) {
    if (error instanceof CsvFault) return { what: error.message, ...error.place }
    throw error
  }
  throw new Error('no fault')
}

describe('CsvScanner', () => {
  it('counts records and the bytes of each field', () => {
    const { scanner } = scan('a,b\n1,é\n"x,""y",\n\n')
    expect(scanner.records).toBe(2)
    expect([...scanner.contentBytes]).toEqual([5, 2])
  })

  it('takes CR LF, a byte order mark, and a last line without an end', () => {
    expect(scan('\ufeffa;b\r\n1;2\r\n3;4', { delimiter: ';' }).scanner.records).toBe(2)
  })

  it('says where records of several lines move the later ones', () => {
    expect(scan('a,b\n1,"x\ny\nz"\n2,3\n"p\nq",4\n').shifts).toEqual([
      [1, 2],
      [3, 3],
    ])
  })

  it('reads an empty line as an empty field where there is one field only', () => {
    expect(scan('a\n1\n\n2\n').scanner.records).toBe(3)
  })

  it.each([
    ['a,b\n1,2\n3\n', 'the record has 1 of 2 fields', { line: 3, byte: 2 }],
    ['a,b\n1,2,3\n', 'the record has more than 2 fields', { line: 2, byte: 6 }],
    ['a,b\n1,2\n3', 'the last line is cut off: it has 1 of 2 fields and no line end', { line: 3, byte: 2, field: 0 }],
    ['a,b\n1,"2\n3,4\n', 'the file ends inside of a quoted field that begins here', { line: 2, byte: 3, field: 1 }],
    ['a,b\r\n1,2\r', 'the file ends in the middle of a line end', { line: 2, byte: 5, field: 1 }],
    ['a,b\n1,5" pipe\n', 'a quote stands inside of a field without quotes', { line: 2, byte: 4, field: 1 }],
    ['a,b\n"1" ,2\n', 'a field goes on after its closing quote', { line: 2, byte: 4, field: 0 }],
    ['a,b\n\n1,2\n', 'the line is empty', { line: 2, byte: 1 }],
    ['a,b\n1,2\r\n', 'the line ends in CR LF, the first line in LF', { line: 2, byte: 5, field: 1 }],
    ['a,b\r\n1,2\n', 'the line ends in LF, the first line in CR LF', { line: 2, byte: 4, field: 1 }],
    ['a,b\n1\r,2\n', 'a carriage return without a line feed stands outside of quotes', { line: 2, byte: 3, field: 0 }],
    ['a,b\n1,\0\n', 'a byte 0 stands in the text', { line: 2, byte: 3, field: 1 }],
    ['a,b\n1,"x\n\0"\n', 'a byte 0 stands in the text', { line: 3, byte: 1, field: 1 }],
  ])('refuses %j', (file, what, place) => {
    for (const cut of [1, 2, 1_000]) expect(faultOf(() => scan(file, { cut }))).toEqual({ what, ...place })
  })

  it('finds broken UTF-8 by line and byte', () => {
    const file = Buffer.concat([Buffer.from('a,b\n1,2\nZo'), Buffer.from([0xeb]), Buffer.from(',3\n')])
    expect(faultOf(() => scan(file))).toEqual({ what: 'the byte 0xEB is not UTF-8', line: 3, byte: 3, field: 0 })
  })

  it('finds a character that the end of the file cuts off', () => {
    const file = Buffer.from('a,b\n1,é').subarray(0, -1)
    expect(faultOf(() => scan(file))).toMatchObject({ what: 'the byte 0xC3 is not UTF-8', line: 2, byte: 3 })
  })

  it('bounds a record', () => {
    const long = `a,b\n1,"${'x\n'.repeat(csvBounds.record / 2)}"\n`
    expect(faultOf(() => scan(long, { cut: 65_536 }))).toMatchObject({ line: 2, what: expect.stringContaining('longer than') })
  })

  it('gives the same in whatever pieces the file comes', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '漢', '😀', '"', ',', '\n', '\r\n', ' '), maxLength: 6 })
    const rows = fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 })
    fc.assert(
      fc.property(rows, fc.integer({ min: 4, max: 40 }), (records, cut) => {
        const text = `a,b,c\n${records.map(cells => `${cells.map(quote).join(',')}\n`).join('')}`
        const whole = scan(text)
        const pieces = scan(text, { cut })
        expect(whole.scanner.records).toBe(records.length)
        expect([...whole.scanner.contentBytes]).toEqual([0, 1, 2].map(field => sum(records.map(cells => Buffer.byteLength(cells[field]!)))))
        expect([...pieces.scanner.contentBytes]).toEqual([...whole.scanner.contentBytes])
        expect(pieces.shifts).toEqual(whole.shifts)
      }),
    )
  })
})

const quote = (cell: string): string => `"${cell.replaceAll('"', '""')}"`
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

describe('findBrokenUtf8', () => {
  it('agrees with the decoder of the platform on random bytes', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    const isWhole = (bytes: Uint8Array): boolean => {
      try {
        decoder.decode(bytes)
        return true
      } catch {
        return false
      }
    }
    const byte = fc.oneof(
      fc.constantFrom(0x41, 0x80, 0xbf, 0xc3, 0xa9, 0xe0, 0xe2, 0x82, 0xac, 0xed, 0xa0, 0xf0, 0x9f, 0x98, 0xf4, 0xff),
      fc.nat(255),
    )
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), array => {
        const bytes = Uint8Array.from(array)
        const broken = findBrokenUtf8(bytes)
        expect(broken === undefined).toBe(isWhole(bytes))
        // What stands before is whole, and nothing that could follow makes the rest so.
        if (broken !== undefined) expect(isWhole(bytes.subarray(0, broken))).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('parseHeader', () => {
  it.each([
    [Buffer.alloc(0), 'the file is empty'],
    [Buffer.from('\ufeff'), 'the file is empty'],
    [Buffer.from('\ufeffa,b\n', 'utf16le'), 'the file is not UTF-8; it looks like UTF-16'],
    [Buffer.from('a,b\n', 'utf16le'), 'the file is not UTF-8; it looks like UTF-16'],
    [Buffer.from([0x61, 0xe9, 0x0a]), 'the byte 0xE9 is not UTF-8'],
    [Buffer.alloc(csvBounds.record, 'a'), 'the first line is too long'],
  ])('refuses header %#', (head, what) => {
    expect(faultOf(() => parseHeader(head))).toMatchObject({ what, line: 1 })
  })

  it.each([
    ['a"b,c', 'a quote stands inside of a field without quotes'],
    ['"a,b', 'a quoted field of the first line does not end'],
    ['"a"b,c', 'a field goes on after its closing quote'],
    ['a\rb', 'a carriage return stands alone'],
    ['a,'.repeat(csvBounds.fields), `the first line has more than ${csvBounds.fields} fields`],
  ])('refuses the line %#', (line, what) => {
    expect(faultOf(() => splitHeader(line, ','))).toMatchObject({ what, line: 1 })
  })

  it('reads quoted names', () => {
    expect(splitHeader('"a ""b""",,c', ',')).toEqual(['a "b"', '', 'c'])
  })
})
