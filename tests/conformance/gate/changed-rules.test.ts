import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BundleFile } from '@selvage/bundle'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SmallMesh } from './small-mesh.ts'
import { domainFiles } from './small-tree.ts'

const policy = (name: string, text: string): BundleFile => ({ path: `domains/lab/policies/${name}.cedar`, text })
const everybodyAudits = `@id("lab/audit")
permit (principal in Mesh::Role::"analyst", action == Mesh::Action::"audit", resource in Mesh::Product::"lab.shop");
`
const forbid = (action: string, id: string, on: string): string => `@id("lab/no-${id}")
forbid (principal, action == Mesh::Action::"${action}", resource in ${on});
`

describe('rules that change', () => {
  let mesh: SmallMesh
  let version = 3
  const dir = mkdtempSync(join(tmpdir(), 'selvage-people-'))
  const directory = join(dir, 'directory.yaml')
  beforeAll(async () => {
    mesh = await SmallMesh.ready({ gate: { engine: { children: 1, perSubject: { running: 1 } }, directory: [directory] } })
  })
  afterAll(async () => {
    await mesh?.close()
    rmSync(dir, { recursive: true })
  })

  async function put(...more: readonly BundleFile[]): Promise<void> {
    version += 1
    const { status, text } = await mesh.putDomain(mesh.domainBundle({ version, files: [...domainFiles, ...more] }))
    if (status !== 200) throw new Error(text)
  }

  /** Takes the one engine child for as long as nobody reads. */
  async function holdEngine(): Promise<() => Promise<void>> {
    const many = Array.from({ length: 15 }, (_, i) => `lab.shop.orders o${i}`).join(', ')
    const response = await fetch(`${mesh.door.url}/v1/sql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${mesh.token({ sub: 'slow' })}`,
        accept: 'application/x-ndjson',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ sql: `SELECT o0.*, o1.*, o2.* FROM ${many}`, purpose: 'analytics' }),
    })
    expect(response.status).toBe(200)
    // The response must stay reachable: fetch closes the connection of one that is collected.
    return async () => response.body?.cancel()
  }

  test('a statement that waited while a rule came is told by the rules of now', async () => {
    await put()
    const letGo = await holdEngine()
    const waiting = mesh.ask('SELECT count(*) FROM lab.shop.orders')
    await new Promise(resolve => setTimeout(resolve, 1_500))
    await put(policy('stop', forbid('read', 'reading', 'Mesh::Product::"lab.shop"')))
    await letGo()
    const { status, body } = await waiting
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'policy.denied' })
    await put()
  }, 60_000)

  test('who-saw of a product or table tells nothing of what below it may not be audited', async () => {
    await put(policy('audit', everybodyAudits))
    await mesh.ask('SELECT id, country FROM lab.shop.orders')
    const seen = async (resource: string): Promise<unknown> => {
      const { body } = await mesh.door.call('/v1/who-saw', { body: { resource }, headers: { authorization: `Bearer ${mesh.token()}` } })
      return (body.accesses ?? []).slice(0, 1).map(({ table, columns }: { table: string; columns: string[] }) => ({ table, columns }))
    }
    const all = [{ table: 'lab.shop.orders', columns: ['id', 'country'] }]
    expect(await seen('lab.shop')).toEqual(all)
    await put(policy('audit', everybodyAudits + forbid('audit', 'country', 'Mesh::Column::"lab.shop.orders.country"')))
    const fewer = [{ table: 'lab.shop.orders', columns: ['id'] }]
    expect(await seen('lab.shop')).toEqual(fewer)
    expect(await seen('lab.shop.orders')).toEqual(fewer)
    await put(policy('audit', everybodyAudits + forbid('audit', 'orders', 'Mesh::Table::"lab.shop.orders"')))
    expect(await seen('lab.shop')).toEqual([])
    expect(await seen('lab.shop.orders')).toEqual([])
  }, 60_000)

  describe('who may see what', () => {
    const british = `@id("lab/british")
forbid (principal, action == Mesh::Action::"read", resource is lab::shop::orders)
unless { resource has country && resource.country == "UK" };
`
    const administers = everybodyAudits.replace('lab/audit', 'lab/administer').replace('"audit"', '"administer"')
    const forbidBoth = (on: string): string => forbid('audit', 'audit', on) + forbid('administer', 'administer', on)

    const people = (...lines: readonly string[]): void =>
      writeFileSync(directory, `issuer: staff\nsource: test\nobserved: 2026-11-26\npeople:\n${lines.map(line => `  ${line}\n`).join('')}`)
    const call = (path: string, body: object): ReturnType<typeof mesh.door.call> =>
      mesh.door.call(path, { body, headers: { authorization: `Bearer ${mesh.token()}` } })
    const told = async (path: string, asked: object): Promise<unknown> => {
      const { status, body } = await call(path, asked)
      if (status !== 200) return body.code
      return body.sights.map(({ login, rows, columns }) => [login, rows.condition ?? rows.visible, ...columns.map(({ name }) => name)])
    }
    const whoCan = (resource: string): Promise<unknown> => told('/v1/who-can', { resource })
    const seeAs = (login: string): Promise<unknown> => told('/v1/see-as', { login })

    test('a directory that is wrong is no directory, and said to be', async () => {
      await put(policy('audit', everybodyAudits + british))
      people('ana: { roles: [analyst] }', 'lee: {}', 'kim: { issuer: elsewhere }')
      expect(await whoCan('lab.shop.orders')).toHaveLength(1)
      people('ana: { roles: [analyst] }', 'eve: { role: [analyst] }')
      expect(await whoCan('lab.shop.orders')).toBe('directory.unavailable')
      expect(await seeAs('ana')).toBe('directory.unavailable')
      people('ana: { roles: [analyst] }', 'eve: { roles: [analyst] }')
      expect(await whoCan('lab.shop.orders')).toHaveLength(2)
      rmSync(directory)
      expect(await whoCan('lab.shop.orders')).toBe('directory.unavailable')
      // What is told travels by a pipe.
      await expect.poll(() => mesh.output).toContain('"cause":"ENOENT"')
    }, 60_000)

    test('is told as far as each column, each condition and the table may be audited or administered', async () => {
      people('ana: { roles: [analyst] }')
      const all = ['id', 'email', 'country']
      expect([await whoCan('lab.shop.orders'), await seeAs('ana')]).toEqual(Array(2).fill([['ana@staff', 'some', ...all]]))
      await put(policy('audit', administers + british))
      expect([await whoCan('lab.shop.orders'), await seeAs('ana')]).toEqual(Array(2).fill([['ana@staff', "country = 'UK'", ...all]]))
      await put(policy('audit', administers + british + forbidBoth('Mesh::Column::"lab.shop.orders.country"')))
      expect([await whoCan('lab.shop.orders'), await seeAs('ana')]).toEqual(Array(2).fill([['ana@staff', 'some', 'id', 'email']]))
      expect(await whoCan('lab.shop.orders.country')).toBe('policy.denied')
      await put(policy('audit', administers + british + forbidBoth('Mesh::Table::"lab.shop.orders"')))
      expect([await whoCan('lab.shop.orders'), await seeAs('ana')]).toEqual(['policy.denied', 'policy.denied'])
    }, 90_000)
  })
})
