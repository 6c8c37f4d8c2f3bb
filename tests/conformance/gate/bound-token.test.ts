import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { athOf, jktOf, type ProofClaims, signProof } from '../../../packages/identity/src/testing/proof.ts'
import { type TestKey, testKey } from '../../../packages/identity/src/testing/token.ts'
import type { Told } from '../door/door.ts'
import { SmallMesh } from './small-mesh.ts'

vi.setConfig({ testTimeout: 60_000 })

const key = testKey('proof')
let mesh: SmallMesh
let nonce: string | undefined
let proofs = 0

beforeAll(async () => {
  mesh = await SmallMesh.ready()
})
afterAll(() => mesh.close())

const bound = (cnf: object = { jkt: jktOf(key) }): string => mesh.token({ cnf })
function proofOf(token: string, more: ProofClaims = {}, by: TestKey = key): string {
  proofs += 1
  const iat = Math.floor(Date.now() / 1_000)
  return signProof({ jti: `${proofs}`, htm: 'POST', htu: `${mesh.door.url}/v1/sql`, iat, ath: athOf(token), nonce, ...more }, by)
}
function send(authorization: string, dpop?: string, path = '/v1/sql'): Promise<Told> {
  const headers = { authorization, ...(dpop === undefined ? {} : { dpop }) }
  return mesh.door.call(path, { headers, body: { sql: 'SELECT id FROM lab.shop.orders', purpose: 'analytics' } })
}
const codeOf = async (told: Promise<Told>): Promise<string> => {
  const { status, body } = await told
  return status === 200 ? 'taken' : body.code
}

test('a gate gives its nonce, and takes a proof that has it', async () => {
  const token = bound()
  const first = await send(`DPoP ${token}`, proofOf(token))
  expect([first.body.code, first.headers.get('www-authenticate')]).toEqual([
    'identity.nonce',
    'DPoP error="use_dpop_nonce", algs="ES256 EdDSA Ed25519 RS256"',
  ])
  nonce = first.headers.get('dpop-nonce') ?? ''
  expect(await codeOf(send(`DPoP ${token}`, proofOf(token)))).toBe('taken')
  expect(await codeOf(send(`DPoP ${token}`, proofOf(token, { htu: `${mesh.door.url}/v1/why` }), '/v1/why'))).toBe('taken')
})

test('a bound token is worth nothing without a proof of its own for this very request', async () => {
  const token = bound()
  const used = proofOf(token)
  expect(await codeOf(send(`DPoP ${token}`, used))).toBe('taken')
  const refused = [
    send(`Bearer ${token}`),
    send(`Bearer ${token}`, proofOf(token)),
    send(`DPoP ${token}`),
    send(`DPoP ${token}`, used),
    send(`DPoP ${token}`, proofOf(token), '/v1/why'),
    send(`DPoP ${token}`, proofOf(token, {}, testKey('stolen'))),
    send(`DPoP ${bound()}`, proofOf(mesh.token({ jti: 'another' }))),
    send(`DPoP ${mesh.token()}`, proofOf(mesh.token())),
    // A certificate that this connection has not shown.
    send(`Bearer ${bound({ 'x5t#S256': createHash('sha256').update('x').digest('base64url') })}`),
  ]
  for (const told of refused) expect(await codeOf(told)).toBe('identity.proof')
})
