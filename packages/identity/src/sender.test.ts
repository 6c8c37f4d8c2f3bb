import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Confirmation } from './confirmation.ts'
import { createSenderChecker, type Presented, type SenderChecker, type SenderProof } from './sender.ts'
import { codeOf } from './testing/issuer.ts'
import { athOf, jktOf, type ProofClaims, publicJwk, signProof } from './testing/proof.ts'
import { type TestKey, testKey } from './testing/token.ts'

const key = testKey('one')
const token = 'the.very.token'
const address = 'http://127.0.0.1:4000/v1/sql'
const jkt = (of: TestKey): { confirmation: Confirmation } => ({ confirmation: { kind: 'jkt', thumbprint: jktOf(of) } })

/** A checker with a clock that a test moves. */
class Stand {
  now = Date.UTC(2026, 10, 25, 12)
  readonly checker: SenderChecker
  #proofs = 0

  constructor(proofs = 64) {
    this.checker = createSenderChecker({ now: () => this.now, random: randomBytes, proofs })
  }

  good(more: ProofClaims = {}): ProofClaims {
    this.#proofs += 1
    const iat = Math.floor(this.now / 1_000)
    return { jti: `p${this.#proofs}`, htm: 'POST', htu: address, iat, ath: athOf(token), nonce: this.checker.nonce(), ...more }
  }

  proof(more: ProofClaims = {}, by = key, header: object = {}): string {
    return signProof(this.good(more), by, header)
  }

  send(proof: string, more: Partial<Presented> = {}): Promise<SenderProof> {
    const rawHeaders = ['Authorization', `DPoP ${token}`, 'DPoP', proof]
    return this.checker.check(token, jkt(key), { rawHeaders, method: 'POST', address, ...more })
  }
}

describe('a token that is bound to nothing', () => {
  const { checker } = new Stand()
  const present = (authorization: string): Promise<SenderProof> =>
    checker.check(token, {}, { rawHeaders: ['Authorization', authorization], method: 'GET', address })

  it('is its bearer’s', async () => {
    expect(await present(`Bearer ${token}`)).toEqual({ kind: 'bearer' })
  })

  it('proves nothing by the name of the scheme', async () => {
    expect(await codeOf(() => present(`DPoP ${token}`))).toBe('identity.proof')
  })
})

