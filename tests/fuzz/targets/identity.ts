import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { load } from '../dist-modules.ts'
import { check, type Target, utf8 } from '../target.ts'
import { anyOf, scratch, selvageErrors } from './refusals.ts'

type StrictModule = typeof import('../../../packages/identity/src/strict-json.ts')

const jsonWords = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  '\\u',
  '\\ud83d\\ude00',
  '\\udfff',
  '\\\\',
  'true',
  'null',
  '1e400',
  '-0',
  '"__proto__"',
  '{"a":',
  '[[',
  '﻿',
  ' ',
  '0.1',
]
const claimsText = JSON.stringify({
  iss: 'https://idp.example',
  sub: 'ana',
  aud: ['selvage:example'],
  client_id: 'app',
  jti: 'x1',
  iat: 1_700_000_000,
  exp: 1_700_000_600,
  nbf: 1_700_000_000,
  cnf: { jkt: 'a'.repeat(43) },
  ver: 1,
  auth_time: 1_700_000_000,
  roles: ['sales-rep', 'other'],
  realm: { roles: ['sales-rep'] },
  groups: ['staff', 'others'],
  region: 'north',
  job: { level: 3 },
  teams: ['a', 'b'],
  device: { managed: true, os: 'linux', patch: 7 },
  act: { sub: 'bot', roles: ['sales-rep'], act: { sub: 'bot2', iss: 'https://idp.example' } },
})
const header = '{"alg":"ES256","typ":"at+jwt","kid":"k1"}'
const claimWords = [
  ...jsonWords,
  '"sub":',
  '"act":',
  '"roles":',
  '"aud":',
  '"iat":',
  '"exp":',
  '"device":',
  '"cnf":',
  '"jkt":',
  '"x5t#S256":',
  '"bot"',
  '"ana"',
  '"selvage:example"',
  '1700000000',
  'at+jwt',
  'application/at+jwt',
]

async function refusals(): Promise<Target['refusal']> {
  const { JsonRefusal } = await load<StrictModule>('identity/strict-json')
  return anyOf(await selvageErrors('identity', 'request.header'), error => (error instanceof JsonRefusal ? error.message : undefined))
}

function jsonOf(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** Objects of both readers differ in their prototype. */
export const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** What the strict reader refuses of what JSON takes; anything else it must read as JSON does. */
const stricter = ['too deep', 'a name twice', 'a name of JavaScript’s own', 'a lone surrogate', 'a number out of bounds']

/** A reader by itself that only counts: colons outside of texts, names in objects. */
const colons = (text: string): number => text.replace(/"(?:[^"\\]|\\.)*"/gs, '').split(':').length - 1
const names = (value: unknown): number =>
  typeof value !== 'object' || value === null
    ? 0
    : Object.values(value).reduce((sum: number, item) => sum + names(item), Array.isArray(value) ? 0 : Object.keys(value).length)

/** The strict reader, or a copy of it. */
export function strictJsonTarget(name: string, { JsonRefusal, parseStrictJson }: StrictModule): Target {
  return {
    name,
    files: ['identity/strict-json'],
    seeds: [
      claimsText,
      header,
      '[1,-2.5e3,"\\u00e9",null,true,{"":[]}]',
      ' { } ',
      '"😀"',
      '[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]',
      '{"a":1,"a":2}',
    ],
    words: jsonWords,
    refusal: error => (error instanceof JsonRefusal ? error.message : undefined),
    run(bytes) {
      const text = utf8(bytes)
      const plain = jsonOf(text)
      let value: unknown
      try {
        value = parseStrictJson(text)
      } catch (error) {
        check(
          plain === undefined || !(error instanceof JsonRefusal) || stricter.includes(error.message),
          'what JSON takes is refused for a reason',
        )
        throw error
      }
      check(plain !== undefined && sameJson(plain.value, value), 'both readers of JSON agree')
      check(colons(text) === names(value), 'no name stands twice')
      check(sameJson(parseStrictJson(JSON.stringify(value)), value), 'JSON is read as it was written')
      return typeof value
    },
  }
}

