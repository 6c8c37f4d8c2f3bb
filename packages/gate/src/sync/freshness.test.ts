import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signFreshness } from '@selvage/bundle'
import { SelvageError } from '@selvage/kernel/model'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type KeptFreshness, openKeptFreshness } from './freshness.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const dir = mkdtempSync(join(tmpdir(), 'selvage-freshness-'))
const noon = Date.parse('2026-11-25T12:00:00.000Z')
let now = noon
const word = (minutes: number, version = 2, mesh = 'm'): string =>
  signFreshness(
    { mesh, version, digest: 'a'.repeat(64), issued: new Date(noon + minutes * 60_000).toISOString() },
    { id: 'freshness', privateKey },
  )
const open = (): KeptFreshness => openKeptFreshness({ dir, mesh: 'm', key: publicKey, now: () => now, log: () => undefined })
const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'none'
  } catch (error) {
    return error instanceof SelvageError ? error.code : String(error)
  }
}

describe('control’s word', () => {
  let kept: KeptFreshness
  beforeEach(() => {
    for (const name of ['freshness.json', 'freshness.floor']) rmSync(join(dir, name), { force: true })
    now = noon
    kept = open()
    kept.offer(word(-1))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  test('a newer one is held, over a restart too; an older one changes nothing', () => {
    kept.offer(word(0))
    kept.offer(word(-5))
    expect([kept.current()?.issued, open().current()?.issued]).toEqual(['2026-11-25T12:00:00.000Z', '2026-11-25T12:00:00.000Z'])
  })

  test('one from the future, of a lower version, of another mesh or that is changed is refused', () => {
    expect(codeOf(() => kept.offer(word(1)))).toBe('policy.stale')
    expect(codeOf(() => kept.offer(word(0, 1)))).toBe('policy.version')
    expect(codeOf(() => kept.offer(word(0, 2, 'other')))).toBe('policy.signature')
    expect(codeOf(() => kept.offer(word(0).replace(/(?<="sig":")./, first => (first === 'A' ? 'B' : 'A'))))).toBe('policy.signature')
    expect(kept.current()?.issued).toBe('2026-11-25T11:59:00.000Z')
  })
  test('its age is infinite once the clock is set back before it, until there is a word of the new time', () => {
    expect(kept.age()).toBe(60_000)
    now = noon - 3_600_000
    expect([kept.age(), open().age()]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
    expect(codeOf(() => kept.offer(word(-60, 1)))).toBe('policy.version')
    kept.offer(word(-61))
    expect([kept.age(), open().age()]).toEqual([60_000, 60_000])
  })
})
