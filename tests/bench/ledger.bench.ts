import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyLog } from '@selvage/ledger'
import { directoryReader, type LogWriter, openLog } from '@selvage/ledger/io'
import { afterAll, test } from 'vitest'
import { median, report } from './report.ts'

/** Durable entries beside what the disk gives by itself, in the same run. */
const entryBytes = 512
const seconds = 4
const rounds = 3
const producerCounts = [1, 8, 32, 255, 256]
const bars = new Map([
  [255, { atLeast: 50_000 }],
  [256, { atLeast: 60_000 }],
])
const dir = mkdtempSync(join(tmpdir(), 'selvage-bench-ledger-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const entry = (): Buffer => randomBytes(entryBytes)

/** One write and one fdatasync after the other, into a file whose blocks are there already, as the log's are. */
function rawPerSecond(): number {
  const path = join(dir, 'raw')
  const fd = openSync(path, 'w')
  const blocks = 16 * 1_024 * 1_024
  writeSync(fd, Buffer.alloc(blocks), 0, blocks, 0)
  fdatasyncSync(fd)
  const bytes = entry()
  const started = performance.now()
  let count = 0
  for (; performance.now() - started < (seconds * 1_000) / 2; count++) {
    writeSync(fd, bytes, 0, entryBytes, (count * entryBytes) % blocks)
    fdatasyncSync(fd)
  }
  const perSecond = (count / (performance.now() - started)) * 1_000
  closeSync(fd)
  return perSecond
}

async function appendPerSecond(log: LogWriter, producers: number): Promise<number> {
  const bytes = entry()
  const started = performance.now()
  const end = started + seconds * 1_000
  let count = 0
  const produce = async (): Promise<void> => {
    for (; performance.now() < end; count++) await log.append(bytes)
  }
  await Promise.all(Array.from({ length: producers }, produce))
  return (count / (performance.now() - started)) * 1_000
}

test('the audit log', async () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const fatal = (error: Error): never => {
    throw error
  }
  const log = await openLog({ dir: join(dir, 'log'), origin: 'bench/audit', privateKey, now: Date.now, onFatal: fatal })
  const measured = new Map<string, number[]>()
  const add = (what: string, perSecond: number): void => void measured.set(what, [...(measured.get(what) ?? []), perSecond])
  for (let round = 0; round < rounds; round++) {
    add('raw', rawPerSecond())
    for (const producers of producerCounts) add(String(producers), await appendPerSecond(log, producers))
  }
  const { size, verifierKey } = log
  await log.close()
  const started = performance.now()
  const checked = await verifyLog(directoryReader(join(dir, 'log')), { key: verifierKey })
  if (!checked.ok) throw new Error(JSON.stringify(checked))
  const verified = (size / (performance.now() - started)) * 1_000
  const part = 'audit log'
  const raw = median(measured.get('raw')!)
  report({ part, what: 'one write and fdatasync after the other, no log', value: raw, unit: '/s' })
  for (const producers of producerCounts) {
    const value = median(measured.get(String(producers))!)
    report({ part, what: `durable entries of ${entryBytes} bytes, ${producers} producers`, value, unit: '/s', ...bars.get(producers) })
    if (producers === 1) report({ part, what: '… ÷ raw fdatasync', value: value / raw, unit: '×', atLeast: 0.6 })
  }
  report({ part, what: `verified, of ${size} entries`, value: verified, unit: '/s', atLeast: 150_000 })
})
