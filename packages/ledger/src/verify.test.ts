import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Checkpoint, signCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { formatEntryBundle, parseEntryBundle } from './entry-bundle.ts'
import { leafHash, rootOf } from './hash.ts'
import { directoryReader, openLog } from './io/index.ts'
import { getSignerKey, parseVerifierKey } from './key.ts'
import { entriesPath, tilePath, tileWidthAt } from './tile.ts'
import { verifyLog } from './verify.ts'

// 70,000 reaches level 2, as in the worked example of tlog-tiles.
const size = 70_000
const origin = 'mesh/sales/1/audit/2026'
const { privateKey } = generateKeyPairSync('ed25519')
const scratch = mkdtempSync(join(tmpdir(), 'ledger-verify-'))
const written = join(scratch, 'written')
let key = ''
let older: Checkpoint

async function write(dir: string, entries: readonly Uint8Array[], signer: KeyObject = privateKey): Promise<string> {
  const log = await openLog({
    dir,
    origin,
    privateKey: signer,
    now: Date.now,
    checkpointEvery: 60_000,
    onFatal: error => expect(error).toBe(undefined),
  })
  for (let at = 0; at < entries.length; at += 8192) await Promise.all(entries.slice(at, at + 8192).map(entry => log.append(entry)))
  key = log.verifierKey
  const note = await log.publish()
  await log.close()
  return note
}
const entriesOf = (count: number, word = 'entry') => Array.from({ length: count }, (_, at) => Buffer.from(`${word} ${at}`))

