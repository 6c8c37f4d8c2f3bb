import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type BundleFile, openBundle, signBundle } from '@selvage/bundle'
import { readPolicies } from '@selvage/cedar'
import type { ProductId } from '@selvage/kernel/model'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../../../packages/gate/src/config.ts'
import { openKeys } from '../../../packages/gate/src/keys.ts'
import { answer } from '../../../packages/gate/src/pipeline.ts'
import { buildModel } from '../../../packages/gate/src/sync/model.ts'
import { type Bound, openProducts } from '../../../packages/gate/src/sync/products.ts'
import { openStand } from '../../golden/stand.ts'
import { centreFiles, dataFiles, domainFiles } from './small-tree.ts'

const shop = 'lab.shop' as ProductId
const key = { id: 'x', ...generateKeyPairSync('ed25519') }

function model(): ReturnType<typeof buildModel> {
  const opened = (kind: 'centre' | 'domain', files: readonly BundleFile[], variables: Record<string, string> = {}) => {
    const base = { mesh: 'small', version: 1, issued: '2026-01-01T00:00:00.000Z', expires: '2027-01-01T00:00:00.000Z', variables, files }
    return openBundle(signBundle(kind === 'centre' ? { kind, ...base } : { kind, domain: 'lab', ...base }, key), key.publicKey)
  }
  const variables = { STAFF_ISSUER: 'http://127.0.0.1:1', GONE_ISSUER: 'http://127.0.0.1:2', DEVICES_KEY: 'A'.repeat(43) }
  return buildModel(
    { readPolicies: async (texts, schema) => readPolicies(texts, schema) },
    opened('centre', centreFiles),
    opened('domain', domainFiles, variables),
  )
}

describe('a generation that a statement is pinned to', () => {
  const dir = mkdtempSync(join(tmpdir(), 'selvage-pinned-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  beforeAll(() => {
    for (const [path, text] of Object.entries(dataFiles)) {
      mkdirSync(dirname(join(dir, 'data', path)), { recursive: true })
      writeFileSync(join(dir, 'data', path), text)
    }
  })

  test('keeps its files over any number of publications, until the last that holds it lets go', async () => {
    const config = parseConfig({
      mesh: 'small',
      domain: 'lab',
      port: 0,
      stateDir: dir,
      dataDir: join(dir, 'data'),
      keys: { centre: '', domain: '', freshness: '' },
      control: 'http://127.0.0.1:1',
    })
    const products = openProducts({ config, clock: Date.now, log: () => undefined, keys: openKeys(join(dir, 'keys'), 'lab') })
    const { mesh, trust: whole } = await model()
    const trust = { ...whole, products: whole.products.filter(({ id }) => id === shop) }
    const publish = async (version: number): Promise<Bound> => {
      writeFileSync(join(dir, 'data', 'shop', 'orders.csv'), `${dataFiles['shop/orders.csv']!}${version + 10},new@example.org,UK\n`)
      const bound = await products.make(mesh, trust)
      expect(bound.products.get(shop)!.manifest.version).toBe(version)
      return bound
    }
    const there = (bound: Bound): boolean => existsSync(bound.products.get(shop)!.manifest.file)
    const first = await publish(1)
    const [one, other] = [first.pin(), first.pin()]
    const second = await publish(2)
    await publish(3)
    one()
    one()
    const fourth = await publish(4)
    expect([there(first), there(second), there(fourth)]).toEqual([true, false, true])
    other()
    await publish(5)
    expect(there(first)).toBe(false)
    await products.close()
  })

  test('is let go when the statement runs, is refused or cannot be recorded', async () => {
    const stand = await openStand()
    const policy =
      '@id("shop/all") permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Domain::"shop");\n'
    const subject = { kind: 'User', id: 'workforce/analyst', roles: ['analyst'], groups: [], attributes: {} } as const
    const gate = await stand.gate({ shop: policy }, { party: { subject, actors: [] } })
    let held = 0
    const generation = {
      ...gate.generation(),
      pin: () => {
        held += 1
        return () => {
          held -= 1
        }
      },
    }
    const ask = (sql: string, audit = gate.audit): Promise<unknown> =>
      answer(
        { ...gate, audit, generation: () => generation },
        {
          sender: { token: 'party', proof: { kind: 'bearer' } },
          request: { sql, purpose: 'analytics' },
          separator: ',',
          reader: { gone: AbortSignal.timeout(20_000), left: Promise.resolve(), cut: () => undefined },
        },
      ).then(
        async ({ executed }) => {
          expect(held).toBe(0)
          await executed.cancel()
          return 'runs'
        },
        error => (error as { code?: string }).code,
      )
    const full = { ...gate.audit, append: () => Promise.reject(new Error('full')) }
    expect(await ask('SELECT customer_id FROM shop.crm.customer')).toBe('runs')
    expect(await ask('SELECT nothing FROM shop.crm.customer')).toBe('query.unknown_column')
    expect(await ask('SELECT customer_id + 1 FROM shop.crm.customer', full)).toBe('ledger.unavailable')
    expect(held).toBe(0)
    await stand.close()
  })
})
