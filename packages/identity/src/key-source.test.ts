import { generateKeyPairSync } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KeySource } from './key-source.ts'
import { type Answer, claimsOf, codeOf, json, startTestIssuer, status, trustIn } from './testing/issuer.ts'
import { openStand, type Stand } from './testing/stand.ts'
import { signToken, type TestKey, testKey } from './testing/token.ts'

const minute = 60_000
const hour = 60 * minute
let stand: Stand
let keys: KeySource
beforeEach(async () => {
  stand = await openStand()
  keys = stand.keySource()
})
afterEach(() => stand.close())

const trust = () => trustIn(stand.issuer.url)
const ask = (kid = 'k1', source = keys, alg = 'ES256'): Promise<string> => codeOf(() => source.getKey(trust(), kid, alg))
const seen = (event: string) => stand.events.filter(entry => entry.event === event)
const cacheFile = (): string => join(stand.dir, readdirSync(stand.dir)[0] ?? '')

describe('an issuer that is there', () => {
  it('is asked once, for all who wait', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask()))
    expect(new Set(answers)).toEqual(new Set(['accepted']))
    expect(stand.issuer.asked).toEqual({ discovery: 1, keys: 1 })
    await ask()
    expect(stand.issuer.asked.keys).toBe(1)
  })

  it('is asked again after ten minutes, and a key that it withdrew is no key any more', async () => {
    await ask()
    stand.issuer.keys = json({ keys: [testKey('k2').jwk] })
    stand.clock.now += 10 * minute
    expect(await ask()).toBe('accepted')
    stand.clock.now += 1
    expect(await ask()).toBe('identity.signature')
    expect(await ask('k2')).toBe('accepted')
  })

  it('a new key is found at once', async () => {
    await ask()
    const next = testKey('k2')
    stand.issuer.keys = json({ keys: [stand.key.jwk, next.jwk] })
    expect(await ask('k2')).toBe('accepted')
    expect(await ask('k1')).toBe('accepted')
  })

  it('keys that change are told by the epoch, and a verified token is verified anew', async () => {
    const verifier = stand.verifier([trust()], keys)
    const token = signToken(claimsOf(stand.issuer.url, stand.clock.now), stand.key)
    await verifier.verify(token)
    const epoch = keys.epoch()
    const known = await verifier.verify(token)
    expect(await verifier.verify(token)).toBe(known)
    expect(keys.epoch()).toBe(epoch)
    stand.issuer.keys = json({ keys: [testKey('k2').jwk] })
    expect(await ask('k2')).toBe('accepted')
    expect(keys.epoch()).toBeGreaterThan(epoch)
    expect(await codeOf(() => verifier.verify(token))).toBe('identity.signature')
  })
})

describe('keys that are kept fresh', () => {
  it('are asked for when they are due, of issuers that are trusted, known and not pinned; and nothing comes of a failure', async () => {
    await keys.keepFresh([trust()])
    expect(stand.issuer.asked.keys).toBe(0)
    await ask()
    await keys.keepFresh([trust()])
    stand.clock.now += 10 * minute + 1
    await keys.keepFresh([])
    await keys.keepFresh([{ ...trust(), keys: [] }])
    expect(stand.issuer.asked.keys).toBe(1)
    const epoch = keys.epoch()
    stand.issuer.keys = json({ keys: [testKey('k2').jwk] })
    await keys.keepFresh([trust()])
    expect([stand.issuer.asked.keys, keys.epoch()]).toEqual([2, epoch + 1])
    stand.issuer.keys = status(500)
    stand.clock.now += 10 * minute + 1
    await keys.keepFresh([trust()])
    await keys.keepFresh([trust()])
    expect([stand.issuer.asked.keys, keys.stale(), keys.epoch()]).toEqual([3, ['workforce'], epoch + 2])
  })
})

