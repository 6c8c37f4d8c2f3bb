import { maxBundleLength, openBundle, signFreshness } from '@selvage/bundle'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openPlantedControl, type PlantedControl, patterned, withPlantedEngine, wordFor } from './planted-control.ts'
import { SmallMesh } from './small-mesh.ts'
import { centreFiles, domainFiles } from './small-tree.ts'

vi.setConfig({ testTimeout: 120_000 })

const permit = { path: 'guardrails/open.cedar', text: '@id("central/open")\npermit (principal, action, resource);\n' }
const ago = (): string => new Date(Date.now() - 1_000).toISOString()

interface Status {
  readonly active: { readonly centre: number; readonly domain: number }
  readonly refused: readonly { readonly kind: string; readonly code: string; readonly version?: number }[]
}

/** Control hands out what a real one would have refused: the gate looks by itself. */
describe('a bundle of the centre at a running gate', () => {
  let mesh: SmallMesh
  let control: PlantedControl
  let good = ''
  let handed = ''
  let cuts = 0
  let isCut = false
  let word = ''
  beforeAll(async () => {
    control = await openPlantedControl({ bundle, word: () => word || wordFor(mesh, handed) })
    mesh = await SmallMesh.open({ control: control.url, gate: { controlEveryMs: 500 } })
    good = mesh.centreBundle({ files: centreFiles })
    handed = good
    await mesh.startGate()
    await mesh.putDomain(mesh.domainBundle())
    await mesh.becomes('ready')
  })
  afterAll(async () => {
    await mesh?.close()
    control?.server.close()
  })

  function bundle(): string | undefined {
    if (!isCut) return handed
    cuts += 1
    return undefined
  }
  const status = async (): Promise<Status> => (await mesh.door.call('/v1/bundles', { method: 'GET' })).body as unknown as Status
  const refusals = async (): Promise<readonly string[]> => (await status()).refused.map(({ kind, code }) => `${kind} ${code}`)
  const parent = 'a'.repeat(64)

  test.each([
    ['policy.signature', () => mesh.centreBundle({ version: 4 }, mesh.keys.stranger)],
    ['policy.parent', () => mesh.centreBundle({ version: 5, parent, ancestors: [] })],
    ['policy.bundle_expired', () => mesh.centreBundle({ version: 6, expires: ago() })],
    ['policy.invalid', () => follows({ version: 7, files: [...centreFiles, permit] })],
    ['policy.too_large', () => ' '.repeat(maxBundleLength * 2 + 1)],
    ['policy.version', () => mesh.centreBundle({ version: 2 })],
  ])('%s: it is told, and the last good one stays in force', async (code, bundle) => {
    const genuine = follows({ version: 8, files: [...centreFiles, { ...permit, text: `// ${code}\n` }] })
    handed = bundle()
    word = wordFor(mesh, code === 'policy.invalid' ? handed : genuine)
    await expect.poll(refusals, { timeout: 20_000 }).toContain(`centre ${code}`)
    expect(await mesh.state()).toBe('ready')
    expect((await status()).active).toMatchObject({ centre: 3, domain: 3 })
    expect((await mesh.ask('SELECT id FROM lab.shop.orders')).status).toBe(200)
  })

  test.each([
    ['its version is of no bundle', () => ({ ...openBundle(good, mesh.keys.centre.publicKey), version: Number.MAX_SAFE_INTEGER })],
    ['its bundle is not handed out', () => ({ version: Number.MAX_SAFE_INTEGER, digest: parent })],
  ])('a word of control is not kept, and leaves no floor, where %s', async (_, named) => {
    const { version, digest } = named()
    handed = good
    word = signFreshness(
      { mesh: 'small', version, digest, issued: new Date().toISOString() },
      { id: 'control', privateKey: mesh.keys.control.privateKey },
    )
    await expect.poll(async () => (await status()).refused, { timeout: 20_000 }).toContainEqual(expect.objectContaining({ version }))
    expect((await status()).active).toMatchObject({ centre: 3 })
    expect(await mesh.state()).toBe('ready')
  })

  test('the next good one is taken, and nothing is refused any more', async () => {
    handed = follows({ version: 9 })
    word = ''
    await expect.poll(async () => (await status()).active.centre, { timeout: 20_000 }).toBe(9)
    expect((await status()).refused).toEqual([])
  })

  test('one that was refused is tried again, also where control broke off meanwhile', async () => {
    const next = mesh.centreBundle({ ...mesh.following('centre', handed), version: 10 })
    word = wordFor(mesh, next)
    handed = mesh.centreBundle({ version: 10 }, mesh.keys.stranger)
    await expect.poll(refusals, { timeout: 20_000 }).toContain('centre policy.signature')
    isCut = true
    await expect.poll(() => cuts, { timeout: 20_000 }).toBeGreaterThan(0)
    isCut = false
    handed = next
    await expect.poll(async () => (await status()).active.centre, { timeout: 20_000 }).toBe(10)
  })

  const follows = (change: Parameters<SmallMesh['centreBundle']>[0]): string =>
    mesh.centreBundle({ ...mesh.following('centre', good), ...change })
})

describe('a gate whose evaluator has a bug', () => {
  let mesh: SmallMesh
  beforeAll(async () => {
    mesh = await SmallMesh.ready({ environment: withPlantedEngine })
  })
  afterAll(() => mesh?.close())

  test('takes no bundle that would show it, says so, and stays with the last good one', async () => {
    const { status, body } = await mesh.putDomain(mesh.domainBundle({ version: 4, files: [...domainFiles, patterned] }))
    expect([status, body.code]).toEqual([422, 'policy.engines'])
    const told = (await mesh.door.call('/v1/bundles', { method: 'GET' })).body
    expect(told).toMatchObject({
      active: { centre: 3, domain: 3, requests: expect.any(Number), ms: expect.any(Number) },
      refused: [{ kind: 'domain', code: 'policy.engines', version: 4, times: 1 }],
    })
    expect((await mesh.ask('SELECT id FROM lab.shop.orders')).status).toBe(200)
    // The rule is let through where the evaluator has none.
    await mesh.gate!.stop()
    await mesh.startGate({}, ['/usr/bin/env', '--unset=NODE_OPTIONS'])
    await mesh.becomes('ready')
    expect((await mesh.putDomain(mesh.domainBundle({ version: 4, files: [...domainFiles, patterned] }))).status).toBe(200)
  })
})
