import { createHash, randomBytes } from 'node:crypto'
import type { Confirmation } from '../../confirmation.ts'
import { createSenderChecker, type Presented, type SenderChecker, type SenderProof } from '../../sender.ts'
import { athOf, jktOf, type ProofClaims, publicJwk, signProof } from '../proof.ts'
import { type TestKey, testKey } from '../token.ts'
import type { Hostile } from './tokens.ts'

const key = testKey('one')
/** Of whom a token was stolen, and whoever has it now. */
const thief = testKey('two')
const { jwk } = testKey('rsa', 'RS256')
const privateJwk = key.privateKey.export({ format: 'jwk' })
export const token = 'the.very.token'
export const address = 'http://127.0.0.1:4000/v1/sql'
const certificate = Buffer.from('what TLS has proven')

export const boundTo = (of: TestKey): { confirmation: Confirmation } => ({ confirmation: { kind: 'jkt', thumbprint: jktOf(of) } })
export const boundToCertificate = (of = certificate): { confirmation: Confirmation } => ({
  confirmation: { kind: 'x5t#S256', thumbprint: createHash('sha256').update(of).digest('base64url') },
})

/** A checker with clocks that a test moves, and a token that is bound to one key. */
export class SenderStand {
  /** What the wall clock says, which may be set. */
  now: number = Date.UTC(2026, 10, 25, 12)
  uptime = 0
  readonly key: TestKey = key
  readonly checker: SenderChecker
  #proofs = 0

  constructor(proofs = 64, create: typeof createSenderChecker = createSenderChecker) {
    this.checker = create({ now: () => this.now, uptime: () => this.uptime, random: randomBytes, proofs })
  }

  pass(milliseconds: number): void {
    this.now += milliseconds
    this.uptime += milliseconds
  }

  get seconds(): number {
    return Math.floor(this.now / 1_000)
  }

  good(more: ProofClaims = {}): ProofClaims {
    this.#proofs += 1
    return {
      jti: `p${this.#proofs}`,
      htm: 'POST',
      htu: address,
      iat: this.seconds,
      ath: athOf(token),
      nonce: this.checker.nonce(),
      ...more,
    }
  }

  proof(more: ProofClaims = {}, by = key, header: object = {}): string {
    return signProof(this.good(more), by, header)
  }

  send(proof: string, more: Partial<Presented> = {}): Promise<SenderProof> {
    return this.sendAll(['DPoP', proof], more)
  }

  sendAll(
    headers: readonly string[],
    more: Partial<Presented> = {},
    who: { confirmation?: Confirmation } = boundTo(key),
  ): Promise<SenderProof> {
    const rawHeaders = ['Authorization', `DPoP ${token}`, ...headers]
    return this.checker.check(token, who, { rawHeaders, method: 'POST', address, ...more })
  }

  asBearer(headers: readonly string[], who: { confirmation?: Confirmation }, more: Partial<Presented> = {}): Promise<SenderProof> {
    const rawHeaders = ['Authorization', `Bearer ${token}`, ...headers]
    return this.checker.check(token, who, { rawHeaders, method: 'POST', address, ...more })
  }
}

type SendProof = (stand: SenderStand) => Promise<unknown>

async function twice(stand: SenderStand, after = 0): Promise<unknown> {
  const proof = stand.proof()
  await stand.send(proof)
  stand.pass(after)
  return stand.send(proof).finally(() => stand.pass(-after))
}

