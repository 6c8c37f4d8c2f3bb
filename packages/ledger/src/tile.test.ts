import { describe, expect, it } from 'vitest'
import { formatEntryBundle, parseEntryBundle } from './entry-bundle.ts'
import { entriesPath, hashesAtLevel, parseTile, tilePath, tileWidthAt } from './tile.ts'

describe('tile', () => {
  it('has the paths of C2SP tlog-tiles', () => {
    expect(tilePath(0, 1_234_067)).toBe('tile/0/x001/x234/067')
    expect(tilePath(63, 0, 1)).toBe('tile/63/000.p/1')
    expect(tilePath(1, 999, 255)).toBe('tile/1/999.p/255')
    expect(tilePath(1, 1000)).toBe('tile/1/x001/000')
    expect(entriesPath(273, 112)).toBe('tile/entries/273.p/112')
    for (const path of [
      () => tilePath(64, 0),
      () => tilePath(0, -1),
      () => tilePath(0, 1.5),
      () => tilePath(0, 0, 0),
      () => tilePath(0, 0, 257),
    ])
      expect(path).toThrow(TypeError)
  })

  it('has the widths of the worked example, 70,000', () => {
    expect([hashesAtLevel(0, 70_000), hashesAtLevel(1, 70_000), hashesAtLevel(2, 70_000)]).toEqual([70_000, 273, 1])
    expect([tileWidthAt(0, 272, 70_000), tileWidthAt(0, 273, 70_000), tileWidthAt(0, 274, 70_000)]).toEqual([256, 112, 0])
    expect([tileWidthAt(1, 0, 70_000), tileWidthAt(1, 1, 70_000), tileWidthAt(2, 0, 70_000)]).toEqual([256, 17, 1])
    expect([tileWidthAt(0, 0, 256), tileWidthAt(1, 0, 256)]).toEqual([256, 1])
  })

  it('is exactly its hashes', () => {
    expect(parseTile(Buffer.alloc(64), 2)).toHaveLength(2)
    expect(() => parseTile(Buffer.alloc(63), 2)).toThrow('64 bytes')
    expect(() => parseTile(Buffer.alloc(96), 2)).toThrow('64 bytes')
  })
})

describe('entry bundle', () => {
  const entries = [Buffer.from(''), Buffer.from('a'), Buffer.alloc(65_535, 7)]
  const bytes = formatEntryBundle(entries)

  it('gives back what was put in', () => {
    expect(bytes.subarray(0, 5).toString('hex')).toBe('0000000161')
    expect(parseEntryBundle(bytes, 3).map(entry => Buffer.from(entry))).toEqual(entries)
  })

  it('refuses what is cut or too long', () => {
    for (let cut = 1; cut < 6; cut += 1) expect(() => parseEntryBundle(bytes.subarray(0, bytes.length - cut), 3)).toThrow('short')
    expect(() => parseEntryBundle(bytes.subarray(0, 1), 1)).toThrow('short')
    expect(() => parseEntryBundle(bytes, 2)).toThrow('long')
    expect(() => formatEntryBundle([Buffer.alloc(65_536)])).toThrow(TypeError)
  })
})
