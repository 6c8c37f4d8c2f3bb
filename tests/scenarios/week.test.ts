import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Clock, isSkipped } from '../conformance/gate/clock.ts'
import { day } from '../conformance/gate/small-mesh.ts'
import { type DevMesh, type Ran, selvage, startDevMesh } from '../dev-mesh.ts'
import { logIsWhole } from '../faults/ledger-check.ts'

vi.setConfig({ testTimeout: 120_000 })

/** Given to the processes of `selvage dev` too, to which it passes on nothing of its own environment. */
const preload = `import children from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
const { spawn } = children
const clock = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(LD_PRELOAD|FAKETIME)/.test(name)))
children.spawn = (command, args, options) => spawn(command, args, { ...options, env: { ...options?.env, ...clock } })
syncBuiltinESMExports()
`

/** `selvage dev` as people use it, its whole mesh on one state folder, and weeks between two starts. */
describe.skipIf(isSkipped)('a mesh that is started again', () => {
  const dir = mkdtempSync(join(tmpdir(), 'selvage-week-'))
  const state = join(dir, 'state')
  let clock: Clock
  let mesh: DevMesh | undefined
  const before = { ...process.env }

  beforeAll(async () => {
    clock = new Clock(dir)
    writeFileSync(join(dir, 'preload.mjs'), preload)
    Object.assign(process.env, clock.environment(), { NODE_OPTIONS: `--import ${pathToFileURL(join(dir, 'preload.mjs')).href}` })
    mesh = await start()
  })
  afterAll(async () => {
    await mesh?.stop()
    process.env = before
    rmSync(dir, { recursive: true, force: true })
  })

  const start = (): Promise<DevMesh> => startDevMesh({ portBase: 21_400, state })
  const ask = (...more: readonly string[]): Promise<Ran> =>
    selvage([
      'query',
      '--state',
      state,
      '--as',
      'analyst',
      '--purpose',
      'analytics',
      ...more,
      'SELECT customer_id, email FROM sales.crm.customer ORDER BY 1 LIMIT 5',
    ])

  async function startedAfter(days: number): Promise<void> {
    await mesh!.stop()
    clock.step(days * day)
    mesh = await start()
  }

  const centreVersion = async (): Promise<number> => {
    const { centre } = (await (await fetch(`${mesh!.dev.gates.sales!.http}/v1/bundles`)).json()) as { centre: { version: number } }
    return centre.version
  }

  test('a week later gives the same rows under the same tokens, by the same rules, and its log goes on', async () => {
    const first = await ask()
    expect(first.code).toBe(0)
    const [size, version] = [await logIsWhole(mesh!, 'sales'), await centreVersion()]
    await startedAfter(7)
    expect(new Date(clock.now()).getTime() - Date.now()).toBeGreaterThan(6 * day * 1_000)
    const later = await ask()
    expect({ code: later.code, out: later.out }).toEqual({ code: 0, out: first.out })
    expect(await centreVersion()).toBe(version)
    await expect.poll(() => logIsWhole(mesh!, 'sales')).toBeGreaterThan(size)
  })

  test('a hundred days later, when all that was signed has expired, it is signed anew', async () => {
    const [first, version] = [await ask(), await centreVersion()]
    await startedAfter(100)
    const later = await ask()
    expect({ code: later.code, out: later.out }).toEqual({ code: 0, out: first.out })
    expect(await centreVersion()).toBe(version + 1)
  })
})