/** Requests with a token that is bound to a key, by whoever has the token, or a proof, or both, and not the key for this very request. */
export const hostileProofs: readonly Hostile<SendProof>[] = [
  ['of another key', 'identity.proof', stand => stand.send(stand.proof({}, testKey('other')))],
  [
    'signed by another key than it names',
    'identity.proof',
    stand => stand.send(signProof(stand.good(), testKey('other'), { jwk: publicJwk(key) })),
  ],
  ['for another method', 'identity.proof', stand => stand.send(stand.proof({ htm: 'GET' }))],
  ['for a method in small letters', 'identity.proof', stand => stand.send(stand.proof({ htm: 'post' }))],
  ['for another path', 'identity.proof', stand => stand.send(stand.proof({ htu: 'http://127.0.0.1:4000/v1/why' }))],
  ['for another host', 'identity.proof', stand => stand.send(stand.proof({ htu: 'http://127.0.0.1:4001/v1/sql' }))],
  ['for https', 'identity.proof', stand => stand.send(stand.proof({ htu: 'https://127.0.0.1:4000/v1/sql' }))],
  ['for an address with credentials', 'identity.proof', stand => stand.send(stand.proof({ htu: 'http://x@127.0.0.1:4000/v1/sql' }))],
  ['for no address', 'identity.proof', stand => stand.send(stand.proof({ htu: 'x' }))],
  ['for a long address', 'identity.proof', stand => stand.send(stand.proof({ htu: `${address}?${'x'.repeat(2_048)}` }))],
  ['for another token', 'identity.proof', stand => stand.send(stand.proof({ ath: athOf('another') }))],
  ['for no token', 'identity.proof', stand => stand.send(stand.proof({ ath: undefined }))],
  ['made 36 seconds ago', 'identity.proof', stand => stand.send(stand.proof({ iat: stand.seconds - 36 }))],
  ['of a clock that is a minute behind', 'identity.proof', stand => stand.send(stand.proof({ iat: stand.seconds - 60 }))],
  ['of a clock that is six seconds ahead', 'identity.proof', stand => stand.send(stand.proof({ iat: stand.seconds + 6 }))],
  ['of a time that is a text', 'identity.proof', stand => stand.send(stand.proof({ iat: String(stand.seconds) }))],
  ['of no time', 'identity.proof', stand => stand.send(stand.proof({ iat: undefined }))],
  ['without an id', 'identity.proof', stand => stand.send(stand.proof({ jti: undefined }))],
  ['with a long id', 'identity.proof', stand => stand.send(stand.proof({ jti: 'x'.repeat(257) }))],
  ['with an id that is no text', 'identity.proof', stand => stand.send(stand.proof({ jti: { toString: 1 } }))],
  ['with a nonce that is no text', 'identity.proof', stand => stand.send(stand.proof({ nonce: 1 }))],
  ['without a type', 'identity.proof', stand => stand.send(stand.proof({}, key, { typ: undefined }))],
  ['that is an access token', 'identity.proof', stand => stand.send(stand.proof({}, key, { typ: 'at+jwt' }))],
  ['without an algorithm', 'identity.proof', stand => stand.send(stand.proof({}, key, { alg: undefined }))],
  ['by no algorithm', 'identity.proof', stand => stand.send(stand.proof({}, key, { alg: 'none' }))],
  ['by a secret', 'identity.proof', stand => stand.send(stand.proof({}, key, { alg: 'HS256' }))],
  ['by an algorithm of another kind of key', 'identity.proof', stand => stand.send(stand.proof({}, key, { alg: 'RS256' }))],
  ['by an algorithm of Object.prototype', 'identity.proof', stand => stand.send(stand.proof({}, key, { alg: 'constructor' }))],
  ['with a key id beside the key', 'identity.proof', stand => stand.send(stand.proof({}, key, { kid: 'x' }))],
  ['with an address of keys', 'identity.proof', stand => stand.send(stand.proof({}, key, { jku: 'http://127.0.0.1:1/' }))],
  ['with a demand', 'identity.proof', stand => stand.send(stand.proof({}, key, { crit: ['exp'] }))],
  ['without a key', 'identity.proof', stand => stand.send(stand.proof({}, key, { jwk: undefined }))],
  ['with its private key', 'identity.proof', stand => stand.send(stand.proof({}, key, { jwk: privateJwk }))],
  ['with a secret as key', 'identity.proof', stand => stand.send(stand.proof({}, key, { jwk: { kty: 'oct', k: 'AAAA' } }))],
  ['with a short RSA key', 'identity.proof', stand => stand.send(stand.proof({}, key, { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } }))],
  [
    'with an RSA key of another exponent',
    'identity.proof',
    stand => stand.send(stand.proof({}, key, { jwk: { kty: 'RSA', n: jwk.n, e: 'Aw' } })),
  ],
  [
    'with a point that is on no curve',
    'identity.proof',
    stand => stand.send(stand.proof({}, key, { jwk: { ...publicJwk(key), y: publicJwk(key).x } })),
  ],
  ['on another curve', 'identity.proof', stand => stand.send(stand.proof({}, key, { jwk: { ...publicJwk(key), crv: 'P-384' } }))],
  ['that is long', 'identity.proof', stand => stand.send(stand.proof({ x: 'x'.repeat(4_096) }))],
  [
    'with a signature in DER',
    'identity.proof',
    stand => stand.send(`${stand.proof().split('.').slice(0, 2).join('.')}.${Buffer.alloc(70, 0x30).toString('base64url')}`),
  ],
  ['with a short signature', 'identity.proof', stand => stand.send(`${stand.proof().split('.').slice(0, 2).join('.')}.AAAA`)],
  ['that is none', 'identity.proof', stand => stand.send('x')],
  ['that is empty', 'identity.proof', stand => stand.send('')],
  ['in two headers', 'identity.proof', stand => stand.sendAll(['DPoP', stand.proof(), 'dpop', stand.proof()])],
  ['in one header, twice', 'identity.proof', stand => stand.sendAll(['DPoP', `${stand.proof()}, ${stand.proof()}`])],
  ['that is stripped', 'identity.proof', stand => stand.sendAll([])],
  ['of a request whose address is not kstand.secondsn', 'identity.proof', stand => stand.send(stand.proof({ htu: '' }), { address: '' })],
  ['that is used twice', 'identity.proof', stand => twice(stand)],
  ['that is used twice, half a minute later', 'identity.proof', stand => twice(stand, 34_000)],
  ['without a nonce', 'identity.nonce', stand => stand.send(stand.proof({ nonce: undefined }))],
  ['with a nonce of its own', 'identity.nonce', stand => stand.send(stand.proof({ nonce: 'x'.repeat(32) }))],
  ['with a nonce of another gate', 'identity.nonce', stand => stand.send(stand.proof({ nonce: new SenderStand().checker.nonce() }))],
  ['for a token that is bound to nothing', 'identity.proof', stand => stand.sendAll(['DPoP', stand.proof()], {}, {})],
  ['beside a token that is sent as a bearer’s', 'identity.proof', stand => stand.asBearer(['DPoP', stand.proof()], boundTo(key))],
  ['of the thief', 'identity.proof', stand => stand.send(stand.proof({}, thief))],
  ['instead of a certificate', 'identity.proof', stand => stand.sendAll(['DPoP', stand.proof()], { certificate }, boundToCertificate())],
  ['another certificate', 'identity.proof', stand => stand.asBearer([], boundToCertificate(), { certificate: Buffer.from('another') })],
  ['no certificate', 'identity.proof', stand => stand.asBearer([], boundToCertificate())],
]
