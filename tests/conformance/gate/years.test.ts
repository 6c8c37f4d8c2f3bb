import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { verifyLog } from '@selvage/ledger'
import { directoryReader } from '@selvage/ledger/io'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isSkipped } from './clock.ts'
import { day, SmallMesh } from './small-mesh.ts'
import { domainFiles } from './small-tree.ts'

const audit = {
  path: 'domains/lab/policies/audit.cedar',
  text: `@id("lab/audit")
permit (principal in Mesh::Role::"analyst", action == Mesh::Action::"audit", resource in Mesh::Product::"lab.shop");
`,
}

describe.skipIf(isSkipped)('a gate that was started in another year (needs faketime)', () => {
  let mesh: SmallMesh
  let before: string
  let key: string

  beforeAll(async () => {
    mesh = await SmallMesh.open({ stepped: true })
    await mesh.startGate()
    await mesh.putDomain(
      mesh.domainBundle({
        version: 4,
        files: [...domainFiles, audit],
        expires: new Date(mesh.clock.now() + 900 * day * 1_000).toISOString(),
      }),
    )
    await mesh.becomes('ready')
    await mesh.putCentre(mesh.centreBundle({ version: 4, expires: new Date(mesh.clock.now() + 900 * day * 1_000).toISOString() }))
    before = mesh.auditDir
    key = mesh.verifierKey
  }, 60_000)
  afterAll(() => mesh?.close())

  interface Seen {
    readonly origin: string
    readonly subject: string
  }

  async function seen(more: object = {}): Promise<{ accesses: Seen[]; truncated: boolean }> {
    const headers = { authorization: `Bearer ${mesh.token()}` }
    const { body } = await mesh.door.call('/v1/who-saw', { body: { resource: 'lab.shop.orders', purpose: 'analytics', ...more }, headers })
    return body as unknown as { accesses: Seen[]; truncated: boolean }
  }

  test('finds what was seen in the year before, though the gate died with it, and after', async () => {
    const asked = (sub: string): Promise<unknown> => mesh.ask('SELECT id, country FROM lab.shop.orders', { token: mesh.token({ sub }) })
    await Promise.all([asked('first'), asked('second')])
    // Acknowledged, and mostly not yet published: nobody closes this log any more.
    await mesh.gate!.stop('SIGKILL')
    mesh.clock.step(366 * day)
    await mesh.startGate()
    await mesh.becomes('ready')
    expect(mesh.auditDir).not.toBe(before)
    expect(dirname(mesh.auditDir)).toBe(dirname(before))
    await asked('third')
    const { accesses, truncated } = await seen()
    expect(truncated).toBe(false)
    expect(accesses.map(({ subject }) => subject)).toEqual(['staff/third', expect.any(String), expect.any(String)])
    expect(
      accesses
        .slice(1)
        .map(({ subject }) => subject)
        .sort(),
    ).toEqual(['staff/first', 'staff/second'])
    expect(new Set(accesses.map(({ origin }) => origin)).size).toBe(2)
    expect(await seen({ limit: 2 })).toMatchObject({ truncated: true, accesses: [{ subject: 'staff/third' }, {}] })
    expect(await verifyLog(directoryReader(before), { key })).toMatchObject({ ok: true })
  }, 60_000)

  test('does not leave out in silence what it cannot read', async () => {
    rmSync(join(before, 'checkpoint'))
    expect(await seen()).toMatchObject({ code: 'internal.fault' })
  })
})