const strictJson = async (): Promise<Target> => strictJsonTarget('strict-json', await load<StrictModule>('identity/strict-json'))

const encode = (text: string | Uint8Array): string => Buffer.from(text).toString('base64url')

/** The rules of RFC 4648 by themselves: alphabet, length, unused bits. */
function isCanonical(part: string): boolean {
  if (!/^[A-Za-z0-9_-]+$/.test(part) || part.length % 4 === 1) return false
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(part.at(-1)!)
  return part.length % 4 === 0 || (part.length % 4 === 2 ? last % 16 === 0 : last % 4 === 0)
}

/** Either a token, or its header and payload in two lines that are encoded here. */
async function compactToken(): Promise<Target> {
  const { parseCompactToken } = await load<typeof import('../../../packages/identity/src/compact-token.ts')>('identity/compact-token')
  const texts = [
    `${header}\n${claimsText}\nsig`,
    `${header}\n{}\ns`,
    '{"alg":"EdDSA","typ":"application/at+jwt","kid":"k","x5t":"a"}\n{"iss":"a"}\nsignature',
  ]
  return {
    name: 'token',
    files: ['identity/compact-token', 'identity/jws', 'identity/strict-json'],
    seeds: [...texts, ...texts.map(text => text.split('\n').map(encode).join('.'))],
    words: [...claimWords, '.', '\n', '=', '-', '_', '"crit":', '"jku":', '"b64":', 'eyJ'],
    longest: 6_000,
    refusal: await selvageErrors('identity.malformed'),
    run(bytes) {
      const given = bytes.toString('latin1')
      const text = given.startsWith('{')
        ? given
            .split('\n', 3)
            .map(part => encode(Buffer.from(part, 'latin1')))
            .join('.')
        : utf8(bytes)
      const token = parseCompactToken(text)
      const parts = text.split('.')
      check(parts.length === 3 && parts.every(isCanonical), 'a token has one text')
      check(token.text === text, 'the token is what was sent')
      const [head, payload] = parts
        .slice(0, 2)
        .map(part => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>)
      check(head?.alg === token.alg && head.kid === token.kid, 'the header is read as JSON has it')
      check(sameJson(payload, token.payload), 'the payload is read as JSON has it')
      return Object.keys(head).sort().join()
    },
  }
}

async function credentials(): Promise<Target> {
  const { credentialsIn } = await load<typeof import('../../../packages/identity/src/credentials.ts')>('identity/credentials')
  return {
    name: 'credentials',
    files: ['identity/credentials'],
    seeds: [
      'Host\nx\nAuthorization\nBearer abc.def-_~+/==',
      'authorization\nbearer x',
      'AUTHORIZATION\nBasic eDp5',
      'a\nb',
      'Authorization\nDPoP x\nDPoP\ny',
    ],
    words: ['Authorization', 'authorization', 'Bearer ', 'DPoP ', '\n', '=', ' ', 'ſ', 'K', 'a'],
    longest: 512,
    refusal: await selvageErrors('identity.missing', 'request.header'),
    run(bytes) {
      const raw = utf8(bytes).split('\n')
      const { scheme, token } = credentialsIn(raw)
      const named = raw.flatMap((name, i) =>
        i % 2 === 0 && i + 1 < raw.length && name.toLowerCase() === 'authorization' ? [raw[i + 1]!] : [],
      )
      check(
        named.length === 1 && named[0]!.split(' ')[1] === token && named[0]!.split(' ')[0]!.toLowerCase() === scheme,
        'the one header gives the token',
      )
      check(/^[A-Za-z0-9._~+/-]+=*$/.test(token), 'a token is a token68')
      return scheme
    },
  }
}

const proofKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const proofHeader = JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk: proofKey.publicKey.export({ format: 'jwk' }) })
const proofClaims = JSON.stringify({
  jti: 'x1',
  htm: 'POST',
  htu: 'https://gate.example/v1/sql',
  iat: 1_700_000_000,
  ath: createHash('sha256').update('token').digest('base64url'),
  nonce: 'n',
})

