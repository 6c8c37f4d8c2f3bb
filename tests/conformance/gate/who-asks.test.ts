import type { BundleFile } from '@selvage/bundle'
import { readEntries } from '@selvage/ledger/io'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { json, startTestIssuer, status, type TestIssuer } from '../../../packages/identity/src/testing/issuer.ts'
import { signToken, type TestKey, testKey } from '../../../packages/identity/src/testing/token.ts'
import { isSkipped } from './clock.ts'
import { day, SmallMesh } from './small-mesh.ts'
import { centreFiles, domainFiles } from './small-tree.ts'

vi.setConfig({ testTimeout: 60_000 })

const hour = 3_600
const sql = 'SELECT count(id) FROM lab.shop.orders'
const groups: readonly BundleFile[] = centreFiles.map(file =>
  file.path.endsWith('/taxonomy.yaml') ? { ...file, text: `${file.text}groups: [emea, apac]\n` } : file,
)
/** Whoever is in the group of ours; nobody by a role. */
const ofGroup: BundleFile = {
  path: 'domains/lab/policies/access.cedar',
  text: `@id("lab/emea")
permit (principal in Mesh::Group::"emea", action in Mesh::Action::"use", resource in Mesh::Product::"lab.shop");
`,
}
/** Rows are for when the issuer's keys are known to be current. */
const fresh: BundleFile = {
  path: 'domains/lab/policies/fresh.cedar',
  text: `@id("lab/fresh")
forbid (principal, action == Mesh::Action::"read", resource in Mesh::Domain::"lab")
when { context.degraded.contains("keys-stale") };
`,
}

/** Each issuer's map of groups, in its own words. */
function trusting(staff: string, gone: string): readonly BundleFile[] {
  const files = domainFiles.filter(({ path }) => !path.endsWith('/access.cedar'))
  const mapped = files.map(file => {
    if (!file.path.endsWith('/domain.yaml')) return file
    const [head, ...issuers] = file.text.split('    roles: { analyst: analyst }\n')
    const texts = [staff, gone].map(map => `    roles: { analyst: analyst }\n    groups: ${map}\n`)
    return { ...file, text: `${head}${texts[0]}${issuers[0]}${texts[1]}${issuers[1]}` }
  })
  return [...mapped, ofGroup]
}