beforeAll(async () => {
  older = verifyCheckpoint(await write(written, entriesOf(40_000)), parseVerifierKey(key))
  await write(written, entriesOf(30_000, 'later'))
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Does its damage to the files it asks for, verifies, and puts them back. */
async function verifyPlanted(plant: (path: (name: string) => string) => void) {
  const originals = new Map<string, Buffer>()
  plant(name => {
    const path = join(written, name)
    if (!originals.has(path)) originals.set(path, readFileSync(path))
    return path
  })
  const report = await verifyLog(directoryReader(written), { key })
  for (const [path, bytes] of originals) writeFileSync(path, bytes)
  return report
}

const flip = (path: string, byte: number, bit = 0): void => {
  const bytes = readFileSync(path)
  bytes[byte]! ^= 1 << bit
  writeFileSync(path, bytes)
}
const widthOf = (level: number, index: number) => tileWidthAt(level, index, size)

describe('verifyLog', () => {
  it('accepts what was written, shows progress, and sees that it extends an older checkpoint', async () => {
    const seen: number[] = []
    const report = await verifyLog(directoryReader(written), { key, remembered: older, onProgress: done => seen.push(done) })
    expect(report).toMatchObject({ ok: true, size, origin })
    expect(Buffer.from(report.root, 'base64')).toHaveLength(32)
    expect(seen.at(-1)).toBe(size)
    expect(seen.length).toBe(Math.ceil(size / 256))
  })

  it.each([0, 256, 40_000, 69_887, 69_888, 69_999])('names a flipped bit in entry %i', async index => {
    const bundle = Math.floor(index / 256)
    const report = await verifyPlanted(path => {
      const file = path(entriesPath(bundle, widthOf(0, bundle)))
      const entries = parseEntryBundle(readFileSync(file), widthOf(0, bundle)).map(entry => Buffer.from(entry))
      entries[index % 256]![3]! ^= 4
      writeFileSync(file, formatEntryBundle(entries))
    })
    expect(report).toMatchObject({ ok: false, firstBad: { kind: 'entry', index } })
  })

  it.each([
    [0, 0, 5],
    [0, 100, 255],
    [0, 273, 111],
    [1, 0, 0],
    [1, 0, 255],
    [1, 1, 16],
    [2, 0, 0],
  ])('names a flipped bit in tile %i/%i, hash %i', async (level, index, hash) => {
    const report = await verifyPlanted(path => flip(path(tilePath(level, index, widthOf(level, index))), hash * 32 + 7, 3))
    expect(report).toMatchObject({ ok: false, firstBad: { kind: 'tile', index } })
    expect(report.firstBad!.what).toContain(tilePath(level, index, widthOf(level, index)))
    expect(report.firstBad!.what).toContain(`hash ${hash} `)
  })

  it('names the bundle where entry and leaf hash were changed together', async () => {
    const report = await verifyPlanted(path => {
      const entries = [...parseEntryBundle(readFileSync(path(entriesPath(77))), 256)]
      entries[9] = Buffer.from('forged')
      writeFileSync(path(entriesPath(77)), formatEntryBundle(entries))
      writeFileSync(path(tilePath(0, 77)), Buffer.concat(entries.map(leafHash)))
    })
    expect(report).toMatchObject({ ok: false, firstBad: { kind: 'bundle', index: 77 } })
  })

  it('names an entry that was cut, cut off, or added to', async () => {
    const last = entriesPath(273, 112)
    const cut = await verifyPlanted(path => truncateSync(path(last), statSync(path(last)).size - 1))
    expect(cut).toMatchObject({ ok: false, firstBad: { kind: 'entry', index: 69_999 } })
    const middle = await verifyPlanted(path => {
      const entries = parseEntryBundle(readFileSync(path(entriesPath(3))), 256)
      writeFileSync(path(entriesPath(3)), formatEntryBundle([...entries.slice(0, 10), ...entries.slice(11)]))
    })
    expect(middle).toMatchObject({ ok: false, firstBad: { kind: 'entry' } })
    const longer = await verifyPlanted(path =>
      writeFileSync(path(last), Buffer.concat([readFileSync(path(last)), Buffer.from([0, 1, 65])])),
    )
    expect(longer).toMatchObject({ ok: false, firstBad: { kind: 'bundle', index: 273 } })
  })

  it('names what is missing', async () => {
    const bundle = await verifyPlanted(path => rmSync(path(entriesPath(12))))
    expect(bundle).toMatchObject({ ok: false, firstBad: { kind: 'bundle', index: 12, what: 'tile/entries/012 is missing' } })
    const tile = await verifyPlanted(path => rmSync(path(tilePath(1, 1, 17))))
    expect(tile).toMatchObject({ ok: false, firstBad: { kind: 'tile', index: 1, what: 'tile/1/001.p/17 is missing' } })
    const checkpoint = await verifyPlanted(path => rmSync(path('checkpoint')))
    expect(checkpoint).toMatchObject({ ok: false, size: 0, firstBad: { kind: 'checkpoint' } })
  })

  it('refuses every flipped bit of the checkpoint', async () => {
    const note = readFileSync(join(written, 'checkpoint'))
    for (let bit = 0; bit < note.length * 8; bit += 5) {
      const flipped = Buffer.from(note)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const reader = { ...directoryReader(written), checkpoint: async () => flipped }
      expect(await verifyLog(reader, { key })).toMatchObject({ ok: false, firstBad: { kind: 'checkpoint' } })
    }
  })

  it('refuses a checkpoint of another key and one that was signed for other entries', async () => {
    const head = verifyCheckpoint(readFileSync(join(written, 'checkpoint')), parseVerifierKey(key))
    const stranger = signCheckpoint(head, getSignerKey(origin, generateKeyPairSync('ed25519').privateKey))
    const other = signCheckpoint({ ...head, root: rootOf([leafHash(Buffer.from('x'))]) }, getSignerKey(origin, privateKey))
    const reader = (note: string) => ({ ...directoryReader(written), checkpoint: async () => Buffer.from(note) })
    expect(await verifyLog(reader(stranger), { key })).toMatchObject({ ok: false, size: 0, firstBad: { kind: 'checkpoint' } })
    expect(await verifyLog(reader(other), { key })).toMatchObject({ ok: false, size, firstBad: { kind: 'checkpoint', index: size } })
  })

  it('finds a truncated log against what was remembered', async () => {
    const newer = verifyCheckpoint(readFileSync(join(written, 'checkpoint')), parseVerifierKey(key))
    const dir = join(scratch, 'truncated')
    await write(dir, entriesOf(40_000))
    expect(await verifyLog(directoryReader(dir), { key })).toMatchObject({ ok: true })
    const report = await verifyLog(directoryReader(dir), { key, remembered: newer })
    expect(report).toMatchObject({ ok: false, firstBad: { kind: 'truncated', index: 40_000 } })
  })

  it('finds a second history', async () => {
    const dir = join(scratch, 'forked')
    await write(dir, [...entriesOf(39_999), Buffer.from('another'), ...entriesOf(100)])
    const report = await verifyLog(directoryReader(dir), { key, remembered: older })
    expect(report).toMatchObject({ ok: false, firstBad: { kind: 'fork', index: 40_000 } })
    const empty = { size: 0, root: leafHash(Buffer.from('x')) }
    expect(await verifyLog(directoryReader(dir), { key, remembered: empty })).toMatchObject({
      ok: false,
      firstBad: { kind: 'fork', index: 0 },
    })
  })

  it('finds any flipped bit in any file of a small log', async () => {
    const dir = join(scratch, 'small')
    await write(dir, entriesOf(300))
    const files = [entriesPath(0), entriesPath(1, 44), tilePath(0, 0), tilePath(0, 1, 44), tilePath(1, 0, 1), 'checkpoint']
    const lengths = files.map(file => statSync(join(dir, file)).size)
    await fc.assert(
      fc.asyncProperty(fc.nat(files.length - 1), fc.nat(), fc.nat(7), async (pick, byte, bit) => {
        flip(join(dir, files[pick]!), byte % lengths[pick]!, bit)
        const { ok } = await verifyLog(directoryReader(dir), { key })
        flip(join(dir, files[pick]!), byte % lengths[pick]!, bit)
        expect(ok).toBe(false)
      }),
      { numRuns: 1000 },
    )
    expect(await verifyLog(directoryReader(dir), { key })).toMatchObject({ ok: true })
  })

  it('deletes partial files once the full one is there', () => {
    expect(existsSync(join(written, 'tile/0/156.p'))).toBe(false)
    expect(existsSync(join(written, tilePath(0, 156)))).toBe(true)
  })
})
