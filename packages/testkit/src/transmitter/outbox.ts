import { sign } from 'node:crypto'
import type { TransmitterKey } from './key.ts'

/** An event on its way, signed. */
export interface Outgoing {
  readonly id: string
  readonly text: string
}

const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
const ssf = 'https://schemas.openid.net/secevent/ssf/event-type/'
export const verificationType = `${ssf}verification`
/** Events that this transmitter may be asked for. */
export const supported: readonly string[] = ['session-revoked', 'credential-change', 'device-compliance-change', 'token-claims-change'].map(
  name => caep + name,
)

export interface Saying {
  readonly issuer: string
  readonly audience: string
  readonly key: TransmitterKey
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A Security Event Token (RFC 8417) as SSF 1.0 profiles it. */
export function sayEvent({ issuer, audience, key, now }: Saying, type: string, subject: object, event: object): Outgoing {
  const id = crypto.randomUUID()
  const payload = {
    iss: issuer,
    jti: id,
    iat: Math.floor(now() / 1_000),
    aud: audience,
    txn: crypto.randomUUID(),
    sub_id: subject,
    events: { [type]: event },
  }
  const input = [{ alg: 'RS256', typ: 'secevent+jwt', kid: key.kid }, payload]
    .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return { id, text: `${input}.${sign('sha256', Buffer.from(input), key.privateKey).toString('base64url')}` }
}
