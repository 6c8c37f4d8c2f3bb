import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BundleFile } from '@selvage/bundle'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type RecordClaims, signRecord } from '../../../packages/identity/src/testing/device-record.ts'
import { athOf, jktOf, signProof } from '../../../packages/identity/src/testing/proof.ts'
import { type TestKey, testKey } from '../../../packages/identity/src/testing/token.ts'
import type { Told } from '../door/door.ts'
import { Cursor, endless } from './cursor.ts'
import { SmallMesh } from './small-mesh.ts'
import { domainFiles } from './small-tree.ts'

vi.setConfig({ testTimeout: 120_000 })

const sql = 'SELECT count(country) FROM lab.shop.orders'
/** All countries to a managed device, to any other none; the rest of the table to everybody. */
const rule = `@id("lab/managed")
forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Column::"lab.shop.orders.country")
unless { context has device && context.device.method == "managed" && context.device has managed && context.device.managed };
`
const rules: BundleFile = { path: 'domains/lab/policies/devices.cedar', text: rule }
const withRule: readonly BundleFile[] = [...domainFiles, rules]
/** A record counts for a second only. */
const impatient = domainFiles.map(file => ({ ...file, text: file.text.replace('method: managed\n', 'method: managed\n    maxAge: 1\n') }))

const variables = { GONE_ISSUER: 'http://127.0.0.1:9' }
let mesh: SmallMesh
let nonce: string | undefined
let proofs = 0
let version = 3
let folder: string

async function put(files: readonly BundleFile[], devices = mesh.devices): Promise<void> {
  version += 1
  const { status, text } = await mesh.putDomain(
    mesh.domainBundle({ version, files, variables: { ...variables, STAFF_ISSUER: mesh.issuer.url, DEVICES_KEY: String(devices.jwk.x) } }),
  )
  if (status !== 200) throw new Error(text)
}

beforeAll(async () => {
  const engine = { children: 3, memoryMb: 128, threads: 1, timeoutMs: 120_000, result: { rows: 100_000_000 } }
  mesh = await SmallMesh.open({ gate: { engine } })
  folder = join(mesh.dir, 'records')
  mkdirSync(folder)
  await mesh.startGate({ devices: { from: folder } })
  await mesh.putDomain(mesh.domainBundle({ files: withRule }))
  await mesh.becomes('ready')
  const key = testKey('first')
  const token = mesh.token({ cnf: { jkt: jktOf(key) } })
  nonce = (await mesh.door.call('/v1/sql', { headers: headersOf(token, key), body: {} })).headers.get('dpop-nonce') ?? undefined
})
afterAll(() => mesh.close())

function headersOf(token: string, key: TestKey): { authorization: string; dpop: string } {
  proofs += 1
  const iat = Math.floor(Date.now() / 1_000)
  const proof = { jti: `${proofs}`, htm: 'POST', htu: `${mesh.door.url}/v1/sql`, iat, ath: athOf(token), nonce }
  return { authorization: `DPoP ${token}`, dpop: signProof(proof, key) }
}
const claims = { device: { managed: true, id: 'laptop' } }
const boundTo = (key: TestKey): string => mesh.token({ cnf: { jkt: jktOf(key) }, ...claims })
const ask = (headers: object): Promise<Told> => mesh.door.call('/v1/sql', { headers: { ...headers }, body: { sql, purpose: 'analytics' } })
/** How many countries are shown to whoever holds this key. */
async function shown(key: TestKey): Promise<unknown> {
  const { body } = await ask(headersOf(boundTo(key), key))
  return body.rows?.[0]?.[0] ?? body.code
}
const observed = (key: TestKey, managed: boolean, more: RecordClaims = {}): RecordClaims => ({
  iss: 'mdm',
  sub: 'laptop',
  iat: Math.floor(Date.now() / 1_000),
  cnf: { jkt: jktOf(key) },
  signals: { managed },
  ...more,
})
async function send(claimed: RecordClaims, by = mesh.devices): Promise<number> {
  const body = signRecord(claimed, by)
  return (await mesh.door.call('/v1/devices', { body, headers: { 'content-type': 'application/jwt' } })).status
}