describe('a token that is bound to a key', () => {
  it.each(['ES256', 'RS256', 'EdDSA'] as const)('is taken with a proof of that key: %s', async alg => {
    const stand = new Stand()
    const by = testKey('x', alg)
    const rawHeaders = ['authorization', `dpop ${token}`, 'dpop', stand.proof({}, by)]
    const proof = await stand.checker.check(token, jkt(by), { rawHeaders, method: 'POST', address })
    expect(proof).toEqual({ kind: 'dpop', thumbprint: jktOf(by) })
  })

  it('is taken with the newer name of EdDSA', async () => {
    const stand = new Stand()
    const by = testKey('x', 'EdDSA')
    const rawHeaders = ['Authorization', `DPoP ${token}`, 'DPoP', stand.proof({}, by, { alg: 'Ed25519' })]
    expect((await stand.checker.check(token, jkt(by), { rawHeaders, method: 'POST', address })).kind).toBe('dpop')
  })

  it('is nobody’s as a bearer’s, with a proof or without', async () => {
    const stand = new Stand()
    for (const more of [[], ['DPoP', stand.proof()]])
      expect(
        await codeOf(() =>
          stand.checker.check(token, jkt(key), { rawHeaders: ['Authorization', `Bearer ${token}`, ...more], method: 'POST', address }),
        ),
      ).toBe('identity.proof')
  })

  it('is taken whatever query and fragment the proof has, and for an address that is the same', async () => {
    const stand = new Stand()
    const same = [`${address}?a=b`, `${address}#x`, 'HTTP://127.0.0.1:4000/v1/sql', 'http://127.0.0.1:4000/v1/./sql']
    for (const htu of same) expect((await stand.send(stand.proof({ htu }))).kind).toBe('dpop')
  })

  it('takes a proof once', async () => {
    const stand = new Stand()
    const proof = stand.proof()
    expect((await stand.send(proof)).kind).toBe('dpop')
    expect(await codeOf(() => stand.send(proof))).toBe('identity.proof')
    stand.now += 34_000
    expect(await codeOf(() => stand.send(proof))).toBe('identity.proof')
  })

  it('asks for a nonce of its own, of this minute or the one before', async () => {
    const stand = new Stand()
    const nonce = stand.checker.nonce()
    for (const other of [undefined, 'x'.repeat(32), new Stand().checker.nonce()])
      expect(await codeOf(() => stand.send(stand.proof({ nonce: other })))).toBe('identity.nonce')
    stand.now += 60_000
    expect(stand.checker.nonce()).not.toBe(nonce)
    expect((await stand.send(stand.proof({ nonce }))).kind).toBe('dpop')
    stand.now += 60_000
    expect(await codeOf(() => stand.send(stand.proof({ nonce })))).toBe('identity.nonce')
  })

  it('takes no proof that it could not tell from one that was used', async () => {
    const stand = new Stand(16)
    const other = testKey('two')
    const others = (): Promise<SenderProof> => {
      const rawHeaders = ['Authorization', `DPoP ${token}`, 'DPoP', stand.proof({}, other)]
      return stand.checker.check(token, jkt(other), { rawHeaders, method: 'POST', address })
    }
    // A quarter is one key's …
    for (let i = 0; i < 4; i++) await stand.send(stand.proof())
    expect(await codeOf(() => stand.send(stand.proof()))).toBe('limit.share')
    expect((await others()).kind).toBe('dpop')
    // … until those before are too old by themselves.
    stand.now += 40_000
    expect((await stand.send(stand.proof())).kind).toBe('dpop')
  })
})

