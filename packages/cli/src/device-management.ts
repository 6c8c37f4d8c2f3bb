import { createPublicKey, type KeyObject } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile, signingKeyFile } from '@selvage/bundle'
import { signedJws } from './proof-key.ts'
import { readDevState } from './state.ts'

/**
 * The demo's device management: it signs a record of this machine for the key that its requests are proven with, and lays it
 * where the gates of `selvage dev` look. On a real mesh that is another program's work, on a server of its own.
 */
export const recordsFolder = (state: string): string => join(state, 'devices')

const signer = (state: string): KeyObject => signingKeyFile(join(state, 'device-management.pem'))

/** The `x` of its public key: `DEVICES_KEY` of a mesh's texts. */
export const deviceManagementKey = (state: string): string => String(createPublicKey(signer(state)).export({ format: 'jwk' }).x)

/** Milliseconds after which a record is made anew; it counts for fifteen minutes. */
const renewAfter = 5 * 60_000

/**
 * Laid in the folder, for gates that start later, and sent to those that run: when it returns they know.
 * @param now milliseconds since 1970
 */
export async function recordDevice(state: string, thumbprint: string, managed: boolean, now: number): Promise<void> {
  const signals = { managed, encrypted: true, patched: true }
  // Of two records of one second the worse counts: each is newer than the one before.
  const iat = Math.max(Math.floor(now / 1_000), (findRecord(recordPath(state, thumbprint))?.iat ?? 0) + 1)
  const claims = { iss: 'mdm', sub: 'this-machine', iat, cnf: { jkt: thumbprint }, signals }
  mkdirSync(recordsFolder(state), { recursive: true, mode: 0o700 })
  const record = signedJws({ typ: 'device-posture+jwt', alg: 'EdDSA' }, claims, signer(state))
  replaceFile(recordPath(state, thumbprint), `${record}\n`)
  await Promise.all(Object.values(readDevState(state).gates).map(gate => send(gate.http, record)))
}

/** A domain that lists no device management takes none, and a gate that does not answer is told of where it is asked. */
async function send(gate: string, record: string): Promise<void> {
  const headers = { 'content-type': 'application/jwt' }
  await fetch(`${gate}/v1/devices`, { method: 'POST', headers, body: record, signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
}

/** A machine starts as managed, and stays what it was said to be. */
export async function renewRecord(state: string, thumbprint: string, now: number): Promise<void> {
  const last = findRecord(recordPath(state, thumbprint))
  if (last !== undefined && Math.abs(now - last.iat * 1_000) < renewAfter) return
  await recordDevice(state, thumbprint, last?.managed ?? true, now)
}

const recordPath = (state: string, thumbprint: string): string => join(recordsFolder(state), `${thumbprint}.jwt`)

/** Our own file. */
function findRecord(path: string): { managed: boolean; iat: number } | undefined {
  try {
    const payload = readFileSync(path, 'utf8').split('.')[1] ?? ''
    const { iat, signals } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iat: number; signals: { managed: boolean } }
    return { managed: signals.managed, iat }
  } catch {
    return undefined
  }
}