/** Header and payload in two lines, signed here. */
async function proof(): Promise<Target> {
  const { verifyProof } = await load<typeof import('../../../packages/identity/src/dpop-proof.ts')>('identity/dpop-proof')
  const { ProofKeys } = await load<typeof import('../../../packages/identity/src/proof-key.ts')>('identity/proof-key')
  const keys = new ProofKeys()
  const forThis = { method: 'POST', address: 'https://gate.example/v1/sql', token: 'token', now: 1_700_000_000_000 }
  return {
    name: 'proof',
    files: ['identity/dpop-proof', 'identity/proof-key', 'identity/jws'],
    seeds: [`${proofHeader}\n${proofClaims}`, `${proofHeader}\n{}`, `{"typ":"dpop+jwt","alg":"EdDSA","jwk":{"kty":"OKP"}}\n${proofClaims}`],
    words: [
      ...jsonWords,
      '\n',
      '"jwk":',
      '"d":"AA"',
      '"kty":"RSA"',
      '"crv":"Ed25519"',
      '"htu":',
      '?',
      '#',
      '/../',
      '%2e',
      'HTTPS://',
      ':443',
    ],
    longest: 4_000,
    refusal: await selvageErrors('identity.proof'),
    run(bytes) {
      const [header = '', payload = ''] = bytes.toString('latin1').split('\n', 2)
      const input = `${encode(Buffer.from(header, 'latin1'))}.${encode(Buffer.from(payload, 'latin1'))}`
      const signature = sign('sha256', Buffer.from(input), { key: proofKey.privateKey, dsaEncoding: 'ieee-p1363' })
      const { id, nonce } = verifyProof(`${input}.${encode(signature)}`, keys, forThis)
      const [head, said] = [header, payload].map(
        part => JSON.parse(Buffer.from(part, 'latin1').toString('utf8')) as Record<string, unknown>,
      )
      check(head?.typ === 'dpop+jwt' && head.alg === 'ES256', 'a proof says what it is')
      check(said?.jti === id && said.nonce === nonce && said.htm === 'POST', 'a proof is read as JSON has it')
      const { origin, pathname } = new URL(String(said.htu))
      check(origin + pathname === forThis.address, 'a proof is for this address')
      check(Math.abs(Number(said.iat) - 1_700_000_000) <= 35, 'a proof is of now')
      return `${nonce === undefined}`
    },
  }
}

const deviceKey = generateKeyPairSync('ed25519')
const { x } = deviceKey.publicKey.export({ format: 'jwk' })
const recordHeader = '{"alg":"EdDSA","typ":"device-posture+jwt"}'
const recordClaims = JSON.stringify({
  iss: 'mdm',
  sub: 'laptop',
  iat: 1_700_000_000,
  exp: 1_700_000_100,
  cnf: { jkt: 'a'.repeat(43) },
  signals: { managed: true, encrypted: false },
})

