import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contentDigest, lineageOf } from '@selvage/bundle'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Content, SignedBundles } from './signed-bundles.ts'

const { privateKey } = generateKeyPairSync('ed25519')
const noon = Date.parse('2026-11-26T12:00:00.000Z')
const content = (text: string): Content => ({ files: [{ path: 'domains/sales/domain.yaml', text }], variables: {} })

let state: string
const open = (key = privateKey): SignedBundles => new SignedBundles(state, 'sales', key)
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'selvage-signed-'))
})
afterEach(() => rmSync(state, { recursive: true }))

describe('what one signer signed', () => {
  const sign = (text: string, held?: { version: number; digest: string }): ReturnType<SignedBundles['sign']>['bundle'] =>
    open().sign(content(text), { mesh: 'm', now: noon, held }).bundle

  test('follows what was signed before, also where that was never taken', () => {
    const [first, second, third] = [sign('a'), sign('b'), sign('c')]
    expect([first.version, first.parent, second.parent, third.version]).toEqual([1, undefined, first.digest, 3])
    expect(lineageOf(third)).toEqual([second.digest, first.digest])
    // The gate holds the first: the second was refused there.
    expect(lineageOf(sign('d', first))).toEqual([third.digest, second.digest, first.digest])
  })

  test('follows what somebody else signed, where that is held', () => {
    sign('a')
    const others = { version: 7, digest: 'b'.repeat(64) }
    expect(sign('c', others)).toMatchObject({ version: 8, parent: others.digest, ancestors: [] })
  })

  // attacker-controlled: whatever listens where the gate should.
  test('follows nothing that would leave no version to come', () => {
    sign('a')
    const last = { version: Number.MAX_SAFE_INTEGER - 1, digest: 'b'.repeat(64) }
    expect(() => sign('b', last)).toThrow('out of all order')
    expect(open().newest()?.bundle.version).toBe(1)
  })

  test('is due when it says something else, or ends within 30 days', () => {
    expect(open().isDue(content('a'), noon)).toBe(true)
    sign('a')
    expect([open().isDue(content('a'), noon), open().isDue(content('b'), noon)]).toEqual([false, true])
    expect(open().isDue(content('a'), noon + 61 * 86_400_000)).toBe(true)
  })

  test('is found by what it says, under whatever version it is held', () => {
    const [first] = [sign('a'), sign('b'), sign('c')]
    const held = contentDigest(content('b'))
    for (const version of [2, 1, 99]) expect(open().findContent(held, version)?.version).toBe(2)
    expect(open().findContent(contentDigest(first), 1)?.digest).toBe(first.digest)
    expect(open().findContent(contentDigest(content('d')), 1)).toBeUndefined()
  })

  test('is kept to go back to, 64 versions long, and read under the signer’s key only', () => {
    for (let i = 1; i <= 66; i += 1) sign(String(i))
    expect([open().find(1), open().find(2), open().find(3)?.files[0]?.text]).toEqual([undefined, undefined, '3'])
    expect(open().newest()?.bundle.version).toBe(66)
    expect(() => open(generateKeyPairSync('ed25519').privateKey).newest()).toThrow('was not signed with the key of sales')
    const path = join(state, 'signed', 'sales', '3.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace(/.(?="\}\]\}$)/, '!'))
    expect(() => open().find(3)).toThrow('was not signed with the key of sales')
    expect(existsSync(join(state, 'signers'))).toBe(false)
  })
})
