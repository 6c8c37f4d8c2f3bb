import { load } from '../dist-modules.ts'
import { check, type Target } from '../target.ts'

type Scanner = typeof import('../../../packages/gate/src/publish/csv/scanner.ts')
type Header = typeof import('../../../packages/gate/src/publish/csv/header.ts')
type Utf8 = typeof import('../../../packages/gate/src/publish/csv/utf8.ts')

interface Read {
  readonly records: number
  readonly bytes: readonly number[]
  readonly shifts: string
}

/** RFC 4180 by the letter, slowly: fields of records of a text that the scanner took. */
function records(text: string, delimiter: string): string[][] {
  const out: string[][] = []
  let record: string[] = []
  for (let at = 0; at < text.length; ) {
    let field = ''
    if (text[at] === '"') {
      for (at += 1; text[at] !== '"' || text[at + 1] === '"'; at += 1) {
        if (text[at] === '"') at += 1
        field += text[at]
      }
      at += 1
    } else while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') field += text[at++]
    record.push(field)
    if (text[at] === delimiter) {
      at += 1
      if (at < text.length) continue
      record.push('')
    }
    out.push(record)
    record = []
    if (text[at] === '\r') at += 1
    at += 1
  }
  return out
}

async function csv(): Promise<Target> {
  const { CsvScanner } = await load<Scanner>('gate/publish/csv/scanner')
  const { parseHeader, splitHeader } = await load<Header>('gate/publish/csv/header')
  const { openTail } = await load<Utf8>('gate/publish/csv/utf8')
  const { CsvFault } = await load<typeof import('../../../packages/gate/src/publish/csv/fault.ts')>('gate/publish/csv/fault')
  const scan = (bytes: Buffer, step: number): Read => {
    const head = parseHeader(bytes)
    const fields = splitHeader(head.line, ',').length
    const shifts: string[] = []
    const scanner = new CsvScanner({
      delimiter: ',',
      fields,
      offset: head.length,
      lineEnd: head.lineEnd,
      onShift: (before, extra) => void shifts.push(`${before}:${extra}`),
    })
    for (let at = head.length; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + step)
      const cut = end === bytes.length ? 0 : openTail(bytes.subarray(at, end))
      const to = end - cut > at ? end - cut : Math.min(bytes.length, end + 4)
      scanner.push(bytes.subarray(at, to))
      at = to
    }
    scanner.end()
    return { records: scanner.records, bytes: [...scanner.contentBytes], shifts: shifts.join() }
  }
  const outcome = (bytes: Buffer, step: number): Read | string => {
    try {
      return scan(bytes, step)
    } catch (error) {
      if (error instanceof CsvFault) return `${error.message} ${JSON.stringify(error.place)}`
      throw error
    }
  }
  return {
    name: 'csv',
    files: ['gate/publish/csv/scanner', 'gate/publish/csv/header', 'gate/publish/csv/utf8', 'gate/publish/csv/fault'],
    seeds: [
      'a,b,c\n1,2,3\n"x ""y""\nz",,é\n',
      'a\r\n1\r\n\r\n',
      '\ufeffid,name\n1,"a,b"\n\n\n',
      'a,b\n1,2',
      '"a ""b""",c\n1,😀\n',
      '\xff\xfea\0',
      'a,b\n"1\n2","3\n\n4"\n5,6\n',
    ],
    words: ['"', '""', ',', '\n', '\r\n', '\r', '\0', '\ufeff', '"\n"', 'é', '\xc3', '😀', '","', '\n\n', '1'],
    longest: 1_024,
    refusal: error => (error instanceof CsvFault ? error.message.replace(/\d+/g, '#').replace(/0x\w\w|#x\w\w?/, 'byte') : undefined),
    run(bytes) {
      const whole = outcome(bytes, Number.MAX_SAFE_INTEGER)
      if (bytes.length < 4_096) {
        const step = 5 + (bytes.length % 11)
        const parts = outcome(bytes, step)
        check(JSON.stringify(parts) === JSON.stringify(whole), 'the same in parts and as a whole')
      }
      const read = scan(bytes, Number.MAX_SAFE_INTEGER)
      if (bytes.length > 65_536) return 'long'
      const head = parseHeader(bytes)
      const fields = splitHeader(head.line, ',').length
      const body = bytes
        .subarray(head.length)
        .toString('latin1')
        .replace(fields > 1 ? /(?:\r?\n)+$/ : /\r?\n$/, '')
      const empty = bytes.length === head.length || (body === '' && fields > 1)
      const all = empty ? [] : records(body === '' ? '\n' : body, ',')
      const own = fields === 1 && body.endsWith('\n') ? [...all, ['']] : all
      check(own.length === read.records && own.every(record => record.length === fields), 'two readers count the same records')
      const content = Array.from({ length: fields }, (_, at) => own.reduce((sum, record) => sum + record[at]!.length, 0))
      check(content.join() === read.bytes.join(), 'two readers count the same content')
      return `${Math.min(4, read.records)} ${Math.min(4, fields)} ${read.shifts === ''}`
    },
  }
}

async function utf8(): Promise<Target> {
  const { findBrokenUtf8, openTail } = await load<Utf8>('gate/publish/csv/utf8')
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const decodes = (bytes: Buffer): boolean => {
    try {
      strict.decode(bytes)
      return true
    } catch {
      return false
    }
  }
  return {
    name: 'utf-8',
    files: ['gate/publish/csv/utf8'],
    seeds: [
      'aé€😀',
      Buffer.from([0x61, 0xc3]),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from([0xf4, 0x90, 0x80, 0x80]),
      Buffer.from([0xc0, 0x80]),
    ],
    words: ['é', '€', '😀', 'a'],
    longest: 64,
    refusal: () => undefined,
    run(bytes) {
      const at = findBrokenUtf8(bytes)
      check((at === undefined) === decodes(bytes), 'what is broken is what the decoder refuses')
      const tail = openTail(bytes)
      check(tail >= 0 && tail <= 3, 'an open character has at most three bytes')
      if (at === undefined) return `whole ${tail}`
      check(decodes(bytes.subarray(0, at)), 'all before the broken byte is whole')
      check(
        !Array.from({ length: 4 }, (_, more) => bytes.subarray(0, at + 1 + more)).some(
          part => part.length <= bytes.length && decodes(part) && part.length > at,
        ),
        'no character begins at the broken byte',
      )
      return `broken ${tail}`
    },
  }
}

export const csvTargets: Readonly<Record<string, () => Promise<Target>>> = { csv, 'utf-8': utf8 }