describe('a flood of unknown key ids', () => {
  it('makes at most two looks in any minute', async () => {
    const looks: number[] = []
    for (let second = 0; second < 300; second++) {
      const before = stand.issuer.asked.keys
      await Promise.all(Array.from({ length: 20 }, (_, i) => ask(`unknown-${second}-${i}`)))
      for (let i = before; i < stand.issuer.asked.keys; i++) looks.push(second)
      stand.clock.now += 1_000
    }
    expect(looks.length).toBeGreaterThanOrEqual(8)
    expect(looks.length).toBeLessThanOrEqual(10)
    for (const from of looks) expect(looks.filter(at => at >= from && at < from + 60).length).toBeLessThanOrEqual(2)
    expect(stand.issuer.asked.discovery).toBe(1)
    expect(await ask()).toBe('accepted')
  })

  it('also while the issuer fails: no look for half a minute', async () => {
    await ask()
    stand.issuer.keys = status(500)
    stand.issuer.discovery = status(500)
    for (let second = 0; second < 120; second++) {
      await Promise.all(Array.from({ length: 20 }, (_, i) => ask(`unknown-${second}-${i}`)))
      expect(await ask()).toBe('accepted')
      stand.clock.now += 1_000
    }
    const { discovery, keys: sets } = stand.issuer.asked
    expect(sets + discovery).toBeLessThanOrEqual(2 + 4)
    expect(await ask('unknown')).toBe('identity.keys')
  })

  it('a clock that is set back does not lock the issuer out', async () => {
    await ask()
    await ask('u1')
    stand.clock.now -= 30 * hour
    stand.issuer.keys = json({ keys: [testKey('k2').jwk] })
    expect(await ask('k2')).toBe('accepted')
  })
})

describe('an issuer that is down', () => {
  it('was never seen: nobody can tell', async () => {
    await stand.issuer.close()
    expect(await ask()).toBe('identity.keys')
    expect(seen('identity.keys_unavailable').length).toBe(1)
    expect(await ask()).toBe('identity.keys')
    expect(seen('identity.keys_unavailable').length).toBe(1)
    const port = Number(new URL(stand.issuer.url).port)
    const back = await startTestIssuer([stand.key.jwk], port)
    stand.clock.now += 30_000
    expect(await ask()).toBe('accepted')
    await back.close()
  })

  it('keys last for a day, with an event that says how old they are', async () => {
    await ask()
    await stand.issuer.close()
    for (let i = 0; i < 24; i++) {
      expect([i, await ask()]).toEqual([i, 'accepted'])
      stand.clock.now += hour - 1
    }
    expect(seen('identity.keys_stale').map(({ issuer }) => issuer)).toEqual(Array(23).fill('workforce'))
    expect(seen('identity.keys_stale').at(-1)).toMatchObject({ seconds: 23 * 3_600 })
    stand.clock.now += 25
    expect(await ask()).toBe('identity.keys')
  })

  it('keys survive a restart', async () => {
    await ask()
    await stand.issuer.close()
    const after = stand.keySource()
    expect(await ask('k1', after)).toBe('accepted')
    stand.clock.now += 23 * hour
    expect(await ask('k1', stand.keySource())).toBe('accepted')
    stand.clock.now += hour + 1
    expect(await ask('k1', stand.keySource())).toBe('identity.keys')
  })

  it('its file is the owner’s only, whole, and alone', async () => {
    await ask()
    expect(readdirSync(stand.dir).length).toBe(1)
    expect(statSync(cacheFile()).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(cacheFile(), 'utf8'))).toMatchObject({ issuer: stand.issuer.url, fetchedAt: stand.clock.now })
  })

  it.each([
    ['empty', () => ''],
    ['cut', (text: string) => text.slice(0, 100)],
    ['another issuer’s', (text: string) => text.replace('"issuer":"http://127', '"issuer":"http://128')],
    ['of another origin', (text: string) => text.replace('"address":"http://127', '"address":"http://128')],
    ['from the future', (text: string) => text.replace(/"fetchedAt":\d+/, '"fetchedAt":9000000000000')],
    ['with a time that is a text', (text: string) => text.replace(/"fetchedAt":(\d+)/, '"fetchedAt":"$1"')],
    ['without keys', (text: string) => text.replace(/"keys":\[.*\]/, '"keys":[]')],
    ['huge', (text: string) => text + ' '.repeat(600_000)],
  ])('a file that is %s counts for nothing', async (name, spoil) => {
    await ask()
    await stand.issuer.close()
    writeFileSync(cacheFile(), spoil(readFileSync(cacheFile(), 'utf8')))
    expect(await ask('k1', stand.keySource())).toBe('identity.keys')
    expect(seen('identity.keys_unreadable').length).toBe(name === 'from the future' ? 0 : 1)
  })

  it('a folder that cannot be written is told, and does no harm', async () => {
    const file = join(stand.dir, 'a file')
    writeFileSync(file, '')
    expect(await ask('k1', stand.keySource({ dir: file }))).toBe('accepted')
    expect(seen('identity.keys_not_kept').length).toBe(1)
  })
})