const stand = new Stand()
const now = Math.floor(stand.now / 1_000)
const { jwk } = testKey('rsa', 'RS256')
const privateJwk = key.privateKey.export({ format: 'jwk' })
type Case = readonly [string, () => string | Promise<unknown>]
const refused: readonly Case[] = [
  ['of another key', () => stand.proof({}, testKey('other'))],
  ['signed by another key than it names', () => signProof(stand.good(), testKey('other'), { jwk: publicJwk(key) })],
  ['for another method', () => stand.proof({ htm: 'GET' })],
  ['for a method in small letters', () => stand.proof({ htm: 'post' })],
  ['for another path', () => stand.proof({ htu: 'http://127.0.0.1:4000/v1/why' })],
  ['for another host', () => stand.proof({ htu: 'http://127.0.0.1:4001/v1/sql' })],
  ['for https', () => stand.proof({ htu: 'https://127.0.0.1:4000/v1/sql' })],
  ['for an address with credentials', () => stand.proof({ htu: 'http://x@127.0.0.1:4000/v1/sql' })],
  ['for no address', () => stand.proof({ htu: 'x' })],
  ['for a long address', () => stand.proof({ htu: `${address}?${'x'.repeat(2_048)}` })],
  ['for another token', () => stand.proof({ ath: athOf('another') })],
  ['for no token', () => stand.proof({ ath: undefined })],
  ['made 36 seconds ago', () => stand.proof({ iat: now - 36 })],
  ['of a clock that is a minute behind', () => stand.proof({ iat: now - 60 })],
  ['of a clock that is six seconds ahead', () => stand.proof({ iat: now + 6 })],
  ['of a time that is a text', () => stand.proof({ iat: String(now) })],
  ['of no time', () => stand.proof({ iat: undefined })],
  ['without an id', () => stand.proof({ jti: undefined })],
  ['with a long id', () => stand.proof({ jti: 'x'.repeat(257) })],
  ['with an id that is no text', () => stand.proof({ jti: { toString: 1 } })],
  ['with a nonce that is no text', () => stand.proof({ nonce: 1 })],
  ['without a type', () => stand.proof({}, key, { typ: undefined })],
  ['that is an access token', () => stand.proof({}, key, { typ: 'at+jwt' })],
  ['without an algorithm', () => stand.proof({}, key, { alg: undefined })],
  ['by no algorithm', () => stand.proof({}, key, { alg: 'none' })],
  ['by a secret', () => stand.proof({}, key, { alg: 'HS256' })],
  ['by an algorithm of another kind of key', () => stand.proof({}, key, { alg: 'RS256' })],
  ['by an algorithm of Object.prototype', () => stand.proof({}, key, { alg: 'constructor' })],
  ['with a key id beside the key', () => stand.proof({}, key, { kid: 'x' })],
  ['with an address of keys', () => stand.proof({}, key, { jku: 'http://127.0.0.1:1/' })],
  ['with a demand', () => stand.proof({}, key, { crit: ['exp'] })],
  ['without a key', () => stand.proof({}, key, { jwk: undefined })],
  ['with its private key', () => stand.proof({}, key, { jwk: privateJwk })],
  ['with a secret as key', () => stand.proof({}, key, { jwk: { kty: 'oct', k: 'AAAA' } })],
  ['with a short RSA key', () => stand.proof({}, key, { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } })],
  ['with an RSA key of another exponent', () => stand.proof({}, key, { jwk: { kty: 'RSA', n: jwk.n, e: 'Aw' } })],
  ['with a point that is on no curve', () => stand.proof({}, key, { jwk: { ...publicJwk(key), y: publicJwk(key).x } })],
  ['on another curve', () => stand.proof({}, key, { jwk: { ...publicJwk(key), crv: 'P-384' } })],
  ['that is long', () => stand.proof({ x: 'x'.repeat(4_096) })],
  ['with a signature in DER', () => `${stand.proof().split('.').slice(0, 2).join('.')}.${Buffer.alloc(70, 0x30).toString('base64url')}`],
  ['with a short signature', () => `${stand.proof().split('.').slice(0, 2).join('.')}.AAAA`],
  ['that is none', () => 'x'],
  ['that is empty', () => ''],
  ['in two headers', () => sendAll(['DPoP', stand.proof(), 'dpop', stand.proof()])],
  ['in one header, twice', () => sendAll(['DPoP', `${stand.proof()}, ${stand.proof()}`])],
  ['that is stripped', () => sendAll([])],
  ['of a request whose address is not known', () => stand.send(stand.proof({ htu: '' }), { address: '' })],
]
const sendAll = (more: readonly string[]): Promise<SenderProof> =>
  stand.checker.check(token, jkt(key), { rawHeaders: ['Authorization', `DPoP ${token}`, ...more], method: 'POST', address })

describe(`hostile proofs: ${refused.length}`, () => {
  it('the proof that all of them alter is good', async () => {
    expect((await stand.send(stand.proof())).kind).toBe('dpop')
  })

  it.each(refused)('%s', async (_, make) => {
    const made = make()
    expect(await codeOf(() => (typeof made === 'string' ? stand.send(made) : made))).toBe('identity.proof')
  })

  it('takes none of the window that tells replays', async () => {
    expect((await stand.send(stand.proof())).kind).toBe('dpop')
  })
})

describe('a token that is bound to a certificate', () => {
  const certificate = Buffer.from('what TLS has proven')
  const who = { confirmation: { kind: 'x5t#S256', thumbprint: createHash('sha256').update(certificate).digest('base64url') } } as const
  const rawHeaders = ['Authorization', `Bearer ${token}`]
  const request = { rawHeaders, method: 'POST', address }

  it('is taken on a connection with that certificate', async () => {
    const proof = await stand.checker.check(token, who, { ...request, certificate })
    expect(proof).toEqual({ kind: 'mtls', thumbprint: who.confirmation.thumbprint })
  })

  it('is refused on any other, and with a proof of another kind', async () => {
    const proven = { rawHeaders: ['Authorization', `DPoP ${token}`, 'DPoP', stand.proof()], method: 'POST', address, certificate }
    for (const presented of [request, { ...request, certificate: Buffer.from('another') }, proven])
      expect(await codeOf(() => stand.checker.check(token, who, presented))).toBe('identity.proof')
  })
})
