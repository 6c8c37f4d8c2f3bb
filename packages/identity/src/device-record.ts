import type { DeviceSource } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import { isBoundedText } from './claims.ts'
import { type Confirmation, readConfirmation } from './confirmation.ts'
import { type Jws, JwsRefusal, parseJws } from './jws.ts'
import { isStrictObject, type StrictJson, type StrictObject } from './strict-json.ts'

/** What a source observed of one device, bound to the key that the device proves its requests with. Frozen. */
export interface DeviceRecord {
  readonly source: string
  readonly method: DeviceSource['method']
  /** The source's own id of it. */
  readonly device: string
  readonly boundTo: Confirmation
  readonly signals: { readonly managed?: boolean; readonly encrypted?: boolean; readonly patched?: boolean }
  /** Milliseconds since 1970. */
  readonly observedAt: number
  readonly expiresAt: number
}

type Source = Extract<DeviceSource, { readonly key: object }>

/** Characters. */
export const maxRecordLength = 4_096
const type = 'device-posture+jwt'
const headerParameters = new Set(['alg', 'typ', 'kid'])
const claims = new Set(['iss', 'sub', 'iat', 'exp', 'jti', 'cnf', 'signals'])
const signalNames = ['managed', 'encrypted', 'patched'] as const
/** Seconds by which the source's clock and ours may differ. */
const clockSkew = 5

/**
 * A signed record: header `{"alg":"EdDSA","typ":"device-posture+jwt"}`, payload `{"iss":"mdm","sub":"laptop-7","iat":…,"exp":…,
 * "cnf":{"jkt":"…"},"signals":{"managed":true,"encrypted":true,"patched":false}}`. Not verified yet. Throws `device.malformed`.
 */
// attacker-controlled: text
export function readRecordText(text: string): Jws {
  try {
    const jws = parseJws(text, maxRecordLength)
    if (jws.header.typ !== type) throw new JwsRefusal('typ')
    if (!Object.keys(jws.header).every(name => headerParameters.has(name))) throw new JwsRefusal('a header parameter that is not taken')
    return jws
  } catch (cause) {
    if (cause instanceof JwsRefusal) throw new SelvageError('device.malformed', { cause })
    throw cause
  }
}

/** It counts from `iat` for the source's `maxAge`, or until its own `exp` if that is earlier. Throws `device.claims`. */
export function readRecord(payload: StrictObject, { source, method, maxAge }: Source, now: number): DeviceRecord {
  const { sub, iat, exp, cnf, signals } = payload
  if (!Object.keys(payload).every(name => claims.has(name))) return refuse('a claim that is not taken')
  if (!isBoundedText(sub)) return refuse('sub')
  if (!isTime(iat) || iat > now / 1_000 + clockSkew) return refuse('iat')
  if (exp !== undefined && (!isTime(exp) || exp <= iat)) return refuse('exp')
  const expiresAt = Math.min(iat + maxAge, exp ?? Number.POSITIVE_INFINITY) * 1_000
  return Object.freeze({
    source,
    method,
    device: sub,
    boundTo: boundTo(cnf),
    signals: readSignals(signals),
    observedAt: iat * 1_000,
    expiresAt,
  })
}

function boundTo(cnf: StrictJson | undefined): Confirmation {
  try {
    return readConfirmation(cnf) ?? refuse('cnf')
  } catch (cause) {
    throw new SelvageError('device.claims', { cause })
  }
}

const isTime = (value: StrictJson | undefined): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function readSignals(value: StrictJson | undefined): DeviceRecord['signals'] {
  if (!isStrictObject(value)) return refuse('signals')
  const entries = Object.entries(value)
  if (!entries.every(([name, signal]) => signalNames.some(known => known === name) && typeof signal === 'boolean')) return refuse('signals')
  return Object.freeze(Object.fromEntries(entries))
}

/** `name` is a claim's name of ours, never one that the record brought. */
function refuse(name: string): never {
  throw new SelvageError('device.claims', { cause: new Error(`claim: ${name}`) })
}