describe('an issuer that answers badly', () => {
  const keyed = (...jwks: object[]): Answer => json({ keys: jwks })
  const text =
    (body: string): Answer =>
    response =>
      void response.end(body)
  const discovery = (more: object): Answer => json({ issuer: stand.issuer.url, jwks_uri: `${stand.issuer.url}/jwks`, ...more })
  const privateJwk = (): object => ({ ...stand.key.privateKey.export({ format: 'jwk' }), kid: 'k1' })
  const badKeys: readonly (readonly [string, string, () => Answer])[] = [
    ['an empty set', 'no usable key', () => keyed()],
    ['no set', 'no list of keys', () => json({})],
    ['a list', 'no list of keys', () => json([stand.key.jwk])],
    ['a status 500', 'status 500', () => status(500)],
    ['a status 203 with keys', 'status 203', () => response => response.writeHead(203).end(JSON.stringify({ keys: [stand.key.jwk] }))],
    ['101 keys', 'too many keys', () => keyed(...Array(101).fill(stand.key.jwk))],
    ['a set that is too large', 'too large', () => json({ keys: [stand.key.jwk], x: 'x'.repeat(256 * 1024) })],
    ['only private keys', 'no usable key', () => keyed(privateJwk())],
    ['only secrets', 'no usable key', () => keyed({ kty: 'oct', k: 'AAAA', kid: 'k1', alg: 'HS256' })],
    ['only keys for encryption', 'no usable key', () => keyed({ ...stand.key.jwk, use: 'enc' })],
    ['only keys for wrapping', 'no usable key', () => keyed({ ...stand.key.jwk, key_ops: ['wrapKey'] })],
    ['only keys without id', 'no usable key', () => keyed({ ...stand.key.jwk, kid: undefined })],
    ['a name twice', 'a name twice', () => text(`{"keys":[],"keys":[${JSON.stringify(stand.key.jwk)}]}`)],
    ['no JSON', 'no value', () => text('<html>')],
    ['nothing', 'fetch failed', () => (_, request) => void request.socket.destroy()],
  ]
  const badDiscovery: readonly (readonly [string, string, () => Answer])[] = [
    ['another issuer’s name', 'another issuer', () => discovery({ issuer: 'http://evil' })],
    ['no address of keys', 'no jwks_uri', () => discovery({ jwks_uri: undefined })],
    ['keys at a file', 'another origin', () => discovery({ jwks_uri: 'file:///etc/passwd' })],
    ['keys at the metadata service', 'another origin', () => discovery({ jwks_uri: 'http://169.254.169.254/' })],
    ['keys on another port', 'another origin', () => discovery({ jwks_uri: 'http://127.0.0.1:1/jwks' })],
    [
      'keys on another name of this machine',
      'another origin',
      () => discovery({ jwks_uri: stand.issuer.url.replace('127.0.0.1', 'localhost') }),
    ],
    ['keys at no URL', 'Invalid URL', () => discovery({ jwks_uri: '/jwks' })],
    ['a huge document', 'too large', () => discovery({ x: 'x'.repeat(300_000) })],
  ]

  it.each(badKeys)('keys: %s: none is taken', async (_, why, answer) => {
    stand.issuer.keys = answer()
    expect(await ask()).toBe('identity.keys')
    expect(seen('identity.keys_unavailable')).toMatchObject([{ cause: expect.stringContaining(why) }])
  })

  it.each(badKeys)('keys: %s: never evicts good ones', async (_, why, answer) => {
    await ask()
    stand.issuer.keys = answer()
    stand.clock.now += 11 * minute
    expect(await ask()).toBe('accepted')
    expect(seen('identity.keys_unavailable')).toMatchObject([{ cause: expect.stringContaining(why) }])
  })

  it.each(badDiscovery)('discovery: %s: none is taken', async (_, why, answer) => {
    stand.issuer.discovery = answer()
    expect(await ask()).toBe('identity.keys')
    expect(seen('identity.keys_unavailable')).toMatchObject([{ cause: expect.stringContaining(why) }])
    expect(stand.issuer.asked.keys).toBe(0)
  })

  it('follows no redirect', async () => {
    const elsewhere = await startTestIssuer([stand.key.jwk])
    stand.issuer.keys = status(302, { location: `${elsewhere.url}/jwks` })
    expect(await ask()).toBe('identity.keys')
    stand.clock.now += minute
    stand.issuer.keys = json({ keys: [stand.key.jwk] })
    stand.issuer.discovery = status(307, { location: `${elsewhere.url}/.well-known/openid-configuration` })
    expect(await ask()).toBe('identity.keys')
    expect(elsewhere.asked).toEqual({ discovery: 0, keys: 0 })
    await elsewhere.close()
  })

  it('waits three seconds, for a drip as for silence', async () => {
    const started = performance.now()
    stand.issuer.keys = response => {
      const timer = setInterval(() => response.write(' '), 50)
      response.once('close', () => clearInterval(timer))
    }
    const silent = await openStand()
    silent.issuer.discovery = () => undefined
    const codes = await Promise.all([ask(), codeOf(() => silent.keySource().getKey(trustIn(silent.issuer.url), 'k1', 'ES256'))])
    expect(codes).toEqual(['identity.keys', 'identity.keys'])
    expect(performance.now() - started).toBeGreaterThan(2_500)
    expect(performance.now() - started).toBeLessThan(5_000)
    await silent.close()
  })

  it('ends an endless answer at the bound', async () => {
    let sent = 0
    stand.issuer.keys = response => {
      const chunk = Buffer.alloc(65_536, 0x20)
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length
      }
      response.on('drain', more)
      more()
    }
    expect(await ask()).toBe('identity.keys')
    expect(sent).toBeLessThan(64 * 1_048_576)
  })
})

