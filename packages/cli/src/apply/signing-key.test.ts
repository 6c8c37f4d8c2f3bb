import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { CommandError } from '../exit.ts'
import { readSigningKey } from './signing-key.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-signer-'))
afterAll(() => rmSync(dir, { recursive: true }))

const path = join(dir, 'sales.pem')
const pem = (type: 'ed25519' | 'x25519'): string =>
  (type === 'ed25519' ? generateKeyPairSync(type) : generateKeyPairSync(type)).privateKey
    .export({ type: 'pkcs8', format: 'pem' })
    .toString()
const text = pem('ed25519')
writeFileSync(path, text, { mode: 0o600 })

const refused = (name: string): string => {
  try {
    readSigningKey(join(dir, name))
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    expect(`${error.message} ${error.help ?? ''} ${JSON.stringify(error.json)}`).not.toContain('MC4CAQAw')
    return error.message.replace(dir, '')
  }
  return 'taken'
}

test('a key of its owner alone is read', () => {
  expect(readSigningKey(path).asymmetricKeyType).toBe('ed25519')
})

test.each([0o640, 0o604, 0o660, 0o601])('one of mode %o is refused', mode => {
  writeFileSync(join(dir, 'open.pem'), text)
  chmodSync(join(dir, 'open.pem'), mode)
  expect(refused('open.pem')).toContain('others may read')
})

test('a link, a folder, a pipe, another kind of key, another text and none at all are refused', () => {
  symlinkSync(path, join(dir, 'link.pem'))
  mkdirSync(join(dir, 'folder.pem'), { mode: 0o700 })
  execFileSync('mkfifo', ['-m', '600', join(dir, 'pipe.pem')])
  writeFileSync(join(dir, 'other.pem'), pem('x25519'), { mode: 0o600 })
  writeFileSync(join(dir, 'cut.pem'), text.slice(0, 60), { mode: 0o600 })
  writeFileSync(join(dir, 'long.pem'), text.padEnd(9_000), { mode: 0o600 })
  expect(refused('link.pem')).toContain('is a link')
  for (const name of ['folder', 'pipe', 'long']) expect(refused(`${name}.pem`)).toContain('is no key file')
  for (const name of ['other', 'cut']) expect(refused(`${name}.pem`)).toContain('holds no Ed25519 key')
  expect(refused('nothing.pem')).toContain('is not there')
})