describe.skipIf(isSkipped)('who asks, at a running gate', () => {
  let mesh: SmallMesh
  let partner: TestIssuer
  const partnerKey: TestKey = testKey('partner')
  let version = 3

  beforeAll(async () => {
    mesh = await SmallMesh.open({ stepped: true, gate: { maxFreshnessAge: 7 * day } })
    partner = await startTestIssuer([partnerKey.jwk])
    await mesh.putCentre(mesh.centreBundle({ version: 4, files: groups }))
    await mesh.startGate()
    await put(trusting('{ sales: emea }', '{ sales: apac }'))
    await mesh.becomes('ready')
  })
  afterAll(async () => {
    await mesh?.close()
    await partner?.close()
  })

  async function put(files: readonly BundleFile[]): Promise<void> {
    version += 1
    const variables = { STAFF_ISSUER: mesh.issuer.url, GONE_ISSUER: partner.url, DEVICES_KEY: String(mesh.devices.jwk.x) }
    const { status: code, text } = await mesh.putDomain(mesh.domainBundle({ version, files, variables }))
    if (code !== 200) throw new Error(text)
  }
  const seconds = (): number => Math.floor(mesh.clock.now() / 1_000)
  async function told(token: string): Promise<unknown> {
    const { body } = await mesh.ask(sql, { token })
    return body.rows?.[0]?.[0] ?? body.code
  }
  const ofStaff = (more: object): string => mesh.token({ ...more })
  const ofPartner = (more: object): string => signToken({ ...mesh.claims(), iss: partner.url, ...more }, partnerKey)

  test('a group of the same name at another issuer is another group, or none', async () => {
    expect(await told(ofStaff({ groups: ['sales'] }))).toBe('3')
    expect(await told(ofPartner({ groups: ['sales'] }))).toBe('query.unknown_table')
    // Our own name for it is no word of an issuer's.
    expect(await told(ofStaff({ groups: ['emea'] }))).toBe('query.unknown_table')
    expect(await told(ofStaff({ roles: ['analyst'] }))).toBe('query.unknown_table')
  })

  test('a group that is renamed at the issuer is none until the domain signs its new name', async () => {
    expect(await told(ofStaff({ groups: ['sales-emea'] }))).toBe('query.unknown_table')
    await put(trusting('{ sales-emea: emea }', '{}'))
    expect(await told(ofStaff({ groups: ['sales-emea'] }))).toBe('3')
    expect(await told(ofStaff({ groups: ['sales'] }))).toBe('query.unknown_table')
    await put(trusting('{ sales: emea }', '{}'))
  })

  test.each([
    [
      'identity.overage',
      'more groups than stand in a token',
      { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://graph.example.org' } } },
    ],
    ['identity.overage', 'groups left out', { hasgroups: true }],
    ['identity.claims', 'groups that are no list', { groups: 'sales' }],
    ['identity.claims', 'a group that is no text', { groups: ['sales', 7] }],
  ])('%s: %s, so who is in which is not known', async (code, _, claims) => {
    expect(await told(ofStaff(claims))).toBe(code)
  })

  test('clocks may differ by five seconds, and not by sixty', async () => {
    const staff = { groups: ['sales'] }
    expect(await told(ofStaff({ ...staff, iat: seconds() + 4, exp: seconds() + 500 }))).toBe('3')
    expect(await told(ofStaff({ ...staff, iat: seconds() + 60, exp: seconds() + 500 }))).toBe('identity.not_yet')
    expect(await told(ofStaff({ ...staff, iat: seconds() - 500, exp: seconds() - 3 }))).toBe('3')
    expect(await told(ofStaff({ ...staff, iat: seconds() - 500, exp: seconds() - 60 }))).toBe('identity.expired')
  })

  test('an issuer that is down for a day: its keys go on, known to be stale, and no longer', async () => {
    const { keys, discovery } = mesh.issuer
    mesh.issuer.keys = status(503)
    mesh.issuer.discovery = status(503)
    const ask = (): Promise<unknown> => told(ofStaff({ groups: ['sales'] }))
    mesh.clock.step(23 * hour)
    await mesh.becomes('ready')
    expect(await ask()).toBe('3')
    expect(await lastReleased()).toMatchObject({ degraded: ['keys-stale'] })
    // A domain may ask for more than that.
    await put([...trusting('{ sales: emea }', '{}'), fresh])
    expect(await ask()).toBe('policy.denied')
    mesh.clock.step(2 * hour)
    await mesh.becomes('ready')
    expect(await ask()).toBe('identity.keys')
    mesh.issuer.keys = keys
    mesh.issuer.discovery = discovery
    mesh.clock.step(60)
    await expect.poll(ask, { timeout: 10_000 }).toBe('3')
    expect(await lastReleased()).not.toHaveProperty('degraded')
  })

  async function lastReleased(): Promise<object | undefined> {
    await mesh.becomes('ready')
    let last: { event: string } | undefined
    // What was acknowledged is published within a second.
    await new Promise(resolve => setTimeout(resolve, 1_200))
    for await (const { entry } of readEntries(mesh.auditDir, 0, Number.MAX_SAFE_INTEGER)) {
      const one = JSON.parse(Buffer.from(entry).toString('utf8')) as { event: string }
      if (one.event === 'released') last = one
    }
    return last
  }

  test('is asked for its keys twice a minute at most, whatever comes', async () => {
    mesh.issuer.keys = json({ keys: [mesh.key.jwk] })
    mesh.clock.step(120)
    const before = mesh.issuer.asked.keys
    const flood = Array.from({ length: 200 }, (_, i) => mesh.ask(sql, { token: mesh.token({}, testKey(`unknown${i % 20}`)) }))
    const codes = new Set((await Promise.all(flood)).map(({ body }) => body.code))
    expect([...codes]).toEqual(['identity.signature'])
    expect(mesh.issuer.asked.keys - before).toBeLessThanOrEqual(2)
  })
})
