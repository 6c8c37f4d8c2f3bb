import { leafHash, verifyLog } from '@selvage/ledger'
import { directoryReader, readEntries } from '@selvage/ledger/io'
import { expect } from 'vitest'
import type { DevMesh } from '../dev-mesh.ts'
import type { Seen } from './load.ts'
import { until } from './random.ts'

export interface Entry {
  readonly event: string
  readonly of?: number
  readonly code?: string
  readonly rows?: number
  readonly tables?: readonly { readonly table: string; readonly version: number }[]
}

/** All published entries of a gate's log, once it has published at least `size`. */
export async function entriesOf(mesh: DevMesh, gate: string, size: number): Promise<readonly { entry: Entry; leaf: string }[]> {
  const dir = mesh.dev.gates[gate]!.logs.audit
  const entries = await until(async () => {
    const read: { entry: Entry; leaf: string }[] = []
    for await (const { entry } of readEntries(dir, 0, Number.MAX_SAFE_INTEGER))
      read.push({ entry: JSON.parse(Buffer.from(entry).toString('utf8')) as Entry, leaf: Buffer.from(leafHash(entry)).toString('hex') })
    return read.length >= size ? read : undefined
  })
  if (entries === undefined) throw new Error(`the log of ${gate} did not publish ${size} entries`)
  return entries
}

export async function logIsWhole(mesh: DevMesh, gate: string): Promise<number> {
  const key = mesh.dev.verifierKeys.find(candidate => candidate.startsWith(`${mesh.dev.mesh}/${gate}/`))!
  const report = await verifyLog(directoryReader(mesh.dev.gates[gate]!.logs.audit), { key })
  expect(report).toMatchObject({ ok: true })
  return report.size
}

/** `released` entries by index, each with its `ended` if there is one. More than one is a fault. */
export function endings(entries: readonly { entry: Entry }[]): ReadonlyMap<number, Entry | undefined> {
  const found = new Map<number, Entry | undefined>()
  for (const [index, { entry }] of entries.entries()) {
    if (entry.event === 'released') found.set(index, undefined)
    if (entry.event !== 'ended') continue
    expect(found.has(entry.of!) && found.get(entry.of!) === undefined, `entry ${index} ends ${entry.of}, once`).toBe(true)
    found.set(entry.of!, entry)
  }
  return found
}

/** The log verifies and holds each receipt as `released`; what a client got whole has ended well, and once. */
export async function checkLedger(mesh: DevMesh, gate: string, seen: Seen): Promise<{ size: number; receipts: number }> {
  const mine = seen.receipts.filter(kept => kept.gate === gate)
  const newest = mine.reduce((most, { receipt }) => Math.max(most, receipt.index), -1)
  // The last `ended` is durable before its answer, and published within moments of it.
  await until(async () => badlyEnded(mine, await entriesOf(mesh, gate, newest + 1)).length === 0 || undefined)
  const entries = await entriesOf(mesh, gate, newest + 1)
  const released = endings(entries)
  const missing = mine.filter(({ receipt }) => entries[receipt.index]?.leaf !== receipt.leaf || !released.has(receipt.index))
  expect(missing).toEqual([])
  expect(new Set(mine.map(({ receipt }) => receipt.index)).size).toBe(mine.length)
  expect(badlyEnded(mine, entries)).toEqual([])
  return { size: await logIsWhole(mesh, gate), receipts: mine.length }
}

function badlyEnded(mine: Seen['receipts'], entries: readonly { entry: Entry }[]): Seen['receipts'] {
  const ended = endings(entries)
  return mine.filter(({ receipt, rows }) => {
    const entry = ended.get(receipt.index)
    return rows !== undefined && (entry?.code !== undefined || entry?.rows !== rows)
  })
}
