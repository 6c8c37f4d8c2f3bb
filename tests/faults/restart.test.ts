import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseCheckpoint, parseNote } from '@selvage/ledger'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type DevMesh, startDevMesh } from '../dev-mesh.ts'
import { entriesOf, logIsWhole } from './ledger-check.ts'
import { type Answer, type Statement, send, tokenOf } from './load.ts'
import { partOf, tellPart } from './parts.ts'
import { until } from './random.ts'

/** Emails are tokens for the analyst: equal values must stay equal over a restart. */
const statement: Statement = {
  gate: 'sales',
  as: 'analyst',
  purpose: 'analytics',
  media: 'application/json',
  sql: 'SELECT customer_id, email FROM sales.crm.customer ORDER BY 1',
}

// Processes start in it, beside whatever else the machine does.
vi.setConfig({ testTimeout: 90_000 })

let state: string
let mesh: DevMesh
const start = async (): Promise<void> => {
  mesh = await startDevMesh({ portBase: 19_500, state })
}
beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'selvage-restart-'))
  await start()
})
afterAll(async () => {
  await mesh?.stop()
  rmSync(state, { recursive: true, force: true })
})

async function ask(token: string): Promise<Extract<Answer, { kind: 'whole' }>> {
  const answer = await send(mesh, token, statement)
  if (answer.kind !== 'whole') throw new Error(JSON.stringify(answer))
  return answer
}

interface Bundles {
  readonly centre: object
  readonly domain: object
}

async function bundles(gate: string): Promise<Bundles> {
  const { centre, domain } = (await (await fetch(`${mesh.dev.gates[gate]!.http}/v1/bundles`)).json()) as Bundles
  return { centre, domain }
}

const sizeSigned = (): number => parseCheckpoint(parseNote(readFileSync(join(mesh.dev.gates.sales!.logs.audit, 'checkpoint'))).text).size

test('stopped and started on its state: the same rules, data, tokens and keys, and the log goes on', async () => {
  const before = await ask(await tokenOf(mesh, 'analyst'))
  expect(before.rows).not.toContain('@')
  const kept = { bundles: await bundles('sales'), keys: [...mesh.dev.verifierKeys].sort() }
  await entriesOf(mesh, 'sales', before.receipt.index + 1)
  await mesh.stop()
  const size = sizeSigned()
  await start()
  expect({ bundles: await bundles('sales'), keys: [...mesh.dev.verifierKeys].sort() }).toEqual(kept)
  const after = await ask(await tokenOf(mesh, 'analyst'))
  expect(after.rows).toBe(before.rows)
  expect(after.receipt.index).toBeGreaterThanOrEqual(size)
  const entries = await entriesOf(mesh, 'sales', after.receipt.index + 1)
  for (const { receipt } of [before, after])
    expect(entries[receipt.index]).toMatchObject({ leaf: receipt.leaf, entry: { event: 'released' } })
  // The product's version stands in the entry: nothing was published anew.
  expect(entries[after.receipt.index]!.entry.tables).toEqual(entries[before.receipt.index]!.entry.tables)
  await logIsWhole(mesh, 'sales')
})

test('with control stopped, a gate answers, and answers again after a restart of its own', async () => {
  const token = await tokenOf(mesh, 'analyst')
  const before = await ask(token)
  await tellPart(mesh, 'stop', 'control')
  expect(partOf(mesh, 'control')).toBeUndefined()
  expect((await ask(token)).rows).toBe(before.rows)
  const gate = partOf(mesh, 'gate-sales')!
  process.kill(gate, 'SIGKILL')
  const back = await until(async () => {
    const answer = await send(mesh, token, statement)
    return answer.kind === 'whole' ? answer : undefined
  })
  expect(back?.rows).toBe(before.rows)
  expect([partOf(mesh, 'control'), partOf(mesh, 'gate-sales') === gate]).toEqual([undefined, false])
  await tellPart(mesh, 'start', 'control')
  expect(await until(() => partOf(mesh, 'control'))).toBeDefined()
})

test('with the issuers stopped, a gate verifies tokens with the keys that it keeps, after a restart too', async () => {
  const token = await tokenOf(mesh, 'analyst')
  const before = await ask(token)
  await tellPart(mesh, 'stop', 'issuers')
  await tellPart(mesh, 'stop', 'gate-sales')
  await tellPart(mesh, 'start', 'gate-sales')
  const back = await until(async () => {
    const answer = await send(mesh, token, statement)
    return answer.kind === 'whole' ? answer : undefined
  })
  expect(back?.rows).toBe(before.rows)
  await tellPart(mesh, 'start', 'issuers')
})

test('a part that is stopped while it is being started again stays stopped', async () => {
  const killed = partOf(mesh, 'gate-census')!
  process.kill(killed, 'SIGKILL')
  await until(() => (partOf(mesh, 'gate-census') === undefined ? true : undefined))
  await tellPart(mesh, 'stop', 'gate-census')
  await new Promise(resolve => setTimeout(resolve, 1_500))
  expect(partOf(mesh, 'gate-census')).toBeUndefined()
  await tellPart(mesh, 'start', 'gate-census')
  expect(
    await until(async () => ((await fetch(`${mesh.dev.gates.census!.http}/readyz`).catch(() => undefined))?.ok ? true : undefined)),
  ).toBe(true)
})
