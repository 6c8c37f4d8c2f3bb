import { load } from '../dist-modules.ts'
import { check, type Target, utf8 } from '../target.ts'
import { named, selvageErrors } from './refusals.ts'

const issuer = 'https://idp.example'
const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
const risc = 'https://schemas.openid.net/secevent/risc/event-type/'
const ssf = 'https://schemas.openid.net/secevent/ssf/event-type/'
const at = 1_700_000_000
const header = '{"alg":"RS256","typ":"secevent+jwt","kid":"k1"}'
const subjects: readonly object[] = [
  { format: 'iss_sub', iss: issuer, sub: 'ana' },
  { format: 'opaque', id: 's1' },
  { format: 'jwt_id', iss: issuer, jti: 't1' },
  { format: 'email', email: 'ana@example.com' },
  {
    format: 'aliases',
    identifiers: [
      { format: 'iss_sub', iss: issuer, sub: 'ana' },
      { format: 'opaque', id: 'x' },
    ],
  },
  {
    format: 'complex',
    user: { format: 'iss_sub', iss: issuer, sub: 'ana' },
    session: { format: 'opaque', id: 's1' },
    device: { format: 'opaque', id: 'd1' },
    application: { format: 'opaque', id: 'cli' },
    tenant: { format: 'opaque', id: 't' },
  },
]
const events: readonly (readonly [string, object])[] = [
  [`${caep}session-revoked`, { event_timestamp: at, reason_admin: { en: 'out' } }],
  [`${caep}device-compliance-change`, { current_status: 'not-compliant', previous_status: 'compliant' }],
  [`${caep}assurance-level-change`, { change_direction: 'increase', current_level: 'nist-aal2' }],
  [`${caep}risk-level-change`, { current_level: 'HIGH', principal: 'USER' }],
  [`${risc}account-disabled`, { reason: 'hijacking' }],
  [`${ssf}verification`, { state: 'abc' }],
  [`${ssf}stream-updated`, { status: 'paused' }],
  ['https://example.com/new', {}],
]
const claimsOf = (sub_id: object, [type, event]: readonly [string, object]): string =>
  JSON.stringify({ iss: issuer, jti: 'e1', iat: at, aud: 'gate', txn: 'x', sub_id, events: { [type]: event } })

const words = [
  '"sub_id":',
  '"format":',
  '"complex"',
  '"aliases"',
  '"identifiers":[',
  '"opaque"',
  '"iss_sub"',
  '"jwt_id"',
  '"user":',
  '"session":',
  '"device":',
  '"events":{',
  `"${caep}session-revoked":{}`,
  '"event_timestamp":',
  '"current_status":',
  '"compliant"',
  '"sub":',
  '"exp":',
  '"ALL"',
  '"__proto__"',
  '"toString"',
  '1700000000',
  '1e400',
  'secevent+jwt',
  '\n',
]
const encode = (text: string): string => Buffer.from(text, 'latin1').toString('base64url')

/** Header and payload in two lines that are encoded here; the signature is another matter. */
async function securityEvent(): Promise<Target> {
  const { parseSecurityEventToken, readEventClaims } = await load<
    typeof import('../../../packages/identity/src/signals/security-event-token.ts')
  >('identity/signals/security-event-token')
  const { meaningOf } = await load<typeof import('../../../packages/identity/src/signals/event-types.ts')>('identity/signals/event-types')
  return {
    name: 'security-event',
    files: [
      'identity/signals/security-event-token',
      'identity/signals/subject-identifier',
      'identity/signals/event-types',
      'identity/signals/named',
    ],
    seeds: subjects.flatMap(subject => events.map(event => `${header}\n${claimsOf(subject, event)}`)),
    words,
    longest: 6_000,
    refusal: await selvageErrors('signal.malformed', 'signal.claims'),
    run(bytes) {
      const [head = '', body = ''] = bytes.toString('latin1').split('\n', 2)
      const { alg, kid, payload } = parseSecurityEventToken(`${encode(head)}.${encode(body)}.${encode('signature')}`)
      const given = JSON.parse(utf8(Buffer.from(head, 'latin1'))) as Record<string, unknown>
      check(/^(application\/)?secevent\+jwt$/.test(String(given.typ)) && given.alg === alg && given.kid === kid, 'it says what it is')
      const { type, event, subject, tokenId, issuedAt, audience } = readEventClaims(payload)
      const said = JSON.parse(utf8(Buffer.from(body, 'latin1'))) as Record<string, unknown>
      check(said.sub === undefined && said.exp === undefined, 'it can be no access token')
      check(
        said.jti === tokenId && said.iat === issuedAt && [said.aud].flat().join() === audience.join(),
        'claims are read as JSON has them',
      )
      check(Object.keys(said.events as object).join() === type, 'one event in each')
      const { effect, name, changes } = meaningOf(type, event, subject, { issuer, tokenId: 'jti', issuedAt, heardAt: issuedAt })
      check(
        effect === 'revoked' || effect === 'renew' || effect === 'posture' || changes.length === 0,
        'what has no effect changes nothing',
      )
      check(changes.length <= 8 * 4, 'one event names few')
      const text = JSON.stringify(said.sub_id)
      for (const change of changes) {
        check(change.at >= 0 && change.at <= issuedAt + 5 && Number.isSafeInteger(change.at), 'it happened before it was told')
        const id = 'id' in change ? change.id : change.kind === 'posture' ? (change.device ?? change.owner) : undefined
        check(id !== undefined && text.includes(JSON.stringify(id)), 'nobody but the subject is meant')
      }
      return `${effect} ${name} ${[...new Set(changes.map(({ kind }) => kind))].sort().join()}`
    },
  }
}

