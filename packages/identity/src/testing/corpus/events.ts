import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { audienceOfStream, caep, eventHeader, risc, signEvent, ssf } from '../event.ts'
import { claimsOf } from '../issuer.ts'
import { encode, hmacTexts, signTexts, signToken, type TestKey, testKey } from '../token.ts'
import { type Hostile, key, rsa } from './tokens.ts'

/** From claims that are good, and the seconds of now. */
export type MakeEvent = (claims: Record<string, unknown>, seconds: number) => string

/** Of the same id, and nobody's. */
const other = testKey('k1')
/** Too short to be anybody's. */
export const short: TestKey = { ...testKey('short', 'RS256'), ...pairOf(1024) }
const url = 'http://issuer'

function pairOf(modulusLength: number): Pick<TestKey, 'privateKey' | 'jwk'> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength })
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid: 'short', use: 'sig' } }
}

export const signed =
  (more: object, header: object = {}, by: TestKey = key): MakeEvent =>
  claims =>
    signEvent({ ...claims, ...more }, by, header)
const times =
  (make: (now: number) => object): MakeEvent =>
  (claims, now) =>
    signEvent({ ...claims, ...make(now) }, key)
const edited =
  (edit: (text: string) => string | Uint8Array): MakeEvent =>
  claims =>
    signTexts(eventHeader(key), edit(JSON.stringify(claims)), key)
const withHeaderText =
  (header: string): MakeEvent =>
  claims =>
    signTexts(header, JSON.stringify(claims), key)
const altered =
  (edit: (token: string) => string): MakeEvent =>
  claims =>
    edit(signEvent(claims, key))
const byRs512: MakeEvent = claims => {
  const input = `${encode(eventHeader(rsa, { alg: 'RS512' }))}.${encode(JSON.stringify(claims))}`
  return `${input}.${encode(sign('sha512', Buffer.from(input), rsa.privateKey))}`
}
const renamed = (payload: string): string => encode(Buffer.from(payload, 'base64url').toString().replace('"rep"', '"admin"'))
const about = (subject: unknown): MakeEvent => signed({ sub_id: subject })
const happened = (type: string, event: unknown): MakeEvent => signed({ events: { [type]: event } })
const user = { format: 'iss_sub', iss: url, sub: 'rep' }
const pem = createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' }).toString()

