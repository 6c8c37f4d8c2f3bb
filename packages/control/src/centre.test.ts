import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bundle, following, openBundle, openFreshness, signBundle } from '@selvage/bundle'
import { SelvageError } from '@selvage/kernel/model'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Centre, openCentre } from './centre.ts'

const signer = generateKeyPairSync('ed25519')
const online = generateKeyPairSync('ed25519')
const now = Date.parse('2026-11-25T12:00:00Z')
let dir: string
const open = (at = now): Centre =>
  openCentre({
    mesh: 'example',
    stateDir: dir,
    centreKey: signer.publicKey,
    key: { id: 'control', privateKey: online.privateKey },
    now: () => at,
  })
const signed = (change: Partial<Bundle> = {}): string =>
  signBundle(
    {
      kind: 'centre',
      mesh: 'example',
      version: 2,
      issued: '2026-11-25T00:00:00Z',
      expires: '2027-02-01T00:00:00Z',
      variables: {},
      files: [],
      ...((change.version ?? 2) > 2 ? following(openBundle(signed(), signer.publicKey)) : {}),
      ...change,
    } as Bundle,
    { id: 'centre', privateKey: signer.privateKey },
  )
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return error instanceof SelvageError ? error.code : String(error)
  }
  return 'none'
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'selvage-centre-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

test('there is no freshness without a bundle', () => {
  expect(codeOf(() => open().freshness())).toBe('policy.missing')
})

test('keeps the newest bundle over a restart and says that it is current', () => {
  const { digest } = open().replace(signed())
  const centre = open()
  expect(centre.current()?.bundle.digest).toBe(digest)
  expect(openFreshness(centre.freshness(), online.publicKey)).toMatchObject({ version: 2, digest, mesh: 'example' })
})

test('refuses a lower version, another content under the same version, an expired one and a foreign one', () => {
  const centre = open()
  centre.replace(signed())
  expect(codeOf(() => centre.replace(signed()))).toBe('none')
  expect(codeOf(() => centre.replace(signed({ version: 1 })))).toBe('policy.version')
  expect(codeOf(() => centre.replace(signed({ variables: { A: 'b' } })))).toBe('policy.version')
  expect(codeOf(() => centre.replace(signed({ version: 3, expires: '2026-11-25T11:00:00Z' })))).toBe('policy.bundle_expired')
  expect(codeOf(() => centre.replace(signed({ version: 3, mesh: 'other' })))).toBe('policy.invalid')
  expect(codeOf(() => centre.replace(signed({ version: 3, kind: 'domain', domain: 'sales' })))).toBe('policy.invalid')
  expect(codeOf(() => centre.replace(signed({ version: 3, parent: 'a'.repeat(64), ancestors: [] })))).toBe('policy.parent')
  expect(centre.current()?.bundle.version).toBe(2)
})

test('takes what follows: from the one that it holds, or from one further back', () => {
  const centre = open()
  const { digest } = centre.replace(signed())
  const third = centre.replace(signed({ version: 3 }))
  expect(third).toMatchObject({ parent: digest, ancestors: [] })
  const away = signed({ version: 9, parent: 'a'.repeat(64), ancestors: ['b'.repeat(64), third.digest] })
  expect(centre.replace(away).version).toBe(9)
  expect(codeOf(() => centre.replace(signed({ version: 10 })))).toBe('policy.parent')
})
