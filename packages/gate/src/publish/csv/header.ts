import { brokenEncoding, CsvFault, lineEndHelp } from './fault.ts'
import { csvBounds } from './scanner.ts'
import { findBrokenUtf8 } from './utf8.ts'

export interface Header {
  /** Without its line end. */
  readonly line: string
  /** Bytes of the file before the first record: byte order mark, header and its line end. */
  readonly length: number
  /** Length of its line end: 1 for LF, 2 for CR LF, 0 if the file ends here. */
  readonly lineEnd: 0 | 1 | 2
}

/** The first line. attacker-controlled: `head`, the first bytes of the file, `csvBounds.record` of them or all. */
export function parseHeader(head: Buffer): Header {
  refuseOtherEncodings(head)
  const mark = head.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
  const lineEnd = head.indexOf('\n', mark)
  if (head.length === mark) throw new CsvFault('the file is empty', firstByte, 'The first line must name the columns.')
  if (lineEnd < 0 && head.length >= csvBounds.record) throw new CsvFault('the first line is too long', firstByte, 'Is this a CSV file?')
  const line = head.subarray(mark, lineEnd < 0 ? head.length : lineEnd)
  const broken = findBrokenUtf8(line)
  if (broken !== undefined) throw brokenEncoding(line[broken]!, { line: 1, byte: mark + broken + 1 })
  const text = line.toString('utf8')
  const returned = text.endsWith('\r')
  return {
    line: returned ? text.slice(0, -1) : text,
    length: lineEnd < 0 ? head.length : lineEnd + 1,
    lineEnd: lineEnd < 0 ? 0 : returned ? 2 : 1,
  }
}

const firstByte = { line: 1, byte: 1 }
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

function refuseOtherEncodings(head: Buffer): void {
  const first = head.subarray(0, 4)
  const utf16 = (first[0] === 0xff && first[1] === 0xfe) || (first[0] === 0xfe && first[1] === 0xff)
  if (utf16 || first.includes(0)) throw new CsvFault('the file is not UTF-8; it looks like UTF-16', firstByte, 'Save the file as UTF-8.')
}

/** RFC 4180, one line. */
export function splitHeader(line: string, delimiter: string): string[] {
  if (line.includes('\r')) throw new CsvFault('a carriage return stands alone', firstByte, lineEndHelp)
  const fields: string[] = []
  for (let at = 0; ; ) {
    const { field, end } = line[at] === '"' ? quotedField(line, at) : plainField(line, at, delimiter)
    fields.push(field)
    if (fields.length > csvBounds.fields)
      throw new CsvFault(`the first line has more than ${csvBounds.fields} fields`, firstByte, 'Is this a CSV file?')
    if (end >= line.length) return fields
    if (line[end] !== delimiter) throw new CsvFault('a field goes on after its closing quote', firstByte, quoteHelp)
    at = end + 1
  }
}

const quoteHelp = 'Double the quotes inside of quoted fields; break no line in the header.'

function plainField(line: string, at: number, delimiter: string): { field: string; end: number } {
  const next = line.indexOf(delimiter, at)
  const end = next < 0 ? line.length : next
  const field = line.slice(at, end)
  if (field.includes('"')) throw new CsvFault('a quote stands inside of a field without quotes', firstByte, quoteHelp)
  return { field, end }
}

function quotedField(line: string, at: number): { field: string; end: number } {
  const match = /"((?:[^"]|"")*)"/y
  match.lastIndex = at
  const found = match.exec(line)
  if (found === null) throw new CsvFault('a quoted field of the first line does not end', firstByte, quoteHelp)
  return { field: found[1]!.replaceAll('""', '"'), end: match.lastIndex }
}