const answers = [
  '{"sets":{"e1":"a.b.c","e2":"d.e.f"},"moreAvailable":true}',
  '{"sets":{}}',
  '{}',
  '{"sets":{"__proto__":"a"}}',
  '{"sets":[],"moreAvailable":1}',
]

async function pollAnswer(): Promise<Target> {
  const { readPollAnswer } = await load<typeof import('../../../packages/identity/src/signals/poll.ts')>('identity/signals/poll')
  const { JsonRefusal } = await load<typeof import('../../../packages/identity/src/strict-json.ts')>('identity/strict-json')
  return {
    name: 'poll-answer',
    files: ['identity/signals/poll'],
    seeds: answers,
    words: ['"sets":{', '"moreAvailable":', 'true', '"e1":"a.b.c",', '{', '}', '[]', 'null', '""'],
    refusal: error =>
      error instanceof JsonRefusal || (error instanceof Error && error.message.startsWith('poll: ')) ? error.message : undefined,
    run(bytes) {
      const text = utf8(bytes)
      const { events, more } = readPollAnswer(text)
      const said = JSON.parse(text) as { sets?: Record<string, unknown>; moreAvailable?: unknown }
      check(more === (said.moreAvailable ?? false), 'that there is more is read as JSON has it')
      check(JSON.stringify(Object.fromEntries(events)) === JSON.stringify(said.sets ?? {}), 'events are read as JSON has them')
      check(events.size <= 64, 'no more than were asked for')
      return `${Math.min(events.size, 3)} ${more}`
    },
  }
}

const records = [
  '{"issuer":"a","event":{"id":"e","digest":"d","issuedAt":1},"changes":[{"kind":"party","id":"p","at":1}]}',
  '{"issuer":"*","changes":[{"kind":"all","at":1},{"kind":"since","at":2}]}',
  '{"issuer":"a","changes":[{"kind":"posture","owner":"p","device":"d","compliant":true,"at":1},{"kind":"ended","id":"s","at":0}]}',
]

async function keptEvents(): Promise<Target> {
  const { parseKeptRecord } = await load<typeof import('../../../packages/gate/src/signals/kept-record.ts')>('gate/signals/kept-record')
  const { createStanding } = await load<typeof import('../../../packages/identity/src/signals/index.ts')>('identity/signals/index')
  return {
    name: 'kept-events',
    files: ['gate/signals/kept-record'],
    seeds: records,
    words: [
      '"kind":',
      '"party"',
      '"token"',
      '"posture"',
      '"all"',
      '"at":',
      '-1',
      '1e9',
      '"id":"x"',
      '"compliant":false',
      '{',
      '}',
      ',',
      'null',
    ],
    refusal: named('ZodError', 'SyntaxError'),
    run(bytes) {
      const record = parseKeptRecord(utf8(bytes))
      check(JSON.stringify(parseKeptRecord(JSON.stringify(record))) === JSON.stringify(record), 'a record is read as it was written')
      const standing = createStanding({ now: () => 1_700_000_000_000 })
      standing.apply(record.issuer, record.changes)
      const kinds = [...standing.said()].flatMap(([, changes]) => [...changes].map(({ kind }) => kind))
      check(kinds.length <= record.changes.length, 'no more is known than was kept')
      return [...new Set(kinds)].sort().join()
    },
  }
}

export const signalTargets: Readonly<Record<string, () => Promise<Target>>> = {
  'security-event': securityEvent,
  'poll-answer': pollAnswer,
  'kept-events': keptEvents,
}