/** Header and payload in two lines, signed here. */
async function deviceRecord(): Promise<Target> {
  const { DeviceTrust } = await load<typeof import('../../../packages/identity/src/device-trust.ts')>('identity/device-trust')
  const key = { kty: 'OKP', crv: 'Ed25519', x: String(x) } as const
  const records = new DeviceTrust([{ source: 'mdm' as never, method: 'managed', key, maxAge: 900 }])
  return {
    name: 'device-record',
    files: ['identity/device-record', 'identity/device-trust', 'identity/confirmation', 'identity/proof-key', 'identity/jws'],
    seeds: [`${recordHeader}\n${recordClaims}`, `${recordHeader}\n{}`, `{"typ":"device-posture+jwt"}\n${recordClaims}`],
    words: [
      ...jsonWords,
      '\n',
      '"iss":"mdm"',
      '"signals":',
      '"managed":',
      '"patched":',
      '"cnf":',
      '"jkt":',
      '"x5t#S256":',
      '"exp":',
      '1700000000',
    ],
    longest: 4_000,
    refusal: await selvageErrors('device'),
    run(bytes) {
      const [header = '', payload = ''] = bytes.toString('latin1').split('\n', 2)
      const input = `${encode(Buffer.from(header, 'latin1'))}.${encode(Buffer.from(payload, 'latin1'))}`
      const { source, boundTo, signals, observedAt, expiresAt } = records.verify(
        `${input}.${encode(sign(null, Buffer.from(input), deviceKey.privateKey))}`,
        1_700_000_050_000,
      )
      const said = JSON.parse(Buffer.from(payload, 'latin1').toString('utf8')) as Record<string, unknown>
      check(source === said.iss && sameJson(signals, said.signals), 'a record is read as JSON has it')
      check((said.cnf as Record<string, unknown>)[boundTo.kind] === boundTo.thumbprint, 'a record is bound to what it names')
      check(observedAt <= 1_700_000_055_000 && expiresAt - observedAt <= 900_000, 'a record counts for no longer than its source’s may')
      return Object.keys(signals).sort().join()
    },
  }
}

async function claims(): Promise<Target> {
  const { checkClaims } = await load<typeof import('../../../packages/identity/src/claims.ts')>('identity/claims')
  const { readParties } = await load<typeof import('../../../packages/identity/src/subject.ts')>('identity/subject')
  const { readDevice } = await load<typeof import('../../../packages/identity/src/device.ts')>('identity/device')
  const { readConfirmation } = await load<typeof import('../../../packages/identity/src/confirmation.ts')>('identity/confirmation')
  const { isStrictObject, parseStrictJson } = await load<StrictModule>('identity/strict-json')
  const issuer = {
    alias: 'idp',
    issuer: 'https://idp.example',
    audience: 'selvage:example',
    maxLifetime: 3_600,
    algorithms: ['ES256'],
    agents: ['bot', 'bot2'],
    workloads: ['batch'],
    roles: { 'sales-rep': 'rep', ghost: 'none', toString: 'rep' },
    kind: 'login',
    token: { type: 'JWT', client: 'client_id', id: 'jti', require: { ver: [1, '1'] } },
    rolesClaim: ['realm', 'roles'],
    groups: { staff: 'staff', ghosts: 'none', toString: 'staff' },
    groupsClaim: ['groups'],
    attributes: ['region', 'level', 'teams', 'vip', 'undeclared'],
    claims: {
      region: { path: ['region'], maxAge: 60 },
      level: { path: ['job', 'level'] },
      teams: { path: ['teams'] },
      vip: { path: ['vip'] },
      undeclared: { path: ['x'] },
    },
  } as unknown as Parameters<typeof checkClaims>[1]
  const types = new Map([
    ['region', 'string'],
    ['level', 'integer'],
    ['teams', 'strings'],
    ['vip', 'boolean'],
  ]) as Parameters<typeof readParties>[2]['subjectAttributes']
  const trust = { issuer, subjectAttributes: types, roles: new Set(['rep']), groups: new Set(['staff']) }
  const agents = new Set(['idp/bot', 'idp/bot2'])
  return {
    name: 'claims',
    files: ['identity/claims', 'identity/attributes', 'identity/confirmation', 'identity/subject', 'identity/device'],
    seeds: [
      claimsText,
      claimsText.replace('"ana"', '"bot"').replace(/,"act".*/, '}'),
      claimsText.replace('"app"', '"bot"').replace(/,"act".*/, ',"vip":true}'),
      claimsText.replace('"app"', '"batch"'),
    ],
    words: [...claimWords, '"vip":', '"batch"', '"level":', '"_claim_names":', '\u200b', '"toString"'],
    refusal: await refusals(),
    run(bytes) {
      const payload = parseStrictJson(utf8(bytes))
      if (!isStrictObject(payload)) return 'no object'
      const found = checkClaims(payload, issuer, 1_700_000_100_000)
      const { sub, issuedAt, expiresAt, observedAt } = found
      check(expiresAt > issuedAt && expiresAt - issuedAt <= 3_600 && issuedAt <= 1_700_000_105, 'the times are within their bounds')
      check(observedAt <= issuedAt + 5, 'nobody is seen after the token is issued')
      const { subject, actors, provenance } = readParties(payload, found, trust, 1_700_000_100_000)
      check(
        subject.id === `idp/${sub}` && subject.roles.every(role => role === 'rep') && subject.groups.every(group => group === 'staff'),
        'a subject has its issuer’s name, and roles and groups of the mesh',
      )
      check((subject.kind === 'Agent') === agents.has(subject.id), 'an agent is one that the issuer lists')
      check(actors.length <= 5 && actors.every(actor => actor.kind === 'Agent' && agents.has(actor.id)), 'whoever acts is a listed agent')
      check(Object.isFrozen(subject) && Object.isFrozen(subject.attributes) && Object.isFrozen(actors), 'who asks is frozen')
      check(
        Object.keys(subject.attributes).every(name => types.has(name) && provenance[name]!.expiresAt <= expiresAt * 1_000),
        'only declared attributes are read, none beyond its token',
      )
      const device = readDevice(payload.device)
      const bound = readConfirmation(payload.cnf)
      check((payload.cnf === undefined) === (bound === undefined), 'a bound token stays bound')
      return `${bound?.kind} ${subject.kind} ${actors.length} ${Object.keys(subject.attributes).length} ${device === undefined}`
    },
  }
}

