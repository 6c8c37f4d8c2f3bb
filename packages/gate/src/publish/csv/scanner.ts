import { brokenEncoding, CsvFault, lineEndHelp } from './fault.ts'
import { findBrokenUtf8 } from './utf8.ts'

/** Bytes of one record, fields of one record. */
export const csvBounds = { record: 1_048_576, fields: 4_096 }

export interface ScannerOptions {
  /** One ASCII character. */
  readonly delimiter: string
  /** Fields that the header has, and that each record must have. */
  readonly fields: number
  /** Bytes before the first record, all of them on line 1. */
  readonly offset: number
  /** Length of the header's line end. */
  readonly lineEnd: 0 | 1 | 2
  /** Called after a record of several lines: all later records stand `extra` lines below where their number would put them. */
  readonly onShift: (recordsBefore: number, extra: number) => void
}

const plain = 0
const delimiterByte = 1
const lineFeed = 2
const carriageReturn = 3
const quote = 4
const nul = 5

type State = 'start' | 'plain' | 'quoted' | 'closed' | 'return'

/**
 * Reads CSV as RFC 4180 has it, strictly, and keeps nothing but counts: the records, the bytes of content of each
 * field, the line. What passes here has one reading only, so that the engine's own reader, which is laxer, cannot
 * read it otherwise; the counts prove that it did not. attacker-controlled: every byte.
 */
export class CsvScanner {
  readonly #options: ScannerOptions
  readonly #kinds = new Uint8Array(256)
  /** Bytes of content of each field over all records: quotes around and doubled quotes are not content. */
  readonly contentBytes: Float64Array
  records = 0
  #state: State = 'start'
  #field = 0
  #at: number
  #line = 2
  #lineStart: number
  #recordLine = 2
  #recordStart: number
  #fieldStart: number
  /** Bytes of the field that are no content. */
  #overhead = 0
  /** Where the open quoted field begins. */
  #quoted = { line: 0, byte: 0, field: 0 }
  #extra = 0
  /** An empty line was seen: only others may follow. */
  #emptyLine = 0

  constructor(options: ScannerOptions) {
    this.#options = options
    this.contentBytes = new Float64Array(options.fields)
    this.#at = this.#lineStart = this.#recordStart = this.#fieldStart = options.offset
    this.#kinds[options.delimiter.charCodeAt(0)] = delimiterByte
    this.#kinds[0x0a] = lineFeed
    this.#kinds[0x0d] = carriageReturn
    this.#kinds[0x22] = quote
    this.#kinds[0x00] = nul
  }

