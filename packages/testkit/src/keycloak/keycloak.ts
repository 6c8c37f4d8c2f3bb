import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from '../cache.ts'
import { freePort } from '../loopback-port.ts'
import type { ServerProcess } from '../server-process.ts'
import { type Admin, createAdmin } from './admin.ts'
import { type Changes, createChanges } from './changes.ts'
import { makeDistribution } from './distribution.ts'
import { createEvents, type Events } from './events.ts'
import { createLogins, type Logins } from './logins.ts'
import { makeRealm, readSecrets, realmName, type Secrets } from './realm.ts'
import { addressAt, startKeycloakServer } from './server.ts'

interface Running {
  /** Takes it down; the port and what it knows are kept. */
  halt(): Promise<void>
  /** Back again, at the same address, with the same keys and sessions. */
  resume(): Promise<void>
  /** Ends it and forgets all. */
  stop(): Promise<void>
}

/** A Keycloak of one's own, with the realm `example` (realms/example-realm.json). */
export interface Keycloak extends Running, Logins, Changes, Events {
  /** The exact `iss` of its tokens. */
  readonly issuer: string
  readonly secrets: Secrets
  /** For what the rest does not do; paths as `/admin/realms/example/users`. */
  readonly admin: Admin
}

/** What all servers start from. Fetched, built and filled at first use, which takes minutes; then there. */
export async function prepareKeycloak(): Promise<{ home: string; realm: string }> {
  const cache = join(cacheFolder(), 'keycloak')
  const home = await makeDistribution(cache)
  return { home, realm: await makeRealm(cache, home) }
}

export async function startKeycloak(): Promise<Keycloak> {
  const { home, realm } = await prepareKeycloak()
  const data = await mkdtemp(join(tmpdir(), 'selvage-keycloak-'))
  await cp(realm, data, { recursive: true })
  const port = await freePort()
  const running = runnable(home, data, port)
  await running.resume().catch(async error => {
    await running.stop()
    throw error
  })
  const secrets = readSecrets(data)
  const issuer = `${addressAt(port)}/realms/${realmName}`
  const admin = createAdmin(addressAt(port), secrets.admin)
  const path = `/admin/realms/${realmName}`
  return {
    issuer,
    secrets,
    admin,
    ...running,
    ...createLogins(issuer, secrets),
    ...createChanges(admin, path),
    ...createEvents(admin, path),
  }
}

function runnable(home: string, data: string, port: number): Running {
  let server: ServerProcess | undefined
  async function resume(): Promise<void> {
    server ??= await startKeycloakServer({ home, data, port })
  }
  async function halt(): Promise<void> {
    await server?.stop()
    server = undefined
  }
  async function stop(): Promise<void> {
    await halt()
    await rm(data, { recursive: true, force: true })
  }
  return { resume, halt, stop }
}
