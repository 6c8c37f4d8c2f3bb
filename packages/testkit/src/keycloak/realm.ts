import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeOnce, nameOf } from '../cache.ts'
import { freePort } from '../loopback-port.ts'
import { createAdmin } from './admin.ts'
import { addressAt, startKeycloakServer } from './server.ts'

/** Random, made with the data that they open, and kept beside it (mode 0600). */
export interface Secrets {
  readonly admin: string
  /** Of each person. */
  readonly person: string
  /** Of each confidential client. */
  readonly client: string
}

export const realmName = 'example'
const realmFile = fileURLToPath(new URL('../../realms/example-realm.json', import.meta.url))
const secretsIn = (data: string): string => join(data, 'secrets.json')

export const readSecrets = (data: string): Secrets => JSON.parse(readFileSync(secretsIn(data), 'utf8')) as Secrets

/** A data folder with the realm in it, to be copied: a server on a copy starts in a third of the time of a new one. */
export function makeRealm(cache: string, home: string): Promise<string> {
  const realm = readFileSync(realmFile, 'utf8')
  return makeOnce(join(cache, `realm-${nameOf(home, realm)}`), data => importRealm(home, data, realm))
}

async function importRealm(home: string, data: string, realm: string): Promise<void> {
  const secrets: Secrets = { admin: random(), person: random(), client: random() }
  await writeFile(secretsIn(data), JSON.stringify(secrets), { mode: 0o600 })
  await mkdir(join(data, 'h2'))
  const port = await freePort()
  const server = await startKeycloakServer({ home, data, port, adminSecret: secrets.admin })
  try {
    const admin = createAdmin(addressAt(port), secrets.admin)
    await admin.send('/admin/realms', { method: 'POST', body: fill(realm, secrets) })
  } finally {
    await server.stop()
  }
}

const random = (): string => randomBytes(24).toString('base64url')

/** Where the realm's file leaves a place for a secret. */
const fill = (realm: string, { person, client }: Secrets): string => realm.replaceAll('@person@', person).replaceAll('@client@', client)
