import { signTexts, type TestKey } from './token.ts'

export const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
export const risc = 'https://schemas.openid.net/secevent/risc/event-type/'
export const ssf = 'https://schemas.openid.net/secevent/ssf/event-type/'
export const audienceOfStream = 'https://gate.example'

export const eventHeader = (key: TestKey, more: object = {}): string =>
  JSON.stringify({ alg: key.alg, typ: 'secevent+jwt', kid: key.kid, ...more })

/** As Keycloak's transmitter makes them. `now` in milliseconds. */
export const eventClaims = (issuer: string, now: number, more: object = {}): Record<string, unknown> => ({
  iss: issuer,
  jti: 'event-one',
  iat: Math.floor(now / 1_000),
  aud: audienceOfStream,
  txn: 'transaction-one',
  sub_id: { format: 'iss_sub', iss: issuer, sub: 'rep' },
  events: { [`${caep}session-revoked`]: { event_timestamp: Math.floor(now / 1_000), initiating_entity: 'admin' } },
  ...more,
})

export const signEvent = (claims: object, key: TestKey, header: object = {}): string =>
  signTexts(eventHeader(key, header), JSON.stringify(claims), key)
