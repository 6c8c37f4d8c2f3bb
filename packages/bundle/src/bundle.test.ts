import { generateKeyPairSync, sign } from 'node:crypto'
import { SelvageError } from '@selvage/kernel/model'
import { describe, expect, test } from 'vitest'
import {
  type Bundle,
  contentDigest,
  following,
  lineageOf,
  maxBundleLength,
  openBundle,
  openFreshness,
  preAuthEncoding,
  signBundle,
  signFreshness,
  type VerifiedBundle,
} from './index.ts'

const signer = generateKeyPairSync('ed25519')
const other = generateKeyPairSync('ed25519')
const key = { id: 'centre', privateKey: signer.privateKey }
const digest = 'ab'.repeat(32)
const bundle: Bundle = {
  kind: 'centre',
  mesh: 'example',
  version: 3,
  issued: '2026-11-25T00:00:00.000Z',
  expires: '2027-02-23T00:00:00.000Z',
  variables: {},
  files: [{ path: 'mesh.yaml', text: 'name: example\n' }],
}

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return error instanceof SelvageError ? error.code : String(error)
  }
  return 'none'
}

describe('bundle', () => {
  test('opens under the key that signed it', () => {
    const { digest, '~verified': _, ...opened } = openBundle(signBundle(bundle, key), signer.publicKey)
    expect(opened).toEqual(bundle)
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
  })

  test('is refused under another key, and when any byte of it changes', () => {
    const envelope = signBundle(bundle, key)
    expect(codeOf(() => openBundle(envelope, other.publicKey))).toBe('policy.signature')
    const { payload, ...rest } = JSON.parse(envelope) as { payload: string }
    const changed = Buffer.from(payload, 'base64').toString('utf8').replace('"version":3', '"version":4')
    const forged = JSON.stringify({ ...rest, payload: Buffer.from(changed).toString('base64') })
    expect(codeOf(() => openBundle(forged, signer.publicKey))).toBe('policy.signature')
  })

  test('what is large and no envelope is refused before it is parsed, however it is nested', () => {
    const n = maxBundleLength - 2_000
    const sig = Buffer.alloc(64).toString('base64')
    const strange = [
      '['.repeat(n),
      `[${'1,'.repeat(n / 2 - 2)}1]`,
      `[${'{"a":1},'.repeat(n / 8 - 2)}1]`,
      `{"payload":"${'A'.repeat(n / 2)}","more":[${'[],'.repeat(n / 8)}[]]}`,
      `{"payload":"\\"${'['.repeat(n - 100)}"}`,
      JSON.stringify({ payloadType: 'x', payload: 'AAAA', signatures: Array(3).fill({ keyid: 'k', sig }) }),
    ]
    const parse = JSON.parse
    let parsed = 0
    JSON.parse = (text: string): unknown => {
      if (text.length > 10_000) parsed += 1
      return parse(text)
    }
    try {
      for (const text of strange) expect(codeOf(() => openBundle(text, signer.publicKey))).toBe('policy.invalid')
    } finally {
      JSON.parse = parse
    }
    expect(parsed).toBe(0)
  })

  test('the largest bundle opens', () => {
    const large = { ...bundle, files: [{ path: 'mesh.yaml', text: 'é'.repeat(5_900_000) }] }
    expect(openBundle(signBundle(large, key), signer.publicKey).files[0]?.text.length).toBe(5_900_000)
  })

  test('a freshness word is no bundle, though the same key signed it', () => {
    const word = signFreshness({ mesh: 'example', version: 3, digest: 'a'.repeat(64), issued: bundle.issued }, key)
    expect(openFreshness(word, signer.publicKey).version).toBe(3)
    expect(codeOf(() => openBundle(word, signer.publicKey))).toBe('policy.invalid')
    expect(codeOf(() => openFreshness(signBundle(bundle, key), signer.publicKey))).toBe('policy.invalid')
  })

  test.each([
    ['not JSON', 'policy.invalid', '{'],
    ['null', 'policy.invalid', 'null'],
    ['no signature', 'policy.invalid', '{"payloadType":"x","payload":"","signatures":[]}'],
    ['odd base64', 'policy.invalid', '{"payloadType":"application/vnd.selvage.bundle+json","payload":"e30","signatures":[{"sig":"AA=="}]}'],
    ['longer than a bundle may be', 'policy.too_large', ' '.repeat(maxBundleLength + 1)],
  ])('%s is refused', (_, code, text) => {
    expect(codeOf(() => openBundle(text, signer.publicKey))).toBe(code)
  })

  test.each([
    ['a path out of the tree', { files: [{ path: '../keys', text: '' }] }],
    ['version zero', { version: 0 }],
    ['no expiry', { expires: 'never' }],
    ['a centre with a domain', { domain: 'sales' }],
    ['a parent that is no digest', { parent: 'A'.repeat(64) }],
    ['ancestors without a parent', { ancestors: [] }],
    ['an ancestor that is no digest', { parent: digest, ancestors: ['x'] }],
    ['more ancestors than are named', { parent: digest, ancestors: Array(64).fill(digest) }],
  ])('%s is refused, though it is signed', (_, change) => {
    const odd = signBundle({ ...bundle, ...change } as Bundle, key)
    expect(codeOf(() => openBundle(odd, signer.publicKey))).toBe('policy.invalid')
  })

  test('the content digest ignores when it was signed, and nothing else', () => {
    expect(contentDigest(bundle)).toBe(contentDigest({ ...bundle, files: [...bundle.files] }))
    expect(contentDigest(bundle)).not.toBe(contentDigest({ ...bundle, variables: { A: 'b' } }))
  })

  test('names its parent and those before, the newest first, and no more than 64', () => {
    const open = (change: Partial<Bundle>): VerifiedBundle => openBundle(signBundle({ ...bundle, ...change }, key), signer.publicKey)
    let last = open({ version: 1 })
    const digests = [last.digest]
    for (let version = 2; version < 70; version += 1) {
      last = open({ version, ...following(last) })
      expect(lineageOf(last)).toEqual(digests.slice(0, 64))
      digests.unshift(last.digest)
    }
  })

  test('pre-authentication encoding as the DSSE specification’s example has it', () => {
    const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'))
    expect(Buffer.from(encoded).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world')
  })
})

describe('what a signer may have signed all the same', () => {
  const type = 'application/vnd.selvage.bundle+json'
  const sealed = (payload: Buffer): string => {
    const sig = sign(null, preAuthEncoding(type, payload), signer.privateKey).toString('base64')
    return JSON.stringify({ payloadType: type, payload: payload.toString('base64'), signatures: [{ keyid: 'k', sig }] })
  }
  const written = (change: object): Buffer => Buffer.from(JSON.stringify({ ...bundle, ...change }))

  test('bytes that are no UTF-8 are refused by a code of the table', () => {
    expect(codeOf(() => openBundle(sealed(Buffer.from([0x22, 0xff, 0x22])), signer.publicKey))).toBe('policy.invalid')
  })

  test('a byte order mark is not dropped: the digest is that of the bytes that were signed', () => {
    expect(codeOf(() => openBundle(sealed(Buffer.concat([Buffer.from('\ufeff'), written({})])), signer.publicKey))).toBe('policy.invalid')
  })

  test.each(['0', 'a b', '', '__proto__ '])('%j is no name of a variable', name => {
    expect(codeOf(() => openBundle(sealed(written({ variables: { [name]: 'x' } })), signer.publicKey))).toBe('policy.invalid')
  })

  test.each(['2026-02-30T00:00:00Z', '2026-11-25T24:00:00Z', '2026-13-01T00:00:00Z'])('%s is no instant', expires => {
    expect(codeOf(() => openBundle(sealed(written({ expires })), signer.publicKey))).toBe('policy.invalid')
  })
})