describe('a private address', () => {
  it('is asked in development only', async () => {
    const source = stand.keySource({ allowPrivate: false })
    expect(await ask('k1', source)).toBe('identity.keys')
    expect(await codeOf(() => source.getKey(trustIn('https://127.0.0.1:1'), 'k1', 'ES256'))).toBe('identity.keys')
    expect(await codeOf(() => source.getKey(trustIn('https://localhost:1'), 'k1', 'ES256'))).toBe('identity.keys')
    expect(stand.issuer.asked).toEqual({ discovery: 0, keys: 0 })
  })
})

describe('hosts that may be asked', () => {
  it('are those that are configured, whatever an issuer’s address is', async () => {
    const { host } = new URL(stand.issuer.url)
    expect(await ask('k1', stand.keySource({ hosts: ['login.example.org', '127.0.0.1', `x${host}`] }))).toBe('identity.keys')
    expect(seen('identity.keys_unavailable')).toMatchObject([{ cause: expect.stringContaining('not a host that may be asked') }])
    expect(stand.issuer.asked).toEqual({ discovery: 0, keys: 0 })
    expect(await ask('k1', stand.keySource({ hosts: [host] }))).toBe('accepted')
  })
})

describe('stale keys', () => {
  it('are told with each token, and to the operator, until the issuer answers again', async () => {
    const verifier = stand.verifier(undefined, keys)
    const token = signToken(claimsOf(stand.issuer.url, stand.clock.now), stand.key)
    const long = signToken({ ...claimsOf(stand.issuer.url, stand.clock.now + 11 * minute), jti: 'later' }, stand.key)
    expect([(await verifier.verify(token)).keysStale, keys.stale()]).toEqual([false, []])
    stand.issuer.keys = status(500)
    stand.clock.now += 11 * minute
    expect([(await verifier.verify(long)).keysStale, keys.stale()]).toEqual([true, ['workforce']])
    stand.issuer.keys = json({ keys: [stand.key.jwk] })
    stand.clock.now += minute
    // What was found while they were stale is not remembered.
    await keys.getKey(trustIn(stand.issuer.url), 'k1', 'ES256')
    expect([(await verifier.verify(long)).keysStale, keys.stale()]).toEqual([false, []])
  })
})

