import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { json, status } from '../../../packages/identity/src/testing/issuer.ts'
import { headerOf, signTexts, signToken, testKey } from '../../../packages/identity/src/testing/token.ts'
import { bare, type Told } from '../door/door.ts'
import { hasFaketime, isSkipped } from './clock.ts'
import { SmallMesh } from './small-mesh.ts'

const sql = 'SELECT id FROM lab.shop.orders ORDER BY 1'
const addresses = ['/v1/sql', '/v1/why', '/v1/who-saw', '/v1/who-can', '/v1/see-as', '/v1/replay', '/v1/products'] as const

let mesh: SmallMesh
const timed = test.skipIf(isSkipped)

/** One token at every address that takes one. */
function everywhere(token: string): Promise<readonly Told[]> {
  const headers = { authorization: `Bearer ${token}` }
  return Promise.all(
    addresses.map(path => {
      if (path === '/v1/products') return mesh.door.call(path, { method: 'GET', headers })
      const bodies: Readonly<Record<string, object>> = {
        '/v1/who-saw': { resource: 'lab.shop' },
        '/v1/who-can': { resource: 'lab.shop.orders' },
        '/v1/see-as': { login: 'ana' },
        '/v1/replay': { index: 0 },
      }
      const body = bodies[path] ?? { sql, purpose: 'analytics' }
      return mesh.door.call(path, { body, headers })
    }),
  )
}

const seen = ({ status, headers, body }: Told): object => ({ status, code: body?.code, challenge: headers.get('www-authenticate') })
const dpop = 'DPoP algs="ES256 EdDSA Ed25519 RS256"'
const refused = (code: string): object => ({ status: 401, code, challenge: `Bearer error="invalid_token", ${dpop}` })
const codeOf = async (token: string): Promise<string> => {
  const { status, body } = await mesh.ask(sql, { token })
  return status === 200 ? 'answered' : body.code
}

describe('tokens at a running gate', () => {
  beforeAll(async () => {
    mesh = await SmallMesh.ready({ stepped: hasFaketime })
  })
  afterAll(() => mesh?.close())

  const seconds = (): number => Math.floor(mesh.clock.now() / 1_000)
  const altered = (change: (payload: string) => string): string => {
    const [head, payload, signature] = mesh.token().split('.') as [string, string, string]
    return `${head}.${Buffer.from(change(Buffer.from(payload, 'base64url').toString('utf8'))).toString('base64url')}.${signature}`
  }

  const corpus: readonly (readonly [what: string, code: string, token: () => string])[] = [
    ['expired', 'identity.expired', () => mesh.token({ iat: seconds() - 700, exp: seconds() - 100 })],
    ['of the wrong audience', 'identity.audience', () => mesh.token({ aud: 'selvage:other' })],
    ['of several audiences, ours not among them', 'identity.audience', () => mesh.token({ aud: ['selvage:other', 'selvage'] })],
    ['from the future', 'identity.not_yet', () => mesh.token({ iat: seconds() + 60, exp: seconds() + 120 })],
    ['not valid before a later time', 'identity.not_yet', () => mesh.token({ nbf: seconds() + 60 })],
    ['altered: another subject', 'identity.signature', () => altered(payload => payload.replace('"ana"', '"ivo"'))],
    ['altered: another role', 'identity.signature', () => altered(payload => payload.replace('analyst', 'auditor'))],
    ['of a key that the issuer never had', 'identity.signature', () => signToken(mesh.claims(), testKey('k1'))],
    ['of a key id that the issuer never had', 'identity.signature', () => signToken(mesh.claims(), testKey('k9'))],
    ['of an unknown issuer', 'identity.issuer', () => mesh.token({ iss: 'http://127.0.0.1:7' })],
    ['of a lifetime beyond the bound', 'identity.claims', () => mesh.token({ exp: seconds() + 6_000 })],
    [
      'that is no access token',
      'identity.malformed',
      () => signTexts(headerOf(mesh.key, { typ: 'JWT' }), JSON.stringify(mesh.claims()), mesh.key),
    ],
    ['without signature', 'identity.malformed', () => `${mesh.token().split('.').slice(0, 2).join('.')}.`],
  ]

  test.each(corpus)('%s: %s at every address, with a challenge', async (_what, code, token) => {
    for (const told of await everywhere(token())) expect(seen(told)).toEqual(refused(code))
  })

  test('a refusal names nobody, nothing of the token and no product; before a token there is no product', async () => {
    const ask = (of: string, token: string): Promise<Told> => mesh.ask(`SELECT * FROM lab.${of}.orders`, { token })
    for (const [what, , token] of corpus) {
      const sent = token()
      const [known, hidden] = [await ask('shop', sent), await ask('nothing', sent)]
      expect({ what, told: bare(known) }).toEqual({ what, told: bare(hidden) })
      for (const part of [...sent.split('.').filter(piece => piece.length > 8), 'ana', 'ivo', 'shop', mesh.issuer.url])
        expect({ what, part, leaks: known.text.includes(part) }).toEqual({ what, part, leaks: false })
    }
  })

  timed('after the issuer rotated its keys, the old one is good until it is withdrawn and the gate looks again', async () => {
    expect(await codeOf(mesh.token())).toBe('answered')
    const next = testKey('k2')
    mesh.issuer.keys = json({ keys: [mesh.key.jwk, next.jwk] })
    await rested()
    expect(await codeOf(mesh.token({}, next))).toBe('answered')
    expect(await codeOf(mesh.token())).toBe('answered')
    mesh.issuer.keys = json({ keys: [next.jwk] })
    await rested()
    // An unknown key id makes the gate look; the withdrawn key is then gone, for tokens that it signed before too.
    expect(await codeOf(mesh.token({}, testKey('k3')))).toBe('identity.signature')
    expect(await codeOf(mesh.token())).toBe('identity.signature')
    expect(await codeOf(mesh.token({}, next))).toBe('answered')
    mesh.issuer.keys = json({ keys: [mesh.key.jwk] })
    await rested()
    expect(await codeOf(mesh.token())).toBe('answered')
  })

  timed('with the issuer down, keys that are known go on; what only it can tell is 503, with when to try again', async () => {
    const { keys, discovery } = mesh.issuer
    mesh.issuer.keys = status(503)
    mesh.issuer.discovery = status(503)
    await rested()
    expect(await codeOf(mesh.token())).toBe('answered')
    for (const token of [mesh.token({}, testKey('k4')), mesh.token({ iss: 'http://127.0.0.1:9' })])
      for (const told of await everywhere(token)) {
        expect(seen(told)).toEqual({ status: 503, code: 'identity.keys', challenge: null })
        expect(told.headers.get('retry-after')).toMatch(/^\d+$/)
      }
    Object.assign(mesh.issuer, { keys, discovery })
  })

  test('no token at all is challenged without an error', async () => {
    const told = await mesh.door.call('/v1/sql', { body: { sql, purpose: 'analytics' } })
    expect(seen(told)).toEqual({ status: 401, code: 'identity.missing', challenge: `Bearer, ${dpop}` })
  })

  /** A gate looks at an issuer twice in a minute at most. */
  async function rested(): Promise<void> {
    mesh.clock.step(61)
    await mesh.becomes('ready')
  }
})
