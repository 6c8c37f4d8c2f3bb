import { createPublicKey } from 'node:crypto'
import type { Issuer } from '@selvage/kernel/contract'
import type { Name } from '@selvage/kernel/model'
import { trustIn } from '../issuer.ts'
import { encode, headerOf, hmacTexts, signTexts, signToken, type TestKey, testKey } from '../token.ts'

/** One thing that must not be taken: what it is, the code that it is refused with, and how it is made. */
export type Hostile<Make> = readonly [name: string, code: string, make: Make]

/** The issuers of the corpus, `url` being the one of the claims: its neighbours have their keys pinned, or none. */
export const corpusIssuers = (url: string): Issuer[] => {
  const keys = [key.jwk as Readonly<Record<string, string>>]
  return [
    trustIn(url),
    trustIn(`${url}/partner`, { alias: 'partner' as Name, agents: ['theirs'] }),
    trustIn(`${url}/login`, {
      alias: 'login' as Name,
      kind: 'login',
      token: { type: 'JWT', client: 'azp', require: { typ: ['Bearer'] } },
      keys,
    }),
    trustIn(`${url}/ci`, { alias: 'ci' as Name, kind: 'workload', keys }),
  ]
}

/** From claims that are good, and the seconds of now. */
export type MakeToken = (claims: Record<string, unknown>, seconds: number) => string | Uint8Array

/** The issuer's own: tokens of `corpusIssuer` are signed with the first. */
export const key: TestKey = testKey('k1')
export const rsa: TestKey = testKey('rsa', 'RS256')
/** Of the same id, and nobody's. */
const other = testKey('k1')
const url = 'http://issuer'

export const signed =
  (more: object, header: object = {}, by: TestKey = key): MakeToken =>
  claims =>
    signToken({ ...claims, ...more }, by, header)
const withoutHeader = (name: string): MakeToken => signed({}, { [name]: undefined })
const without = (name: string): MakeToken => signed({ [name]: undefined })
const times =
  (make: (now: number) => object): MakeToken =>
  (claims, now) =>
    signToken({ ...claims, ...make(now) }, key)
/** The payload's text, changed by hand. */
const edited =
  (edit: (text: string) => string | Uint8Array, header = headerOf(key)): MakeToken =>
  claims =>
    signTexts(header, edit(JSON.stringify(claims)), key)
const withHeaderText =
  (header: string | Uint8Array): MakeToken =>
  claims =>
    signTexts(header, JSON.stringify(claims), key)
/** The finished token's text, changed by hand. */
const altered =
  (edit: (token: string) => string): MakeToken =>
  claims =>
    edit(signToken(claims, key))
/** Of an issuer whose form is another. */
const ofLogin =
  (more: object, header: object = {}): MakeToken =>
  claims =>
    signToken({ ...claims, iss: `${String(claims.iss)}/login`, client_id: undefined, azp: 'app', typ: 'Bearer', ...more }, key, {
      typ: 'JWT',
      ...header,
    })
const part = (token: string, i: number): string => token.split('.')[i] ?? ''
const lastBits = (text: string): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) ?? '') ^ 1]
}
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const pem = createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' }).toString()