describe('which key', () => {
  const serve = (...jwks: object[]): void => {
    stand.issuer.keys = json({ keys: jwks })
  }
  const rsa = testKey('r', 'RS256')

  it('fits the algorithm, and its own label', async () => {
    const ed = testKey('e', 'EdDSA')
    serve(stand.key.jwk, rsa.jwk, { ...rsa.jwk, kid: 'only-PS256', alg: 'PS256' }, ed.jwk, { ...ed.jwk, kid: 'labelled', alg: 'EdDSA' })
    const table = [
      ['k1', 'ES256', 'accepted'],
      ['k1', 'ES384', 'identity.signature'],
      ['k1', 'RS256', 'identity.signature'],
      ['k1', 'HS256', 'identity.signature'],
      ['k1', 'none', 'identity.signature'],
      ['k1', 'constructor', 'identity.signature'],
      ['r', 'RS256', 'accepted'],
      ['r', 'PS512', 'accepted'],
      ['r', 'ES256', 'identity.signature'],
      ['only-PS256', 'PS256', 'accepted'],
      ['only-PS256', 'RS256', 'identity.signature'],
      ['e', 'EdDSA', 'accepted'],
      ['labelled', 'Ed25519', 'accepted'],
    ] as const
    for (const [kid, alg, code] of table) expect([kid, alg, await ask(kid, keys, alg)]).toEqual([kid, alg, code])
  })

  it('two of one id: of different kinds each is found, of one kind neither', async () => {
    serve(stand.key.jwk, { ...rsa.jwk, kid: 'k1' })
    expect(await ask('k1', keys, 'RS256')).toBe('accepted')
    serve(stand.key.jwk, testKey('k1').jwk, testKey('k3').jwk)
    expect(await ask('k3')).toBe('accepted')
    expect(await ask('k1')).toBe('identity.signature')
    stand.clock.now += minute
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' })
    serve(stand.key.jwk, { ...p384, kid: 'k1' }, testKey('k4').jwk)
    expect(await ask('k4')).toBe('accepted')
    expect([await ask('k1'), await ask('k1', keys, 'ES384')]).toEqual(['accepted', 'accepted'])
  })

  it('a short or oversized RSA key, or a point off the curve, is none', async () => {
    serve(
      testKey('k2').jwk,
      { ...rsa.jwk, kid: 'short', n: rsa.jwk.n?.slice(0, 171) },
      { ...rsa.jwk, kid: 'large', n: 'u'.repeat(1_400) },
      { ...rsa.jwk, kid: 'exponent', e: 'u'.repeat(300) },
      { ...stand.key.jwk, kid: 'off', y: stand.key.jwk.x },
    )
    for (const [kid, alg] of [
      ['short', 'RS256'],
      ['large', 'RS256'],
      ['exponent', 'RS256'],
      ['off', 'ES256'],
    ] as const)
      expect([kid, await ask(kid, keys, alg)]).toEqual([kid, 'identity.signature'])
  })

  it.each([testKey('e', 'EdDSA'), testKey('r', 'RS256'), testKey('k', 'ES256')])('verifies $alg', async (key: TestKey) => {
    serve(key.jwk)
    const verifier = stand.verifier([trustIn(stand.issuer.url, { algorithms: [key.alg] })], keys)
    const token = signToken(claimsOf(stand.issuer.url, stand.clock.now), key)
    expect((await verifier.verify(token)).subject.id).toBe('workforce/rep')
  })
})
