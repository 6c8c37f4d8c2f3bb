import { describe, expect, it } from 'vitest'
import { LedgerError } from '../error.ts'
import { BatchBuilder, readRecords } from './record.ts'

const builder = new BatchBuilder()
builder.add(Buffer.from('one'), Buffer.from('detail'))
builder.add(Buffer.from(''), Buffer.from(''))
const { payload, count } = builder.take()
const sound = Buffer.from(payload)

const codeOf = (bytes: Buffer, entries: number): string => {
  try {
    return `${[...readRecords(bytes, entries)].length} records`
  } catch (error) {
    return error instanceof LedgerError ? error.code : String(error)
  }
}

describe('the payload of a frame', () => {
  it('is its entries', () => {
    expect(codeOf(sound, count)).toBe('2 records')
    expect(codeOf(Buffer.alloc(0), 0)).toBe('0 records')
  })

  it.each([
    ['fewer entries than it counts', sound, 3],
    ['more entries than it counts', sound, 1],
    ['half a header', sound.subarray(0, sound.length - 3), 2],
    ['an entry that goes on behind its end', Buffer.from('ffff00000000', 'hex'), 1],
    ['a detail that goes on behind its end', Buffer.from('0000ffffffff', 'hex'), 1],
    ['nothing', Buffer.alloc(0), 1],
  ])('is corrupt with %s', (_what, bytes, entries) => {
    expect(codeOf(bytes, entries)).toBe('corrupt')
  })
})