const keySet = JSON.stringify({
  keys: [
    { kty: 'EC', crv: 'P-256', kid: 'k1', x: 'a'.repeat(43), y: 'b'.repeat(43), alg: 'ES256', use: 'sig', key_ops: ['verify'] },
    { kty: 'OKP', crv: 'Ed25519', kid: 'k2', x: 'c'.repeat(43) },
    { kty: 'RSA', kid: 'k3', n: 'd'.repeat(342), e: 'AQAB' },
    { kty: 'oct', kid: 'k4', k: 'x' },
  ],
})

/** Keys that are some, public ones (RFC 7517 appendix A.1). */
export const point = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
}
const modulus = [
  '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhM',
  'stn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5',
  'hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
].join('')
const realKeys = JSON.stringify({
  keys: [
    { ...point, kid: 'r1' },
    { kty: 'RSA', kid: 'r2', n: modulus, e: 'AQAB' },
  ],
})

async function keySets(): Promise<Target> {
  const { KeySet, parseKeySet } = await load<typeof import('../../../packages/identity/src/key-set.ts')>('identity/key-set')
  return {
    name: 'key-set',
    files: ['identity/key-set', 'identity/strict-json'],
    seeds: [keySet, realKeys, '{"keys":[]}', '{}'],
    words: [
      ...jsonWords,
      '"kty":',
      '"RSA"',
      '"EC"',
      '"d":',
      '"use":"enc"',
      '"key_ops":',
      '"alg":1',
      '"kid":""',
      '{"kty":"EC","kid":"z","crv":"P-256","x":"A","y":"A"}',
    ],
    // A set that is none: the source of keys keeps the last good one.
    refusal: anyOf(await refusals(), error =>
      error instanceof Error && error.message.startsWith('key set: ') ? error.message : undefined,
    ),
    run(bytes) {
      const keys = parseKeySet(utf8(bytes))
      for (const { kid, jwk } of keys) {
        check(kid !== '' && kid.length <= 256, 'a key has an id')
        check(!('d' in jwk) && !('k' in jwk), 'no private part of a key is kept')
        check(['RSA', 'EC', 'OKP'].includes(String(jwk.kty)), 'a key is of a known kind')
      }
      const set = new KeySet(keys)
      const found = keys.flatMap(({ kid }) => ['RS256', 'ES256', 'EdDSA'].flatMap(alg => set.findKey(kid, alg as never) ?? []))
      for (const key of found) check(key.type === 'public', 'a key that is found is a public one')
      check(
        isDeepStrictEqual(
          parseKeySet(JSON.stringify({ keys: keys.map(({ kid, alg, jwk }) => ({ ...jwk, kid, ...(alg === undefined ? {} : { alg }) })) })),
          keys,
        ),
        'kept keys are read as they were',
      )
      return `${keys.length} ${keys.map(({ jwk }) => jwk.kty).join()} ${found.map(key => key.asymmetricKeyType).join()}`
    },
  }
}

