import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Issuer } from '@selvage/kernel/contract'
import { createKeySource, type KeySource } from '../key-source.ts'
import { createVerifier, type Verifier } from '../verifier.ts'
import { groups, roles, startTestIssuer, subjectAttributes, type TestIssuer, trustIn } from './issuer.ts'
import { type TestKey, testKey } from './token.ts'

/** One issuer on a real port, keys fetched from it over the wire, a verifier, and a clock that a test moves. */
export interface Stand {
  readonly issuer: TestIssuer
  readonly key: TestKey
  readonly dir: string
  readonly clock: { now: number }
  readonly events: { event: string; [name: string]: unknown }[]
  readonly keySource: (more?: { dir?: string; allowPrivate?: boolean; hosts?: readonly string[] }) => KeySource
  readonly verifier: (issuers?: readonly Issuer[], keys?: KeySource) => Verifier
  readonly close: () => Promise<void>
}

export async function openStand(key: TestKey = testKey('k1')): Promise<Stand> {
  const issuer = await startTestIssuer([key.jwk])
  const dir = mkdtempSync(join(tmpdir(), 'selvage-keys-'))
  const clock = { now: Date.UTC(2026, 10, 25, 12) }
  const events: Stand['events'] = []
  const now = (): number => clock.now
  const log = (event: string, attributes = {}): void => void events.push({ event, ...attributes })
  const keySource: Stand['keySource'] = more => createKeySource({ dir, fetch, now, allowPrivate: true, log, ...more })
  const verifier: Stand['verifier'] = (issuers = [trustIn(issuer.url)], keys = keySource()) =>
    createVerifier({ issuers, subjectAttributes, roles, groups, keys, now })
  const close = async (): Promise<void> => {
    await issuer.close()
    rmSync(dir, { recursive: true })
  }
  return { issuer, key, dir, clock, events, keySource, verifier, close }
}