  /** The next bytes of the file, cut between two characters. */
  push(bytes: Buffer): void {
    const broken = findBrokenUtf8(bytes)
    this.#scan(broken === undefined ? bytes : bytes.subarray(0, broken))
    if (broken !== undefined) throw brokenEncoding(bytes[broken]!, this.#place())
    if (this.#at - this.#recordStart > csvBounds.record) throw this.#tooLong()
  }

  /** After the last byte. */
  end(): void {
    if (this.#state === 'quoted') throw this.#endsInsideQuotes()
    if (this.#state === 'return') throw this.#fault('the file ends in the middle of a line end', truncatedHelp)
    if (this.#recordStart === this.#at) return
    if (this.#field + 1 < this.#options.fields)
      throw this.#fault(`the last line is cut off: it has ${this.#fieldCount(this.#field + 1)} and no line end`, truncatedHelp)
    this.#endRecord(this.#at)
  }

  #scan(bytes: Buffer): void {
    const kinds = this.#kinds
    const base = this.#at
    let index = 0
    while (index < bytes.length) {
      if (this.#state === 'quoted') {
        index = this.#skipQuoted(bytes, index, base)
        continue
      }
      const kind = kinds[bytes[index]!]!
      this.#at = base + index
      if (kind !== plain || this.#state === 'closed' || this.#state === 'return') this.#step(kind)
      else {
        if (this.#emptyLine > 0) throw this.#emptyLineInside()
        this.#state = 'plain'
        while (index + 1 < bytes.length && kinds[bytes[index + 1]!] === plain) index += 1
      }
      index += 1
    }
    this.#at = base + bytes.length
  }

  /** To the next quote, counting line feeds. */
  #skipQuoted(bytes: Buffer, from: number, base: number): number {
    const found = bytes.indexOf(0x22, from)
    const content = bytes.subarray(from, found < 0 ? bytes.length : found)
    const bad = content.indexOf(0)
    for (let feed = content.indexOf(0x0a); feed >= 0 && (bad < 0 || feed < bad); feed = content.indexOf(0x0a, feed + 1)) {
      this.#line += 1
      this.#lineStart = base + from + feed + 1
    }
    this.#at = base + from + (bad < 0 ? content.length : bad)
    if (bad >= 0) throw this.#nulByte()
    if (found >= 0) this.#state = 'closed'
    return from + content.length + (found < 0 ? 0 : 1)
  }

  #step(kind: number): void {
    if (this.#state === 'return' && kind !== lineFeed) throw this.#loneReturn()
    if (kind === delimiterByte) this.#endField(this.#at, 'start')
    else if (kind === lineFeed) this.#endLine()
    else if (kind === carriageReturn) this.#state = 'return'
    else if (kind === quote) this.#quote()
    else if (kind === nul) throw this.#nulByte()
    else throw this.#fault('a field goes on after its closing quote', quoteHelp)
  }

  #quote(): void {
    if (this.#state === 'plain') throw this.#fault('a quote stands inside of a field without quotes', quoteHelp)
    if (this.#emptyLine > 0) throw this.#emptyLineInside()
    if (this.#state === 'start') {
      this.#quoted = this.#place()
      this.#overhead = 2
    } else this.#overhead += 1
    this.#state = 'quoted'
  }

  #endField(end: number, next: State): void {
    if (this.#emptyLine > 0) throw this.#emptyLineInside()
    if (this.#field >= this.#options.fields) throw this.#ragged(`more than ${this.#options.fields} fields`)
    this.contentBytes[this.#field]! += end - this.#fieldStart - this.#overhead
    this.#field += 1
    this.#overhead = 0
    this.#fieldStart = this.#at + 1
    this.#state = next
  }

  #endLine(): void {
    const length = this.#state === 'return' ? 2 : 1
    if (this.#options.lineEnd !== length)
      throw this.#fault(`the line ends in ${lineEndNames[length]}, the first line in ${lineEndNames[this.#options.lineEnd]}`, lineEndHelp)
    const end = this.#at - (length - 1)
    // With one field an empty line is a record whose field is empty.
    if (end === this.#recordStart && this.#options.fields > 1) this.#emptyLine ||= this.#line
    else this.#endRecord(end)
    this.#line += 1
    this.#lineStart = this.#recordStart = this.#fieldStart = this.#at + 1
    this.#recordLine = this.#line
    this.#state = 'start'
  }

  #endRecord(end: number): void {
    if (end - this.#recordStart > csvBounds.record) throw this.#tooLong()
    this.#endField(end, 'start')
    if (this.#field !== this.#options.fields) throw this.#ragged(this.#fieldCount(this.#field))
    this.records += 1
    this.#field = 0
    if (this.#line === this.#recordLine) return
    this.#extra += this.#line - this.#recordLine
    this.#options.onShift(this.records, this.#extra)
  }

  #place(): { line: number; byte: number; field: number } {
    return { line: this.#line, byte: this.#at - this.#lineStart + 1, field: this.#field }
  }

  #fault(what: string, help: string): CsvFault {
    return new CsvFault(what, this.#place(), help)
  }

  #fieldCount(count: number): string {
    return `${count} of ${this.#options.fields} fields`
  }

  #ragged(has: string): CsvFault {
    const help = `The header has ${this.#options.fields}. Put a field that holds the delimiter in quotes; fill in what is missing.`
    const byte = this.#line === this.#recordLine ? this.#at - this.#lineStart + 1 : 1
    return new CsvFault(`the record has ${has}`, { line: this.#recordLine, byte }, help)
  }

  #emptyLineInside(): CsvFault {
    return new CsvFault('the line is empty', { line: this.#emptyLine, byte: 1 }, 'Remove it; empty lines may stand at the end only.')
  }

  #tooLong(): CsvFault {
    const what = `the record is longer than ${csvBounds.record} bytes`
    return new CsvFault(what, { line: this.#recordLine, byte: 1 }, 'A quote that is not closed swallows the lines after it.')
  }

  #endsInsideQuotes(): CsvFault {
    const what = 'the file ends inside of a quoted field that begins here'
    return new CsvFault(what, this.#quoted, truncatedHelp)
  }

  #loneReturn(): CsvFault {
    return this.#fault('a carriage return without a line feed stands outside of quotes', lineEndHelp)
  }

  #nulByte(): CsvFault {
    return this.#fault('a byte 0 stands in the text', 'Save the file as UTF-8 text.')
  }
}

const lineEndNames: Readonly<Record<number, string>> = { 1: 'LF', 2: 'CR LF' }
const truncatedHelp = 'The file seems to be truncated; fetch it again.'
const quoteHelp = 'Put the whole field in quotes and double the quotes inside of it.'
