import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bundle, following, openBundle, signBundle, signFreshness } from '@selvage/bundle'
import { SelvageError } from '@selvage/kernel/model'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openKeptFreshness } from './freshness.ts'
import { type KeptBundle, openKept } from './kept.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const noon = Date.parse('2026-11-25T12:00:00.000Z')
const issued = new Date(noon).toISOString()
const base = {
  mesh: 'm',
  issued,
  expires: '2027-01-01T00:00:00.000Z',
  variables: {},
  files: [{ path: 'a.yaml', text: `n: ${'x'.repeat(500)}` }],
}
const bundle = (version: number, change: Partial<Bundle> = {}): string =>
  signBundle({ kind: 'domain', domain: 'sales', version, ...afterOthers(version), ...base, ...change }, { id: 'k', privateKey })
/** Each follows the one before. */
const afterOthers = (version: number): Partial<Bundle> => (version > 3 ? following(openBundle(bundle(version - 1), publicKey)) : {})
const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'taken'
  } catch (error) {
    return error instanceof SelvageError ? error.code : String(error)
  }
}

let dir: string
let events: { event: string; what?: string; cause?: string }[]
const path = (): string => join(dir, 'domain.bundle.json')
const floorPath = (): string => join(dir, 'domain.bundle.floor')
const log = (event: string, attributes: object = {}): void => void events.push({ event, ...attributes })
const open = (): KeptBundle => openKept({ dir, kind: 'domain', mesh: 'm', domain: 'sales', key: publicKey, now: () => noon, log })
const keep = (kept: KeptBundle, version: number): string => codeOf(() => kept.open(bundle(version)).keep())

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'selvage-kept-'))
  events = []
  keep(open(), 3)
  keep(open(), 4)
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** Started anew, the gate has no bundle, says so, keeps the text for its operator, and takes none that is older. */
function startsWithout(kept = open()): void {
  expect(kept.current()).toBeUndefined()
  expect(events.at(-1)).toMatchObject({ event: 'kept.unreadable', what: 'domain.bundle' })
  expect(existsSync(path())).toBe(false)
  expect(existsSync(`${path()}.1`)).toBe(true)
  expect(keep(kept, 3)).toBe('policy.version')
  expect(keep(kept, 4)).toBe('taken')
  expect(open().current()?.version).toBe(4)
}

