import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatPublicKey, parsePublicKey, secretKeyFile, signingKeyFile } from './key-file.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'selvage-key-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

test('a key file is made once, for its owner alone', () => {
  const path = join(dir, 'keys', 'a.key')
  const key = secretKeyFile(path)
  expect(Buffer.from(secretKeyFile(path))).toEqual(Buffer.from(key))
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a key file that others may read is refused', () => {
  const path = join(dir, 'a.key')
  secretKeyFile(path)
  chmodSync(path, 0o640)
  expect(() => secretKeyFile(path)).toThrow(/0600/)
})

test('a public key survives its text form', () => {
  const key = signingKeyFile(join(dir, 'a.pem'))
  const text = formatPublicKey(key)
  expect(formatPublicKey(parsePublicKey(text))).toBe(text)
  expect(() => parsePublicKey('ed25519:short')).toThrow(TypeError)
})

test('a public key has one text: unused bits of base64url are zero', () => {
  expect(() => parsePublicKey(`ed25519:${'A'.repeat(43)}`)).not.toThrow()
  expect(() => parsePublicKey(`ed25519:${'A'.repeat(42)}B`)).toThrow(TypeError)
})
