import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readKeptKeys } from './key-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-keys-'))
afterAll(() => rmSync(dir, { recursive: true }))
const issuer = 'https://idp.example'
const path = join(dir, `${createHash('sha256').update(issuer).digest('hex').slice(0, 32)}.json`)

test.each(['no address', 'http://[::1', '', 'https://other.example/jwks'])(
  'kept keys of the address %j are refused in our own words',
  async address => {
    writeFileSync(path, JSON.stringify({ issuer, address, fetchedAt: 1, set: { keys: [] } }))
    await expect(readKeptKeys(dir, issuer)).rejects.toThrow('kept keys: address')
  },
)