describe('a record of a device', () => {
  test('counts for the key that it is bound to, and for no other one', async () => {
    const [own, other] = [testKey('own'), testKey('other')]
    expect([await shown(own), await shown(other)]).toEqual(['0', '0'])
    expect(await send(observed(own, true))).toBe(204)
    expect([await shown(own), await shown(other)]).toEqual(['3', '0'])
    // What an issuer says of the device is its word, whatever it says.
    expect((await ask({ authorization: `Bearer ${mesh.token(claims)}` })).body.rows).toEqual([['0']])
    expect((await ask({ authorization: `Bearer ${boundTo(own)}` })).body.code).toBe('identity.proof')
  })

  test('is the newest one, and of two that are as old the worse', async () => {
    const key = testKey('newest')
    const at = Math.floor(Date.now() / 1_000)
    await send(observed(key, true, { iat: at - 10 }))
    await send(observed(key, false, { iat: at - 20 }))
    expect(await shown(key)).toBe('3')
    await send(observed(key, false, { iat: at - 10 }))
    await send(observed(key, true, { iat: at - 10 }))
    expect(await shown(key)).toBe('0')
    await send(observed(key, true, { iat: at - 9 }))
    expect(await shown(key)).toBe('3')
  })

  test('ends rows that are under way within a second, where it shows less', async () => {
    const key = testKey('under-way')
    await send(observed(key, true, { iat: Math.floor(Date.now() / 1_000) - 5 }))
    const cursors = await Promise.all(
      [endless, endless.replace(', o1.country', '')].map(async text => {
        const { authorization, dpop } = headersOf(boundTo(key), key)
        return (await Cursor.open(mesh, text, { authorization, dpop })).read()
      }),
    )
    const [shows, hides] = cursors as [Cursor, Cursor]
    await expect.poll(() => Math.min(shows.bytes, hides.bytes), { timeout: 20_000 }).toBeGreaterThan(100_000)
    const since = performance.now()
    await send(observed(key, false))
    expect((await shows.over) - since).toBeLessThan(2_500)
    expect((await shows.trailer()).error?.code).toBe('engine.cancelled')
    const { bytes } = hides
    await expect.poll(() => hides.bytes, { timeout: 20_000 }).toBeGreaterThan(bytes)
    hides.leave()
    expect(await shown(key)).toBe('0')
  })

  test('is taken from the folder too, and each anew when it is written anew', async () => {
    const key = testKey('folder')
    const lay = (text: string, name = 'laptop.jwt'): void => {
      writeFileSync(join(folder, 'partial'), `${text}\n`)
      renameSync(join(folder, 'partial'), join(folder, name))
    }
    lay('no record', 'broken.jwt')
    lay(signRecord(observed(key, true), mesh.devices))
    await expect.poll(() => shown(key), { timeout: 10_000 }).toBe('3')
    lay(signRecord(observed(key, false), mesh.devices))
    await expect.poll(() => shown(key), { timeout: 10_000 }).toBe('0')
  })

  test('is kept over a restart, and gone with the trust in its source', async () => {
    const key = testKey('kept')
    await send(observed(key, true))
    await mesh.gate!.stop('SIGKILL')
    await mesh.startGate({ devices: { from: folder } })
    await mesh.becomes('ready')
    // Its nonces were that process's own.
    nonce = (await ask(headersOf(boundTo(key), key))).headers.get('dpop-nonce') ?? undefined
    expect(await shown(key)).toBe('3')
    await put(withRule, testKey('another', 'EdDSA'))
    expect([await shown(key), await send(observed(key, true))]).toEqual(['0', 401])
    await put(withRule)
    expect(await shown(key)).toBe('3')
  })

  test('that is overdue counts for nothing, and what an issuer asserts does not stand in for it', async () => {
    const key = testKey('overdue')
    await put([
      ...impatient,
      { ...rules, text: rule.replace('context.device.method == "managed"', '!context.degraded.contains("signals-stale")') },
    ])
    expect(await shown(key)).toBe('3')
    await send(observed(key, true, { iat: Math.floor(Date.now() / 1_000) - 5 }))
    expect(await shown(key)).toBe('0')
    const { body } = await mesh.door.call('/v1/sql', {
      headers: headersOf(boundTo(key), key),
      body: { sql: 'SELECT count(id) FROM lab.shop.orders', purpose: 'analytics' },
    })
    expect(body.rows).toEqual([['3']])
  })
})