describe('a kept bundle', () => {
  test('is there after a start, with nothing to say', () => {
    expect(open().current()?.version).toBe(4)
    expect(events).toEqual([])
  })

  test.each([0, 1, 2, 40, 0.5, -300, -2, -1])('cut off (at %d: characters, a share, or from its end) stops no start', at => {
    const text = readFileSync(path(), 'utf8')
    const length = at < 0 ? text.length + at : at > 0 && at < 1 ? Math.floor(text.length * at) : at
    writeFileSync(path(), text.slice(0, length))
    startsWithout()
  })

  test('with any one bit changed stops no start, and is never taken for another', () => {
    const bytes = readFileSync(path())
    for (let at = 0; at < bytes.length; at += 31) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1 << (at % 8)
      writeFileSync(path(), changed)
      const kept = open()
      // A key's id decides nothing and is not signed.
      expect([undefined, openedDigest(bytes.toString())]).toContain(kept.current()?.digest)
      expect(keep(kept, 3)).toBe('policy.version')
    }
  })

  test.each([
    ['of zeros', Buffer.alloc(4_096)],
    ['of noise', Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 197 + 31) % 256))],
    ['longer than any', Buffer.alloc(34 * 1_024 * 1_024, '[')],
    ['of another kind', signBundle({ kind: 'centre', version: 9, ...base }, { id: 'k', privateKey })],
    ['of another mesh', bundle(9, { mesh: 'other' })],
    ['of another domain', bundle(9, { domain: 'health' })],
  ])('%s stops no start', (_what, text) => {
    writeFileSync(path(), text)
    startsWithout()
  })

  test('that is a folder stops no start', () => {
    rmSync(path())
    mkdirSync(path())
    startsWithout()
  })

  test.skipIf(process.getuid?.() === 0)('that may not be read stops no start', () => {
    chmodSync(path(), 0)
    startsWithout()
  })

  test('that an older one was put in place of is not taken', () => {
    writeFileSync(path(), bundle(3))
    startsWithout()
  })

  test('of the same version and another content is not taken', () => {
    writeFileSync(path(), bundle(4, { files: [] }))
    startsWithout()
  })

  test('that is gone leaves its floor, and what follows', () => {
    rmSync(path())
    const kept = open()
    expect(events).toMatchObject([{ event: 'kept.unreadable', cause: 'missing' }])
    expect(codeOf(() => kept.open(bundle(5, { parent: 'a'.repeat(64), ancestors: [] })))).toBe('policy.parent')
    const orphan = signBundle({ kind: 'domain', domain: 'sales', version: 5, ...base }, { id: 'k', privateKey })
    expect(codeOf(() => kept.open(orphan))).toBe('policy.parent')
    expect(codeOf(() => kept.open(bundle(6)))).toBe('taken')
    expect([keep(kept, 3), keep(kept, 4)]).toEqual(['policy.version', 'taken'])
  })

  test.each(['', 'nonsense', `5 ${'a'.repeat(64)} ${'b'.repeat(64)}\n`, undefined])(
    'is its own floor where that is not to be read',
    floor => {
      if (floor === undefined) rmSync(floorPath())
      else writeFileSync(floorPath(), floor)
      const kept = open()
      expect(kept.current()?.version).toBe(4)
      expect([keep(kept, 3), keep(kept, 4)]).toEqual(['policy.version', 'taken'])
      // And the floor is there again.
      writeFileSync(path(), '')
      startsWithout()
    },
  )

  test('no bit of a floor that changes lets an older one in', () => {
    const bytes = readFileSync(floorPath())
    for (let bit = 0; bit < bytes.length * 8; bit += 29) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3]! ^= 1 << (bit % 8)
      writeFileSync(floorPath(), changed)
      const kept = open()
      expect([kept.current()?.version, keep(kept, 3), keep(kept, 4)]).toEqual([4, 'policy.version', 'taken'])
    }
  })

  test('that is lost together with its floor lets nobody in until its operator has looked', () => {
    writeFileSync(path(), 'cut')
    writeFileSync(floorPath(), 'cut')
    for (const kept of [open(), open()]) {
      expect(kept.current()).toBeUndefined()
      expect([keep(kept, 3), keep(kept, 4), keep(kept, 5)]).toEqual(['policy.missing', 'policy.missing', 'policy.missing'])
    }
    expect(events).toMatchObject([{ event: 'kept.lost' }, { event: 'kept.lost' }])
    // What the guide says.
    rmSync(path())
    rmSync(floorPath())
    expect(keep(open(), 4)).toBe('taken')
  })

  test('is set aside three times at most', () => {
    for (let time = 0; time < 6; time += 1) {
      writeFileSync(path(), `cut ${time}`)
      open()
    }
    const aside = readdirSync(dir).filter(name => name.startsWith('domain.bundle.json'))
    expect(aside.map(name => readFileSync(join(dir, name), 'utf8'))).toEqual(['cut 5', 'cut 4', 'cut 3'])
  })
})

describe('a kept word of freshness', () => {
  const word = (version: number, mesh = 'm', at = issued): string =>
    signFreshness({ mesh, version, digest: 'a'.repeat(64), issued: at }, { id: 'f', privateKey })
  const openWord = (): ReturnType<typeof openKeptFreshness> => openKeptFreshness({ dir, mesh: 'm', key: publicKey, now: () => noon, log })
  const file = (): string => join(dir, 'freshness.json')

  test.each(['', '{', word(9, 'other'), word(3)])(
    'that is unreadable, of another mesh or older stops no start, and its version stays the lowest',
    text => {
      openWord().offer(word(4))
      writeFileSync(file(), text)
      const kept = openWord()
      expect([kept.current(), kept.age()]).toEqual([undefined, Number.POSITIVE_INFINITY])
      expect(codeOf(() => kept.offer(word(3)))).toBe('policy.version')
      expect(kept.offer(word(4)).version).toBe(4)
      expect(openWord().age()).toBe(0)
    },
  )

  test('that is lost together with its floor proves nothing, and none is taken', () => {
    openWord().offer(word(4))
    writeFileSync(file(), '')
    writeFileSync(join(dir, 'freshness.floor'), '')
    const kept = openWord()
    expect([kept.age(), codeOf(() => kept.offer(word(5)))]).toEqual([Number.POSITIVE_INFINITY, 'policy.missing'])
  })
})

const openedDigest = (text: string): string =>
  openKept({
    dir: mkdtempIn(text),
    kind: 'domain',
    mesh: 'm',
    domain: 'sales',
    key: publicKey,
    now: () => noon,
    log: () => undefined,
  }).current()!.digest

function mkdtempIn(text: string): string {
  const at = mkdtempSync(join(dir, 'own-'))
  writeFileSync(join(at, 'domain.bundle.json'), text)
  return at
}
