import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openPlantedControl, type PlantedControl, wordFor } from '../../conformance/gate/planted-control.ts'
import { SmallMesh } from '../../conformance/gate/small-mesh.ts'
import { childOf } from '../parts.ts'
import { sendSignal } from '../process-tree.ts'

vi.setConfig({ testTimeout: 180_000 })

const patience = { timeout: 90_000, interval: 50 }

interface Status {
  readonly active: { readonly generation: number; readonly centre: number; readonly domain: number }
  readonly refused: readonly { readonly kind: string; readonly code: string; readonly version?: number }[]
}

/** What cannot be kept is not in force: a gate that took it would have the ones before again at its next look, and so on. */
describe('a gate whose disk does not take new rules', () => {
  let mesh: SmallMesh
  let control: PlantedControl
  let handed = ''
  let words = 0
  let bundles = 0
  beforeAll(async () => {
    control = await openPlantedControl({ bundle, word })
    mesh = await SmallMesh.open({ control: control.url, gate: { controlEveryMs: 500 } })
    handed = mesh.centreBundle()
    await mesh.startGate()
    await mesh.putDomain(mesh.domainBundle())
    await mesh.becomes('ready')
  })
  afterAll(async () => {
    await mesh?.close()
    control?.server.close()
  })

  function bundle(): string {
    bundles += 1
    return handed
  }
  function word(): string {
    words += 1
    return wordFor(mesh, handed)
  }
  const status = async (): Promise<Status> => (await mesh.door.call('/v1/bundles', { method: 'GET' })).body as unknown as Status
  const active = async (): Promise<Status['active']> => (await status()).active
  const activated = (): number => mesh.output.split('"policy.activated"').length - 1

  /** Nothing can be renamed to where a folder stands that is not empty. */
  const fileOf = (kind: string): string => join(mesh.dir, 'gate', 'bundles', `${kind}.bundle.json`)
  function block(kind: string): void {
    rmSync(fileOf(kind))
    mkdirSync(join(fileOf(kind), 'in-the-way'), { recursive: true })
  }
  const clear = (kind: string): void => rmSync(fileOf(kind), { recursive: true })

  const expectRows = (): Promise<void> =>
    expect.poll(async () => (await mesh.ask('SELECT id FROM lab.shop.orders')).status, { ...patience, timeout: 20_000 }).toBe(200)

  /** Newer data are published with rules that are not taken; those in force keep theirs, for children that start now too. */
  async function publishesWith(next: string): Promise<void> {
    await expectRows()
    for (const id of [20, 30]) {
      writeFileSync(join(mesh.dir, 'data', 'shop', 'orders.csv'), `id,email,country\n${id},ada@example.org,UK\n`)
      expect((await mesh.putDomain(next)).body.code).toBe('internal.fault')
    }
    await expect.poll(() => mesh.output).toContain('"product":"lab.shop","version":3')
    sendSignal(childOf(mesh.gate!.process.pid, 'engine')!, 'SIGKILL')
    await expectRows()
  }

  test('the domain’s: whoever delivers them is told, nothing changes, and they are taken once they can be kept', async () => {
    const before = { ...(await active()), times: activated() }
    block('domain')
    const next = mesh.domainBundle({ version: 4 })
    expect((await mesh.putDomain(next)).body.code).toBe('internal.fault')
    const from = words
    await expect.poll(() => words, patience).toBeGreaterThan(from + 3)
    expect({ ...(await active()), times: activated() }).toEqual(before)
    expect(await mesh.state()).toBe('ready')
    await publishesWith(next)
    clear('domain')
    expect((await mesh.putDomain(next)).status).toBe(200)
    expect(await status()).toMatchObject({ active: { domain: 4 }, refused: [] })
  })

  test('the centre’s: they are tried again ever more seldom, nothing changes, and the gate says that it is behind', async () => {
    const before = { ...(await active()), times: activated() }
    block('centre')
    const [askedWords, askedBundles] = [words, bundles]
    handed = mesh.centreBundle({ ...mesh.following('centre', handed), version: 9 })
    await expect
      .poll(async () => (await status()).refused, patience)
      .toMatchObject([{ kind: 'centre', code: 'internal.fault', version: 9 }])
    await expect.poll(() => words, patience).toBeGreaterThan(askedWords + 8)
    expect(bundles - askedBundles).toBeLessThan(words - askedWords - 2)
    expect({ ...(await active()), times: activated() }).toEqual(before)
    await expect.poll(() => mesh.output).toContain('"kept.refused"')
    expect((await mesh.ask('SELECT id FROM lab.shop.orders')).status).toBe(200)
    await mesh.becomes('policy.stale', 60_000)
    expect({ ...(await active()), times: activated() }).toEqual(before)
  })

  test('once there is room they are in force, and nothing is refused any more', async () => {
    clear('centre')
    await expect.poll(async () => (await active()).centre, patience).toBe(9)
    expect((await status()).refused).toEqual([])
    await mesh.becomes('ready')
  })
})