async function keptKeys(): Promise<Target> {
  const { readKeptKeys } = await load<typeof import('../../../packages/identity/src/key-file.ts')>('identity/key-file')
  const dir = scratch()
  const issuer = 'https://idp.example'
  const path = join(dir, `${createHash('sha256').update(issuer).digest('hex').slice(0, 32)}.json`)
  return {
    name: 'kept-keys',
    files: ['identity/key-file'],
    seeds: [`{"issuer":"${issuer}","address":"${issuer}/jwks","fetchedAt":1700000000000,"set":${keySet}}\n`],
    words: [...jsonWords, '"address":', '"https://', '"http://[::1"', '"set":', '"fetchedAt":'],
    longest: 2_048,
    // Whatever it is, the source of keys fetches anew.
    refusal: anyOf(await refusals(), error =>
      error instanceof Error && /^(?:key set|kept keys): /.test(error.message) ? error.message : undefined,
    ),
    async run(bytes) {
      writeFileSync(path, bytes)
      const kept = await readKeptKeys(dir, issuer)
      check(
        kept !== undefined && kept.issuer === issuer && new URL(kept.address).origin === issuer && kept.keys.length > 0,
        'kept keys are of their issuer',
      )
      return `${kept.keys.length}`
    },
    close: () => rmSync(dir, { recursive: true }),
  }
}

/** Discovery and key set, as an issuer answers them: the first line and the rest. */
async function keyFetch(): Promise<Target> {
  const { fetchKeySet, fetchKeySetAddress } = await load<typeof import('../../../packages/identity/src/key-fetch.ts')>('identity/key-fetch')
  const known = anyOf(await refusals(), error =>
    error instanceof Error && /^(?:discovery|key set|fetch): /.test(error.message) ? error.message : undefined,
  )
  const issuer = 'http://localhost:1'
  return {
    name: 'key-fetch',
    files: ['identity/key-fetch'],
    seeds: [
      `{"issuer":"${issuer}","jwks_uri":"${issuer}/jwks"}\n${keySet}`,
      `{"issuer":"${issuer}","jwks_uri":"http://localhost:2/jwks"}\n{}`,
    ],
    words: [...jsonWords, '"jwks_uri":', '"issuer":', '"http://localhost:1', '"http://', '"kid":""', '\n'],
    longest: 2_048,
    // Whatever it is, the asker is told `identity.keys`; a text that is no URL and bytes that are no UTF-8 are a TypeError.
    refusal: error => known(error) ?? (error instanceof TypeError ? 'no URL or no UTF-8' : undefined),
    async run(bytes) {
      const end = bytes.indexOf('\n')
      const parts = [bytes.subarray(0, Math.max(0, end)), bytes.subarray(end + 1)]
      const fetch = async (): Promise<Response> => new Response(new Uint8Array(parts.shift()!))
      const { signal } = new AbortController()
      const address = await fetchKeySetAddress(issuer, { fetch, allowPrivate: true }, signal)
      check(new URL(address).origin === issuer, 'an issuer keeps its keys on its own origin')
      return `${(await fetchKeySet(address, { fetch, allowPrivate: true }, signal)).length}`
    },
  }
}

export const identityTargets: Readonly<Record<string, () => Promise<Target>>> = {
  'strict-json': strictJson,
  token: compactToken,
  credentials,
  proof,
  'device-record': deviceRecord,
  claims,
  'key-set': keySets,
  'kept-keys': keptKeys,
  'key-fetch': keyFetch,
}