/** Events that an attacker, or a careless transmitter, could send: each is refused, with its code. */
export const hostileEvents: readonly Hostile<MakeEvent>[] = [
  // What it is
  ['an access token', 'signal.malformed', (claims, now) => signToken(claimsOf(String(claims.iss), now * 1_000), key)],
  ['an access token that says it is an event', 'signal.claims', (c, now) => signEvent(claimsOf(String(c.iss), now * 1_000), key)],
  ['no typ', 'signal.malformed', signed({}, { typ: undefined })],
  ['typ JWT', 'signal.malformed', signed({}, { typ: 'JWT' })],
  ['typ SECEVENT+JWT', 'signal.malformed', signed({}, { typ: 'SECEVENT+JWT' })],
  ['typ logout+jwt', 'signal.malformed', signed({}, { typ: 'logout+jwt' })],
  ['sub', 'signal.claims', signed({ sub: 'rep' })],
  ['exp', 'signal.claims', times(now => ({ exp: now + 600 }))],
  ['sub null', 'signal.claims', signed({ sub: null })],
  // Algorithms and keys
  ['alg none', 'signal.malformed', c => `${encode('{"alg":"none","typ":"secevent+jwt","kid":"k1"}')}.${encode(JSON.stringify(c))}.`],
  ['alg none with a signature', 'signal.signature', signed({}, { alg: 'none' })],
  ['alg of Object.prototype', 'signal.signature', signed({}, { alg: 'toString' })],
  ['HS256 with the public key as secret', 'signal.signature', c => hmacTexts(eventHeader(key, { alg: 'HS256' }), JSON.stringify(c), pem)],
  ['ES256 by HMAC', 'signal.signature', c => hmacTexts(eventHeader(key), JSON.stringify(c), pem)],
  ['RS512, which this issuer does not use', 'signal.signature', byRs512],
  ['RS256 by a key of 1024 bits', 'signal.signature', signed({}, {}, short)],
  ['RS256 with the id of an EC key', 'signal.signature', signed({}, { kid: 'k1' }, rsa)],
  ['another key of the same id', 'signal.signature', signed({}, {}, other)],
  ['an unknown kid', 'signal.signature', signed({}, { kid: 'k2' })],
  ['no kid', 'signal.malformed', signed({}, { kid: undefined })],
  ['an embedded jwk', 'signal.malformed', signed({}, { jwk: other.jwk }, other)],
  ['jku', 'signal.malformed', signed({}, { jku: 'http://127.0.0.1:1/keys' }, other)],
  ['x5c', 'signal.malformed', signed({}, { x5c: ['AAAA'] })],
  ['crit', 'signal.malformed', signed({}, { crit: ['exp'] })],
  ['b64 false', 'signal.malformed', signed({}, { b64: false, crit: ['b64'] })],
  ['alg twice', 'signal.malformed', withHeaderText('{"alg":"none","alg":"ES256","typ":"secevent+jwt","kid":"k1"}')],
  [
    'a changed payload',
    'signal.signature',
    altered(t =>
      t
        .split('.')
        .map((part, i) => (i === 1 ? renamed(part) : part))
        .join('.'),
    ),
  ],
  ['a signature of zeros', 'signal.signature', altered(t => `${t.slice(0, t.lastIndexOf('.'))}.${encode(Buffer.alloc(64))}`)],
  ['a padded signature', 'signal.malformed', altered(t => `${t}==`)],
  ['a newline after it', 'signal.malformed', altered(t => `${t}\n`)],
  ['four parts', 'signal.malformed', altered(t => `${t}.AAAA`)],
  ['two megabytes', 'signal.malformed', signed({ x: 'x'.repeat(2_000_000) })],
  // Who for whom
  ['another issuer', 'signal.issuer', signed({ iss: 'https://evil.example' })],
  ['the issuer with a slash', 'signal.issuer', claims => signEvent({ ...claims, iss: `${String(claims.iss)}/` }, key)],
  ['no iss', 'signal.issuer', signed({ iss: undefined })],
  ['a list as iss', 'signal.issuer', claims => signEvent({ ...claims, iss: [claims.iss] }, key)],
  ['iss twice', 'signal.malformed', edited(text => text.replace('{', '{"iss":"https://evil.example",'))],
  ['another audience', 'signal.audience', signed({ aud: 'https://gate.other' })],
  ['the audience of access tokens', 'signal.audience', signed({ aud: 'selvage:example' })],
  ['no aud', 'signal.audience', signed({ aud: undefined })],
  ['an empty list as aud', 'signal.audience', signed({ aud: [] })],
  ['a verification without aud and state', 'signal.audience', signed({ aud: undefined, events: { [`${ssf}verification`]: {} } })],
  [
    'a verification for somebody else',
    'signal.audience',
    signed({ aud: 'https://gate.other', events: { [`${ssf}verification`]: { state: 's' } } }),
  ],
  ['aud as an object', 'signal.claims', signed({ aud: { 0: audienceOfStream } })],
  ['nine audiences', 'signal.claims', signed({ aud: [...Array.from('12345678'), audienceOfStream] })],
  // When
  ['no iat', 'signal.claims', signed({ iat: undefined })],
  ['iat as a text', 'signal.claims', times(now => ({ iat: String(now) }))],
  ['iat of a minute ahead', 'signal.claims', times(now => ({ iat: now + 60 }))],
  ['iat of eight days ago', 'signal.claims', times(now => ({ iat: now - 8 * 86_400, events: { [`${caep}session-revoked`]: {} } }))],
  ['iat 1e400', 'signal.malformed', edited(text => text.replace(/"iat":\d+/, '"iat":1e400'))],
  ['iat with a fraction', 'signal.claims', times(now => ({ iat: now - 0.5 }))],
  ['a negative iat', 'signal.claims', signed({ iat: -1 })],
  [
    'an event that happens tomorrow',
    'signal.claims',
    times(now => ({ events: { [`${caep}session-revoked`]: { event_timestamp: now + 86_400 } } })),
  ],
  [
    'an event in milliseconds',
    'signal.claims',
    times(now => ({ events: { [`${caep}session-revoked`]: { event_timestamp: now * 1_000 } } })),
  ],
  ['an event before 1970', 'signal.claims', happened(`${caep}session-revoked`, { event_timestamp: -5 })],
  ['an event at a text', 'signal.claims', happened(`${caep}session-revoked`, { event_timestamp: '1' })],
  // Which
  ['no jti', 'signal.claims', signed({ jti: undefined })],
  ['an empty jti', 'signal.claims', signed({ jti: '' })],
  ['a long jti', 'signal.claims', signed({ jti: 'j'.repeat(257) })],
  ['a jti with a line break', 'signal.claims', signed({ jti: 'a\nb' })],
  // What
  ['no events', 'signal.claims', signed({ events: undefined })],
  ['events as a list', 'signal.claims', signed({ events: [`${caep}session-revoked`] })],
  ['no event', 'signal.claims', signed({ events: {} })],
  ['two events', 'signal.claims', signed({ events: { [`${caep}session-revoked`]: {}, [`${caep}credential-change`]: {} } })],
  ['the same event twice', 'signal.malformed', edited(text => text.replace('"events":{', `"events":{"${caep}session-revoked":{},`))],
  ['an event that is a text', 'signal.claims', happened(`${caep}session-revoked`, 'now')],
  ['an event that is null', 'signal.claims', happened(`${risc}account-disabled`, null)],
  ['a type without end', 'signal.claims', happened(`https://${'x'.repeat(600)}`, {})],
  ['__proto__ as a type', 'signal.malformed', edited(text => text.replace('"events":{', '"events":{"__proto__":{},'))],
  ['__proto__ in an event', 'signal.malformed', edited(text => text.replace('"initiating_entity"', '"__proto__"'))],
  ['compliance without a word', 'signal.claims', happened(`${caep}device-compliance-change`, {})],
  ['compliance as a truth value', 'signal.claims', happened(`${caep}device-compliance-change`, { current_status: true })],
  ['a risk without a level', 'signal.claims', happened(`${caep}risk-level-change`, {})],
  ['a stream without a status', 'signal.claims', happened(`${ssf}stream-updated`, {})],
  ['a state that is an object', 'signal.claims', happened(`${ssf}verification`, { state: {} })],
  // About whom
  ['no sub_id', 'signal.claims', about(undefined)],
  ['sub_id as a text', 'signal.claims', about('rep')],
  ['sub_id without format', 'signal.claims', about({ iss: url, sub: 'rep' })],
  ['iss_sub without sub', 'signal.claims', about({ format: 'iss_sub', iss: url })],
  ['iss_sub with more', 'signal.claims', about({ ...user, email: 'rep@example.com' })],
  ['iss_sub with a number', 'signal.claims', about({ ...user, sub: 7 })],
  ['opaque without id', 'signal.claims', about({ format: 'opaque' })],
  ['opaque with a list', 'signal.claims', about({ format: 'opaque', id: ['rep'] })],
  ['aliases of nobody', 'signal.claims', about({ format: 'aliases', identifiers: [] })],
  ['aliases of aliases', 'signal.claims', about({ format: 'aliases', identifiers: [{ format: 'aliases', identifiers: [user] }] })],
  ['nine aliases', 'signal.claims', about({ format: 'aliases', identifiers: Array.from({ length: 9 }, () => user) })],
  ['a complex subject of texts', 'signal.claims', about({ format: 'complex', user: 'rep' })],
  ['a complex subject in a complex subject', 'signal.claims', about({ format: 'complex', user: { format: 'complex', user } })],
  [
    'seventeen members',
    'signal.claims',
    about({ format: 'complex', ...Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`m${i}`, {}])) }),
  ],
  ['a broken subject of an unknown event', 'signal.claims', signed({ events: { 'https://example.com/new': {} }, sub_id: { format: 7 } })],
]