/** Tokens that an attacker, or a careless issuer, could send. */
export const hostileTokens: readonly Hostile<MakeToken>[] = [
  // Algorithms
  ['alg none', 'identity.malformed', claims => `${encode('{"alg":"none","typ":"at+jwt","kid":"k1"}')}.${encode(JSON.stringify(claims))}.`],
  ['alg none with a signature', 'identity.signature', signed({}, { alg: 'none' })],
  ['alg None', 'identity.signature', signed({}, { alg: 'None' })],
  ['alg NONE', 'identity.signature', signed({}, { alg: 'NONE' })],
  ['alg empty', 'identity.signature', signed({}, { alg: '' })],
  ['alg es256', 'identity.signature', signed({}, { alg: 'es256' })],
  ['alg as a list', 'identity.malformed', signed({}, { alg: ['ES256'] })],
  ['no alg', 'identity.malformed', withoutHeader('alg')],
  ['HS256 with the public key as secret', 'identity.signature', c => hmacTexts(headerOf(key, { alg: 'HS256' }), JSON.stringify(c), pem)],
  [
    'HS256 with the JWK as secret',
    'identity.signature',
    c => hmacTexts(headerOf(key, { alg: 'HS256' }), JSON.stringify(c), JSON.stringify(key.jwk)),
  ],
  ['HS256 with an empty secret', 'identity.signature', c => hmacTexts(headerOf(key, { alg: 'HS256' }), JSON.stringify(c), '')],
  ['ES256 by HMAC with the public key', 'identity.signature', c => hmacTexts(headerOf(key), JSON.stringify(c), pem)],
  ['RS256, which this issuer does not use', 'identity.signature', signed({}, {}, rsa)],
  ['ES256 with the id of an RSA key', 'identity.signature', signed({}, { kid: 'rsa' })],
  ['RS256 with the id of an EC key', 'identity.signature', signed({}, { kid: 'k1' }, rsa)],
  ['ES384 by a P-256 key', 'identity.signature', signed({}, { alg: 'ES384' })],
  ['an algorithm of Object.prototype', 'identity.signature', signed({}, { alg: 'toString' })],
  ['a signature of zeros', 'identity.signature', altered(t => `${t.slice(0, t.lastIndexOf('.'))}.${encode(Buffer.alloc(64))}`)],
  ['a signature of r = s = n', 'identity.signature', altered(t => `${t.slice(0, t.lastIndexOf('.'))}.${encode(Buffer.alloc(64, 0xff))}`)],
  ['a signature in DER', 'identity.signature', altered(t => `${t.slice(0, t.lastIndexOf('.'))}.${encode(Buffer.alloc(70, 0x30))}`)],
  ['a short signature', 'identity.signature', altered(t => `${t.slice(0, t.lastIndexOf('.'))}.${encode(Buffer.alloc(63, 1))}`)],
  // Keys
  ['another key of the same id', 'identity.signature', signed({}, {}, other)],
  ['an embedded jwk', 'identity.malformed', signed({}, { jwk: other.jwk }, other)],
  ['jku', 'identity.malformed', signed({}, { jku: 'http://127.0.0.1:1/keys' }, other)],
  ['x5u', 'identity.malformed', signed({}, { x5u: 'http://127.0.0.1:1/cert' })],
  ['x5c', 'identity.malformed', signed({}, { x5c: ['AAAA'] })],
  ['no kid', 'identity.malformed', withoutHeader('kid')],
  ['an empty kid', 'identity.malformed', signed({}, { kid: '' })],
  ['a number as kid', 'identity.malformed', signed({}, { kid: 1 })],
  ['a long kid', 'identity.malformed', signed({}, { kid: 'k'.repeat(257) })],
  ['an unknown kid', 'identity.signature', signed({}, { kid: 'k2' })],
  ['a kid that is a path', 'identity.signature', signed({}, { kid: '../../../../dev/null' })],
  ['kid __proto__', 'identity.signature', signed({}, { kid: '__proto__' })],
  // The header
  ['crit', 'identity.malformed', signed({}, { crit: ['exp'], exp: 1 })],
  ['an empty crit', 'identity.malformed', signed({}, { crit: [] })],
  ['b64 false', 'identity.malformed', signed({}, { b64: false, crit: ['b64'] })],
  ['b64 false without crit', 'identity.malformed', signed({}, { b64: false })],
  ['zip', 'identity.malformed', signed({}, { zip: 'DEF' })],
  ['enc', 'identity.malformed', signed({}, { enc: 'A128GCM' })],
  ['cty of a nested token', 'identity.malformed', signed({}, { cty: 'JWT' })],
  ['no typ', 'identity.malformed', withoutHeader('typ')],
  ['typ JWT: an ID token', 'identity.malformed', signed({}, { typ: 'JWT' })],
  ['typ AT+JWT', 'identity.malformed', signed({}, { typ: 'AT+JWT' })],
  ['typ secevent+jwt', 'identity.malformed', signed({}, { typ: 'secevent+jwt' })],
  ['typ dpop+jwt', 'identity.malformed', signed({}, { typ: 'dpop+jwt' })],
  ['typ with a parameter', 'identity.malformed', signed({}, { typ: 'at+jwt; x=1' })],
  ['alg twice', 'identity.malformed', withHeaderText('{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"k1"}')],
  ['alg twice, once escaped', 'identity.malformed', withHeaderText('{"alg":"ES256","\\u0061lg":"ES256","typ":"at+jwt","kid":"k1"}')],
  ['__proto__ in the header', 'identity.malformed', withHeaderText('{"__proto__":{"alg":"none"},"alg":"ES256","typ":"at+jwt","kid":"k1"}')],
  ['a list as header', 'identity.malformed', withHeaderText('["ES256"]')],
  ['null as header', 'identity.malformed', withHeaderText('null')],
  ['a header that is no JSON', 'identity.malformed', withHeaderText('alg=ES256')],
  // Encoding
  ['a byte order mark before the header', 'identity.malformed', withHeaderText(`\ufeff${headerOf(key)}`)],
  ['a byte order mark before the payload', 'identity.malformed', edited(text => `\ufeff${text}`)],
  ['UTF-16', 'identity.malformed', edited(text => Buffer.from(text, 'utf16le'))],
  [
    'bytes that are no UTF-8',
    'identity.malformed',
    edited(text => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from(',"x":"\xff"}', 'latin1')])),
  ],
  [
    'an overlong encoding',
    'identity.malformed',
    edited(text => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from(',"x":"\xc0\xaf"}', 'latin1')])),
  ],
  ['altered unused bits of the signature', 'identity.malformed', altered(lastBits)],
  ['a padded signature', 'identity.malformed', altered(t => `${t}==`)],
  ['a padded header', 'identity.malformed', altered(t => t.replace('.', '=.'))],
  ['a newline after it', 'identity.malformed', altered(t => `${t}\n`)],
  ['a space before it', 'identity.malformed', altered(t => ` ${t}`)],
  ['a newline inside', 'identity.malformed', altered(t => `${t.slice(0, 20)}\n${t.slice(20)}`)],
  ['a NUL inside', 'identity.malformed', altered(t => `${t}\0`)],
  ['the standard base64 alphabet', 'identity.malformed', altered(t => `${part(t, 0)}.${part(t, 1)}.${'+/'.repeat(43)}`)],
  ['two parts', 'identity.malformed', altered(t => t.slice(0, t.lastIndexOf('.')))],
  ['four parts', 'identity.malformed', altered(t => `${t}.AAAA`)],
  ['five parts: a JWE', 'identity.malformed', altered(t => `${t}.AAAA.AAAA`)],
  ['an empty payload', 'identity.malformed', altered(t => `${part(t, 0)}..${part(t, 2)}`)],
  ['no text', 'identity.malformed', () => ''],
  ['dots', 'identity.malformed', () => '..'],
  ['two megabytes', 'identity.malformed', signed({ x: 'x'.repeat(2_000_000) })],
  ['two megabytes of dots', 'identity.malformed', () => '.'.repeat(2_000_000)],
  [
    'the JSON form of a JWS',
    'identity.malformed',
    altered(t => JSON.stringify({ protected: part(t, 0), payload: part(t, 1), signature: part(t, 2) })),
  ],
  [
    'a payload of another token',
    'identity.signature',
    c => altered(t => `${part(t, 0)}.${encode(JSON.stringify({ ...c, sub: 'steward' }))}.${part(t, 2)}`)(c, 0),
  ],
  // The payload as JSON
  ['sub twice', 'identity.malformed', edited(text => text.replace('{', '{"sub":"steward",'))],
  ['exp twice', 'identity.malformed', edited(text => text.replace('{', '{"exp":9999999999,'))],
  [
    'a name twice in an inner object',
    'identity.malformed',
    edited(text => text.replace('"managed":true', '"managed":false,"managed":true')),
  ],
  ['__proto__ claims', 'identity.malformed', edited(text => text.replace('{', '{"__proto__":{"roles":["analyst"]},'))],
  ['__proto__ in the device', 'identity.malformed', edited(text => text.replace('"managed"', '"__proto__":{"x":1},"managed"'))],
  ['constructor.prototype', 'identity.malformed', edited(text => text.replace('{', '{"constructor":{"prototype":{"admin":true}},'))],
  ['nesting of 17', 'identity.malformed', edited(text => text.replace('{', `{"x":${nested(16)},`))],
  ['nesting of 5,000', 'identity.malformed', edited(text => text.replace('{', `{"x":${nested(5_000)},`))],
  ['exp 1e400', 'identity.malformed', edited(text => text.replace(/"exp":\d+/, '"exp":1e400'))],
  ['a lone surrogate', 'identity.malformed', edited(text => text.replace('"rep"', '"rep\\ud800"'))],
  ['text after the payload', 'identity.malformed', edited(text => `${text}{}`)],
  ['a comment in the payload', 'identity.malformed', edited(text => text.replace('{', '{/**/'))],
  ['a list as payload', 'identity.malformed', edited(text => `[${text}]`)],
  ['a text as payload', 'identity.malformed', edited(text => JSON.stringify(text))],
  // Issuer and audience
  ['an unknown issuer', 'identity.issuer', signed({ iss: url })],
  ['the issuer with a slash', 'identity.issuer', c => signToken({ ...c, iss: `${String(c.iss)}/` }, key)],
  ['the issuer in capitals', 'identity.issuer', c => signToken({ ...c, iss: String(c.iss).toUpperCase() }, key)],
  ['the issuer as a list', 'identity.claims', c => signToken({ ...c, iss: [c.iss] }, key)],
  ['no issuer', 'identity.claims', without('iss')],
  ['another issuer that is known', 'identity.keys', c => signToken({ ...c, iss: `${String(c.iss)}/partner` }, key)],
  ['another audience', 'identity.audience', signed({ aud: 'selvage:other' })],
  ['the audience with a suffix', 'identity.audience', signed({ aud: 'selvage:example.evil' })],
  ['the audience in capitals', 'identity.audience', signed({ aud: 'SELVAGE:EXAMPLE' })],
  ['an empty list of audiences', 'identity.audience', signed({ aud: [] })],
  ['nine audiences', 'identity.claims', signed({ aud: [...Array(8).fill('x'), 'selvage:example'] })],
  ['an audience that is no text', 'identity.claims', signed({ aud: ['selvage:example', 1] })],
  ['an audience in an object', 'identity.claims', signed({ aud: { 'selvage:example': true } })],
  ['an audience within a list within a list', 'identity.claims', signed({ aud: [['selvage:example']] })],
  ['no audience', 'identity.claims', without('aud')],
  // Time
  ['exp as a text', 'identity.claims', times(now => ({ exp: String(now + 600) }))],
  ['exp with a fraction', 'identity.claims', times(now => ({ exp: now + 0.5 }))],
  ['exp in ten years', 'identity.claims', times(now => ({ exp: now + 315_360_000 }))],
  ['exp in milliseconds', 'identity.claims', times(now => ({ exp: (now + 600) * 1_000 }))],
  ['exp beyond 2^53', 'identity.claims', times(() => ({ exp: 2 ** 53 }))],
  ['exp one second too far', 'identity.claims', times(now => ({ exp: now + 601 }))],
  ['exp negative', 'identity.claims', times(() => ({ exp: -1 }))],
  ['exp null', 'identity.claims', times(() => ({ exp: null }))],
  ['exp true', 'identity.claims', times(() => ({ exp: true }))],
  ['exp in a list', 'identity.claims', times(now => ({ exp: [now + 600] }))],
  ['exp before iat', 'identity.claims', times(now => ({ exp: now - 1 }))],
  ['no exp', 'identity.claims', without('exp')],
  ['expired', 'identity.expired', times(now => ({ iat: now - 605, exp: now - 5 }))],
  ['no iat', 'identity.claims', without('iat')],
  ['iat as a text', 'identity.claims', times(now => ({ iat: String(now) }))],
  ['issued in the future', 'identity.not_yet', times(now => ({ iat: now + 60, exp: now + 600 }))],
  ['issued in the future, good since the past', 'identity.not_yet', times(now => ({ nbf: now - 60, iat: now + 60, exp: now + 600 }))],
  ['nbf negative', 'identity.claims', times(() => ({ nbf: -1 }))],
  ['not before a later time', 'identity.not_yet', times(now => ({ nbf: now + 60 }))],
  ['nbf as a text', 'identity.claims', times(now => ({ nbf: String(now) }))],
  // Required claims
  ['no sub', 'identity.claims', without('sub')],
  ['an empty sub', 'identity.claims', signed({ sub: '' })],
  ['a number as sub', 'identity.claims', signed({ sub: 1 })],
  ['a list as sub', 'identity.claims', signed({ sub: ['rep'] })],
  ['a long sub', 'identity.claims', signed({ sub: 'r'.repeat(257) })],
  ['a sub with a newline', 'identity.claims', signed({ sub: 'rep\nsteward' })],
  ['a sub with a NUL', 'identity.claims', signed({ sub: 'rep\0' })],
  ['a sub written right to left', 'identity.claims', signed({ sub: '\u202eper' })],
  ['a sub with an invisible character', 'identity.claims', signed({ sub: 'rep\u200b' })],
  ['no client_id', 'identity.claims', without('client_id')],
  ['no jti', 'identity.claims', without('jti')],
  ['an object as jti', 'identity.claims', signed({ jti: {} })],
  // Claims that widen
  ['roles as a text', 'identity.claims', signed({ roles: 'analyst' })],
  ['roles as an object', 'identity.claims', signed({ roles: { analyst: true } })],
  ['roles null', 'identity.claims', signed({ roles: null })],
  ['65 roles', 'identity.claims', signed({ roles: Array(65).fill('analyst') })],
  ['a role that is no text', 'identity.claims', signed({ roles: [['analyst']] })],
  ['a sender constraint without its proof', 'identity.claims', signed({ cnf: { jkt: 'x' } })],
  ['roles that lie elsewhere (overage)', 'identity.overage', signed({ _claim_names: { roles: 's' }, _claim_sources: { s: {} } })],
  ['a device that is no object', 'identity.claims', signed({ device: 'managed' })],
  ['a device with an inner object', 'identity.claims', signed({ device: { managed: { x: 1 } } })],
  [
    'a device with 17 signals',
    'identity.claims',
    signed({ device: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`s${i}`, true])) }),
  ],
  ['a signal whose name is a number', 'identity.claims', signed({ device: { 0: true } })],
  // Agents
  ['act of an unregistered agent', 'identity.claims', signed({ act: { sub: 'stranger' } })],
  ['act of a person', 'identity.claims', signed({ act: { sub: 'rep' } })],
  ['act of another issuer’s agent', 'identity.claims', signed({ act: { sub: 'theirs' } })],
  ['act that names another issuer', 'identity.claims', signed({ act: { sub: 'copilot', iss: url } })],
  ['act without sub', 'identity.claims', signed({ act: { roles: ['analyst'] } })],
  ['act as a text', 'identity.claims', signed({ act: 'copilot' })],
  ['act null', 'identity.claims', signed({ act: null })],
  ['act as a list', 'identity.claims', signed({ act: [{ sub: 'copilot' }] })],
  [
    'act five deep',
    'identity.claims',
    signed({ act: { sub: 'copilot', act: { sub: 'copilot', act: { sub: 'copilot', act: { sub: 'copilot', act: { sub: 'copilot' } } } } } }),
  ],
  ['an unregistered agent deep in act', 'identity.claims', signed({ act: { sub: 'copilot', act: { sub: 'stranger' } } })],
  ['roles of an agent as a text', 'identity.claims', signed({ act: { sub: 'copilot', roles: 'analyst' } })],
  ['an agent for an agent', 'identity.claims', signed({ sub: 'planner', act: { sub: 'copilot' } })],
  // Tokens of other kinds
  ['an ID token: nonce', 'identity.claims', signed({ nonce: 'x' })],
  ['an ID token: at_hash', 'identity.claims', signed({ at_hash: 'x' })],
  ['a security event', 'identity.claims', signed({ events: {} })],
  ['groups that are more than told', 'identity.overage', signed({ hasgroups: true })],
  ['groups as a text', 'identity.claims', signed({ groups: 'admins' })],
  ['257 groups', 'identity.claims', signed({ groups: Array(257).fill('x') })],
  ['an attribute of another type', 'identity.claims', signed({ employee_id: '3' })],
  ['a login that is still to come', 'identity.claims', times(now => ({ auth_time: now + 60 }))],
  // Sender constraints
  ['a constraint of a kind that is not known', 'identity.claims', signed({ cnf: { jwk: key.jwk } })],
  ['a constraint by the id of a key', 'identity.claims', signed({ cnf: { kid: 'a'.repeat(43) } })],
  ['two constraints', 'identity.claims', signed({ cnf: { jkt: 'a'.repeat(43), 'x5t#S256': 'b'.repeat(43) } })],
  ['an empty constraint', 'identity.claims', signed({ cnf: {} })],
  ['a constraint that is null', 'identity.claims', signed({ cnf: null })],
  ['a constraint in a list', 'identity.claims', signed({ cnf: [{ jkt: 'a'.repeat(43) }] })],
  // Issuers that the domain has written down otherwise
  ['a workload’s token', 'identity.exchange', c => signToken({ ...c, iss: `${String(c.iss)}/ci` }, key)],
  ['a login’s token with the type of others', 'identity.malformed', ofLogin({}, { typ: 'at+jwt' })],
  ['a login’s token that says it is an ID token', 'identity.claims', ofLogin({ typ: 'ID' })],
  ['a login’s token that does not say what it is', 'identity.claims', ofLogin({ typ: undefined })],
  ['a login’s token without its client', 'identity.claims', ofLogin({ azp: undefined, client_id: 'selvage-cli' })],
]
