import { generateKeyPairSync } from 'node:crypto'
import type { fetchKeySet, fetchKeySetAddress } from '../../key-fetch.ts'
import type { KeySet, parseKeySet } from '../../key-set.ts'
import { testKey } from '../token.ts'
import type { Hostile } from './tokens.ts'

/** What finds the keys of an issuer. */
export interface Finders {
  readonly fetchKeySet: typeof fetchKeySet
  readonly fetchKeySetAddress: typeof fetchKeySetAddress
  readonly KeySet: typeof KeySet
  readonly parseKeySet: typeof parseKeySet
}

type Find = (finders: Finders) => unknown

const { jwk, privateKey } = testKey('one')
const { publicKey: short } = generateKeyPairSync('rsa', { modulusLength: 1_024 })
const url = 'https://8.8.8.8'
const signal = new AbortController().signal

/** Looks for the one key; taken where one is found. */
const found =
  (alg: string, ...keys: readonly object[]): Find =>
  ({ KeySet: Keys, parseKeySet: parse }) => {
    const key = new Keys(parse(JSON.stringify({ keys }))).findKey('one', alg)
    if (key === undefined) throw Object.assign(new Error('none'), { code: 'none' })
  }

const answering =
  (body: unknown, status = 200): typeof fetch =>
  async () =>
    new Response(JSON.stringify(body), { status })

const refused = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: Error) => {
    throw Object.assign(error, { code: 'refused' })
  })
const discovers =
  (body: unknown, status?: number): Find =>
  ({ fetchKeySetAddress: ask }) =>
    refused(ask(url, { fetch: answering(body, status), allowPrivate: false }, signal))
const fetches =
  (address: string, body: unknown, hosts?: readonly string[]): Find =>
  ({ fetchKeySet: ask }) =>
    refused(ask(address, { fetch: answering(body), allowPrivate: false, hosts }, signal))
const good = { keys: [jwk] }

/** Keys that are nobody's proof, and issuers' documents that are no such thing: none is taken. */
export const hostileKeys: readonly Hostile<Find>[] = [
  ['a private key', 'none', found('ES256', { ...jwk, ...privateKey.export({ format: 'jwk' }) })],
  ['a key for encryption', 'none', found('ES256', { ...jwk, use: 'enc' })],
  ['a key for wrapping', 'none', found('ES256', { ...jwk, key_ops: ['wrapKey'] })],
  ['a short key', 'none', found('RS256', { ...short.export({ format: 'jwk' }), kid: 'one' })],
  ['two keys of one id', 'none', found('ES256', jwk, { ...testKey('one').jwk })],
  ['a key for another algorithm', 'none', found('ES256', { ...jwk, alg: 'ES384' })],
  ['another issuer’s document', 'refused', discovers({ issuer: 'https://9.9.9.9', jwks_uri: `${url}/keys` })],
  ['keys elsewhere', 'refused', discovers({ issuer: url, jwks_uri: 'https://9.9.9.9/keys' })],
  ['a part of a document', 'refused', discovers({ issuer: url, jwks_uri: `${url}/keys` }, 206)],
  ['a large document', 'refused', discovers({ issuer: url, jwks_uri: `${url}/keys`, x: 'x'.repeat(300_000) })],
  ['an empty set', 'refused', fetches(`${url}/keys`, { keys: [] })],
  ['a host that is not listed', 'refused', fetches(`${url}/keys`, good, ['login.example.org'])],
  ['an address of this machine', 'refused', fetches('https://127.0.0.1/keys', good)],
  ['plain http', 'refused', fetches('http://8.8.8.8/keys', good)],
  ['credentials in an address', 'refused', fetches('https://x@8.8.8.8/keys', good)],
]
