import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Keycloak, keycloakParts, startKeycloak } from '@selvage/testkit/foreign'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Cursor, endless } from '../conformance/gate/cursor.ts'
import { SmallMesh } from '../conformance/gate/small-mesh.ts'
import { signallingFiles } from '../conformance/gate/small-tree.ts'
import { describeIssuer } from './issuer-suite.ts'

const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
/** Milliseconds from the logout until rows end: Keycloak hands out what is pushed a second late, and the machine may be busy. */
const within = 15_000
const engine = { children: 3, memoryMb: 128, threads: 1, timeoutMs: 120_000, perSubject: { running: 2 }, result: { rows: 100_000_000 } }
describeIssuer('Keycloak’s signals', keycloakParts, () => {
  let keycloak: Keycloak
  beforeAll(async () => {
    keycloak = await startKeycloak()
  }, 900_000)
  afterAll(() => keycloak?.stop(), 60_000)

  describe.each(['poll', 'push'] as const)('by %s', delivery => {
    let mesh: SmallMesh
    beforeAll(async () => {
      const port = await freePort()
      const gate = `http://127.0.0.1:${port}`
      await keycloak.allowPush(gate)
      const client = { id: 'ssf-receiver', secret: { env: 'RECEIVER_SECRET' } }
      mesh = await SmallMesh.ready({
        gate: { port, engine, signals: { staff: { client, address: `${gate}/v1/signals/staff` } } },
        files: keycloakFiles(delivery),
        issuer: { url: keycloak.issuer },
        environment: () => ({ RECEIVER_SECRET: keycloak.secrets.client }),
      })
    }, 120_000)
    afterAll(() => mesh?.close())

    const codeOf = async (token: string): Promise<string> => {
      const { status, body } = await mesh.ask('SELECT id FROM lab.shop.orders', { token })
      return status === 200 ? 'answered' : body.code
    }
    const becomes = (token: string, code: string): Promise<void> => expect.poll(() => codeOf(token), { timeout: 30_000 }).toBe(code)

    it('a stream is made, and a sign of life comes', async () => {
      const degraded = async (): Promise<unknown> =>
        ((await (await fetch(`${mesh.door.url}/readyz`)).json()) as { degraded?: unknown }).degraded
      await expect.poll(() => mesh.output, { timeout: 60_000 }).toMatch(/"signals.stream_open".*"made":true/)
      await expect.poll(degraded, { timeout: 60_000 }).toBe(undefined)
    })

    it('a logout ends what was asked with the session’s token, rows under way too; the next login is taken', async () => {
      const token = await keycloak.tokenFor('analyst')
      expect(await codeOf(token)).toBe('answered')
      const cursor = (await Cursor.open(mesh, endless, { authorization: `Bearer ${token}` })).read()
      expect(cursor.status).toBe(200)
      const said = performance.now()
      await keycloak.logout('analyst')
      await becomes(token, 'identity.revoked')
      expect((await cursor.over) - said).toBeLessThan(within)
      expect((await cursor.trailer()).error).toMatchObject({ code: 'identity.revoked' })
      await new Promise(resolve => void setTimeout(resolve, 1_100))
      expect(await codeOf(await keycloak.tokenFor('analyst'))).toBe('answered')
    })

    it('another password refuses what was issued before', async () => {
      const token = await keycloak.tokenFor('rep')
      expect(await codeOf(token)).toBe('answered')
      await keycloak.changePassword('rep', keycloak.secrets.person)
      await becomes(token, 'identity.revoked')
    })

    it('a session that an administrator revoked by an event is refused', async () => {
      const token = await keycloak.tokenFor('clinician')
      await keycloak.emit({
        type: `${caep}session-revoked`,
        login: 'clinician',
        event: { event_timestamp: Math.floor(Date.now() / 1_000) },
      })
      await becomes(token, 'identity.revoked')
    })

    it('that a device is not compliant is taken, and refuses nobody', async () => {
      await new Promise(resolve => void setTimeout(resolve, 1_100))
      const token = await keycloak.tokenFor('analyst')
      const event = { event_timestamp: Math.floor(Date.now() / 1_000), current_status: 'not-compliant', previous_status: 'compliant' }
      await keycloak.emit({ type: `${caep}device-compliance-change`, login: 'analyst', event })
      await expect.poll(() => /"signals.taken".*"device-compliance-change".*"posture"/.test(mesh.output), { timeout: 30_000 }).toBe(true)
      expect(await codeOf(token)).toBe('answered')
    })
  })
})

/** What Keycloak’s tokens look like, and that it tells more. */
function keycloakFiles(delivery: 'push' | 'poll'): ReturnType<typeof signallingFiles> {
  return signallingFiles(delivery, { audience: 'selvage:example', silence: 60 }).map(({ path, text }) => ({
    path,
    text: text
      .replace(
        'audience: selvage:small\n',
        'audience: selvage:example\n    kind: login\n    token: { client: azp, require: { typ: [Bearer, DPoP] } }\n',
      )
      .replace('roles: { analyst: analyst }', 'roles: { analyst: analyst, sales-rep: analyst, clinician: analyst }'),
  }))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => void server.close(resolve))
  return port
}
