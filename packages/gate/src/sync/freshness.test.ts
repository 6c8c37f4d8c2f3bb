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
const word = (minutes: number, version = 2, mesh = 'm'): string =>
  signFreshness(
    { mesh, version, digest: 'a'.repeat(64), issued: new Date(noon + minutes * 60_000).toISOString() },
    { id: 'freshness', privateKey },
  )
const open = (): KeptFreshness => openKeptFreshness({ dir, mesh: 'm', key: publicKey, now: () => noon })
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
    rmSync(join(dir, 'freshness.json'), { force: true })
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
    expect(codeOf(() => kept.offer(word(0).replace('"sig":"', '"sig":"A')))).toBe('policy.signature')
    expect(kept.current()?.issued).toBe('2026-11-25T11:59:00.000Z')
  })
})
