import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { load } from '../dist-modules.ts'
import { check, type Target } from '../target.ts'
import { ledgerErrors, scratch } from './refusals.ts'

type Segments = typeof import('../../../packages/ledger/src/io/segment.ts')
type Records = typeof import('../../../packages/ledger/src/io/record.ts')

/** The CRC of each frame is made right where bit 0 of the first byte is set: then what lies behind the CRC is reached. */
function mended(bytes: Buffer, magic: Buffer): Buffer {
  if (bytes.length === 0 || (bytes[0]! & 1) === 0) return bytes.subarray(1)
  const out = Buffer.from(bytes.subarray(1))
  for (let at = 0; at + 24 <= out.length && out.subarray(at, at + 4).equals(magic); ) {
    const end = at + 24 + out.readUInt32BE(at + 4)
    if (end > out.length) break
    out.writeUInt32BE(crc32(out.subarray(at + 24, end), crc32(out.subarray(at, at + 20))), at + 20)
    at = end
  }
  return out
}

async function segments(): Promise<Target> {
  const { cutTornFrame, encodeFrameHeader, scanSegment } = await load<Segments>('ledger/io/segment')
  const { BatchBuilder, readRecords } = await load<Records>('ledger/io/record')
  const dir = scratch()
  const path = join(dir, '0000000000000005.wal')
  const frame = (first: number, ...entries: readonly string[]): Buffer => {
    const builder = new BatchBuilder()
    for (const entry of entries) builder.add(Buffer.from(entry), Buffer.from(entry.length % 2 === 0 ? 'detail' : ''))
    const { payload, count } = builder.take()
    return Buffer.concat([encodeFrameHeader(first, count, payload), payload])
  }
  const zeroes = Buffer.alloc(64)
  const sound = Buffer.concat([frame(5, 'a', 'bb'), frame(7, 'ccc')])
  const magic = sound.subarray(0, 4)
  const segment = { path, firstIndex: 5 }
  return {
    name: 'wal-segment',
    files: ['ledger/io/segment', 'ledger/io/record'],
    seeds: [1, 0].flatMap(bit =>
      [
        sound,
        Buffer.concat([sound, zeroes]),
        Buffer.concat([sound, frame(9, 'x').subarray(0, 12), zeroes]),
        zeroes,
        Buffer.concat([frame(5), sound]),
      ].map(bytes => Buffer.concat([Buffer.from([bit]), bytes])),
    ),
    words: [magic.toString('latin1'), '\0\0\0\0', '\0\0\0\x07', '\xff\xff\xff\xff', '\0\x01', frame(7, 'ccc').toString('latin1')],
    longest: 512,
    refusal: await ledgerErrors(),
    run(bytes) {
      const laid = mended(bytes, magic)
      writeFileSync(path, laid)
      const frames: Buffer[] = []
      let records = 0
      const scan = scanSegment(segment, ({ firstIndex, count, payload }) => {
        frames.push(Buffer.concat([encodeFrameHeader(firstIndex, count, payload), payload]))
        records += [...readRecords(payload, count)].length
      })
      const whole = Buffer.concat(frames)
      check(whole.equals(laid.subarray(0, whole.length)) && scan.position === whole.length, 'frames are what was written')
      check(scan.nextIndex === 5 + records, 'a frame holds the entries that it counts')
      if (!scan.torn) return `sound ${Math.min(4, frames.length)}`
      cutTornFrame(path, scan)
      const again = scanSegment(segment)
      check(!again.torn && again.nextIndex === scan.nextIndex, 'after the cut the segment is sound')
      check(readFileSync(path).subarray(0, whole.length).equals(whole), 'the cut leaves the whole frames')
      return `cut ${Math.min(4, frames.length)}`
    },
    close: () => rmSync(dir, { recursive: true }),
  }
}

async function details(): Promise<Target> {
  const { readBundleDetails, readDetail } =
    await load<typeof import('../../../packages/ledger/src/io/detail-store.ts')>('ledger/io/detail-store')
  const { layout } = await load<typeof import('../../../packages/ledger/src/io/layout.ts')>('ledger/io/layout')
  const dir = scratch()
  const path = layout.detailFile(dir, 0)
  mkdirSync(dirname(path), { recursive: true })
  const record = (slot: number, erased: number, bytes: Buffer): Buffer => {
    const head = Buffer.alloc(10)
    head[0] = slot
    head[1] = erased
    head.writeUInt32BE(bytes.length, 2)
    head.writeUInt32BE(crc32(bytes, crc32(head.subarray(0, 6))), 6)
    return Buffer.concat([head, bytes])
  }
  return {
    name: 'detail-pack',
    files: ['ledger/io/detail-store'],
    seeds: [
      Buffer.concat([record(0, 0, Buffer.from('one')), record(3, 0, Buffer.alloc(40, 'x')), record(4, 1, Buffer.alloc(0))]),
      record(255, 0, Buffer.alloc(0)),
    ],
    words: ['\0\0\0\0', '\xff\xff\xff\xff', record(1, 0, Buffer.from('a')).toString('latin1')],
    longest: 512,
    refusal: await ledgerErrors(),
    async run(bytes) {
      writeFileSync(path, bytes)
      const all = await readBundleDetails(dir, 0)
      for (const [index, detail] of all) {
        check(index < 256 && bytes.indexOf(detail) >= 0, 'a detail is a piece of its file')
        check(bytes.includes(record(index, 0, Buffer.from(detail)).subarray(0, 1)), 'a detail has its slot')
      }
      const first = await readDetail(dir, 3)
      check(first === undefined || all.has(3), 'both readers know the same details')
      return `${Math.min(4, all.size)} ${first === undefined}`
    },
    close: () => rmSync(dir, { recursive: true }),
  }
}

export const diskTargets: Readonly<Record<string, () => Promise<Target>>> = { 'wal-segment': segments, 'detail-pack': details }
