import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { maxBundleLength, signFreshness } from '@selvage/bundle'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { day, SmallMesh } from './small-mesh.ts'
import { domainFiles } from './small-tree.ts'

/** Whoever delivers a bundle is told what is wrong with it, and what is in force stays in force. */
describe('a domain’s bundle at a running gate', () => {
  let mesh: SmallMesh
  beforeAll(async () => {
    mesh = await SmallMesh.ready()
  })
  afterAll(() => mesh?.close())

  const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString()
  const permit = { path: 'domains/lab/policies/open.cedar', text: '@id("lab/open")\npermit (principal, action, resource);\n' }
  const word = (): string =>
    signFreshness(
      { mesh: 'small', version: 9, digest: 'a'.repeat(64), issued: ago(0) },
      { id: 'lab', privateKey: mesh.keys.domain.privateKey },
    )

  const corpus: readonly (readonly [what: string, status: number, code: string, body: () => string])[] = [
    ['signed by a stranger', 403, 'policy.signature', () => mesh.domainBundle({ version: 4 }, mesh.keys.stranger)],
    ['signed by the centre', 403, 'policy.signature', () => mesh.domainBundle({ version: 4 }, mesh.keys.centre)],
    [
      'changed on its way',
      403,
      'policy.signature',
      () => mesh.domainBundle({ version: 4 }).replace(/(?<="sig":")./, first => (first === 'A' ? 'B' : 'A')),
    ],
    ['of a lower version', 409, 'policy.version', () => mesh.domainBundle({ version: 2 })],
    ['of the same version and other content', 409, 'policy.version', () => mesh.domainBundle({ files: [...domainFiles, permit] })],
    ['expired', 422, 'policy.bundle_expired', () => mesh.domainBundle({ version: 4, issued: ago(2 * day), expires: ago(1) })],
    ['of another domain', 422, 'policy.invalid', () => mesh.domainBundle({ version: 4, domain: 'sales' })],
    ['of another mesh', 422, 'policy.invalid', () => mesh.domainBundle({ version: 4, mesh: 'other' })],
    [
      'whose rules reach beyond the domain',
      422,
      'policy.invalid',
      () => mesh.domainBundle({ version: 4, files: [...domainFiles, permit] }),
    ],
    ['without a file', 422, 'policy.invalid', () => mesh.domainBundle({ version: 4, files: [] })],
    ['that is a word of freshness', 422, 'policy.invalid', word],
    ['that is no JSON', 422, 'policy.invalid', () => 'not a bundle'],
    ['that is an empty object', 422, 'policy.invalid', () => '{}'],
    ['that is empty', 422, 'policy.invalid', () => ''],
    ['that follows another', 409, 'policy.parent', () => mesh.domainBundle({ version: 4, parent: 'a'.repeat(64), ancestors: [] })],
    ['longer than a bundle may be', 413, 'policy.too_large', () => ' '.repeat(maxBundleLength + 1)],
  ]

  test.each(corpus)('%s: %d %s', async (_what, status, code, body) => {
    const before = (await mesh.door.call('/v1/bundles', { method: 'GET' })).text
    const told = await mesh.putDomain(body())
    expect({ status: told.status, code: told.body.code, retry: told.headers.get('retry-after') }).toEqual({ status, code, retry: null })
    const after = (await mesh.door.call('/v1/bundles', { method: 'GET' })).text
    const inForce = (text: string): unknown => (JSON.parse(text) as { domain: unknown }).domain
    expect(inForce(after)).toEqual(inForce(before))
    expect((await mesh.ask('SELECT 1 FROM lab.shop.orders')).status).toBe(200)
  })

  test('longer than a body may be: told by its length, before it is sent', async () => {
    const head = `PUT /v1/bundles/domain HTTP/1.1\r\nHost: x\r\nContent-Type: x/y\r\nContent-Length: ${maxBundleLength * 2 + 1}\r\n\r\n{`
    const { status, body } = await mesh.door.raw(head)
    expect({ status, code: (JSON.parse(body) as { code: string }).code }).toEqual({ status: 413, code: 'policy.too_large' })
  })

  test('a newer one is in force with its answer', async () => {
    const files = domainFiles.map(file =>
      file.path.endsWith('.cedar') ? { ...file, text: file.text.replaceAll('"analytics"', '"support"') } : file,
    )
    expect((await mesh.putDomain(mesh.domainBundle({ version: 5, files }))).status).toBe(200)
    expect((await mesh.ask('SELECT 1 FROM lab.shop.orders')).body.code).toBe('policy.denied')
    expect((await mesh.ask('SELECT 1 FROM lab.shop.orders', { purpose: 'support' })).status).toBe(200)
  })
  test('kept and altered: the gate starts, pulls the centre’s anew, and takes the domain’s when it is delivered again, and no older one', async () => {
    const kept = (name: string): string => join(mesh.dir, 'gate', 'bundles', name)
    await mesh.gate!.stop()
    for (const name of ['centre.bundle.json', 'domain.bundle.json', 'freshness.json']) {
      const bytes = readFileSync(kept(name))
      bytes[bytes.length >> 1]! ^= 4
      writeFileSync(kept(name), bytes)
    }
    await mesh.startGate()
    await mesh.becomes('policy.missing')
    expect((await mesh.putDomain(mesh.domainBundle({ version: 4 }))).body.code).toBe('policy.version')
    expect((await mesh.putDomain(mesh.domainBundle({ version: 6 }))).status).toBe(200)
    await mesh.becomes('ready')
    expect((await mesh.ask('SELECT 1 FROM lab.shop.orders')).status).toBe(200)
    await expect.poll(() => mesh.output).toContain('kept.unreadable')
  })
})
