import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder, makeOnce, nameOf, run } from './cache.ts'
import { freePort } from './loopback-port.ts'
import { startServer } from './server-process.ts'

export interface GoIssuerOptions {
  /** A person's login is its subject, its claims go into each of its access tokens. */
  readonly people: readonly { readonly login: string; readonly claims: Readonly<Record<string, unknown>> }[]
  /** Clients with a secret: each gets tokens of its own, and exchanges others. */
  readonly programs: readonly string[]
  /** The `aud` of its tokens. */
  readonly audience: string
}

/** An issuer on zitadel/oidc (go-issuer/): RS256, `typ` JWT, `act` in exchanged tokens; no DPoP, no `iss` beside a code. */
export interface GoIssuer {
  readonly issuer: string
  /** One password for all people, one secret for all programs; random. */
  readonly secrets: { readonly person: string; readonly client: string }
  stop(): Promise<void>
}

const source = fileURLToPath(new URL('../go-issuer/', import.meta.url))
const sources = ['go.mod', 'go.sum', 'main.go', 'config.go', 'store.go']

/** Built at first use. */
export async function prepareGoIssuer(): Promise<string> {
  const name = nameOf(...sources.map(file => readFileSync(join(source, file))))
  const folder = await makeOnce(join(cacheFolder(), 'go-issuer', name), partial =>
    run('go', ['build', '-C', source, '-trimpath', '-o', join(partial, 'issuer'), '.']),
  )
  return join(folder, 'issuer')
}

/** It listens on loopback, and forgets all when it stops. */
export async function startGoIssuer(options: GoIssuerOptions): Promise<GoIssuer> {
  const command = await prepareGoIssuer()
  const secrets = { person: random(), client: random() }
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), 'selvage-go-issuer-'))]
  const issuer = `http://127.0.0.1:${port}`
  const config = { ...options, port, personPassword: secrets.person, clientSecret: secrets.client }
  const forget = () => rm(folder, { recursive: true, force: true })
  const server = await startServer({
    command,
    args: [],
    env: { SELVAGE_GO_ISSUER: JSON.stringify(config), PATH: process.env.PATH },
    log: join(folder, 'log'),
    readyAt: `${issuer}/.well-known/openid-configuration`,
    patience: 60_000,
  }).catch(async error => {
    await forget()
    throw error
  })
  return { issuer, secrets, stop: () => server.stop().then(forget) }
}

const random = (): string => randomBytes(24).toString('base64url')
