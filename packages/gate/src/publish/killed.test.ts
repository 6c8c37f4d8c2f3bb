import { spawn } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { column, id, product, rowsOf, table, taxonomy, Workplace } from '../../test/publish/fixture.ts'
import { findPublished, type Manifest, removeLeftovers } from './index.ts'

const place = new Workplace()
afterAll(() => place.close())

const rows = 40_000
const crm = product([table('customer', [column('id', 'BIGINT', { unique: true }), column('email', 'VARCHAR', { labels: ['pii'] })])])

/** Milliseconds of a publication that nobody disturbs. */
let usual = 0
beforeAll(async () => {
  const lines = Array.from({ length: rows }, (_, index) => `${index},user${index}@example.com\n`)
  place.write('shop/customer.csv', `id,email\n${lines.join('')}`)
  await place.publish(crm)
  const start = performance.now()
  await place.publish(crm)
  usual = performance.now() - start
})

/** The newest version is whole and can be read, whatever else lies there. */
async function expectReadable(least: Manifest): Promise<Manifest> {
  const found = (await findPublished(place.outDir, id))!
  expect(found.version).toBeGreaterThanOrEqual(least.version)
  expect(await rowsOf(found.file, 'SELECT count(*), count(DISTINCT "email~token") FROM customer')).toEqual([[String(rows), String(rows)]])
  return found
}

const childrenOf = (pid: number): number[] =>
  readdirSync('/proc').flatMap(name => {
    try {
      const stat = /^\d+$/.test(name) ? readFileSync(`/proc/${name}/stat`, 'utf8') : ''
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid ? [Number(name)] : []
    } catch {
      return []
    }
  })

const isLoader = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('publish/load/child.js')
  } catch {
    return false
  }
}

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > end) throw new Error('it did not come')
    await sleep(20)
  }
}

describe.skipIf(process.platform !== 'linux')('a publication that is killed', () => {
  it('leaves the version before, wherever its child dies', { timeout: 120_000 }, async () => {
    const before = (await findPublished(place.outDir, id))!
    let killed = 0
    for (let point = 0; point < 24; point += 1) {
      const running = place.publish(crm).then(
        () => 'done',
        (error: unknown) => (error as { code?: string }).code,
      )
      await sleep(Math.random() * usual)
      for (const pid of childrenOf(process.pid)) if (isLoader(pid)) process.kill(pid, 'SIGKILL')
      const outcome = await running
      expect(['done', 'engine.unavailable']).toContain(outcome)
      if (outcome !== 'done') killed += 1
      await expectReadable(before)
    }
    expect(killed).toBeGreaterThan(5)
    // The gate lived on, so it has swept up.
    expect(readdirSync(join(place.outDir, id)).filter(name => !/^v\d{6}$/.test(name))).toEqual([])
  })

  it('leaves the version before, wherever the gate dies, and no process', { timeout: 120_000 }, async () => {
    const script = join(place.dir, 'gate.mjs')
    writeFileSync(script, gate)
    const labels = [...taxonomy.labels]
    const job = JSON.stringify({ product: crm, labels, dataDir: place.dataDir, outDir: place.outDir })
    let before = await expectReadable((await findPublished(place.outDir, id))!)
    for (let point = 0; point < 20; point += 1) {
      const running = spawn(process.execPath, [script, fileURLToPath(new URL('../../dist/publish/index.js', import.meta.url)), job])
      const ended = new Promise(resolve => running.once('close', resolve))
      await sleep(Math.random() * (usual + 300))
      const loaders = childrenOf(running.pid!).filter(isLoader)
      running.kill('SIGKILL')
      await ended
      before = await expectReadable(before)
      await until(() => !loaders.some(isLoader))
    }
    await removeLeftovers(place.outDir, id)
    expect(readdirSync(join(place.outDir, id)).filter(name => !/^v\d{6}$/.test(name))).toEqual([])
  })

  it('is no version while a file of it is missing, cut or not what it says', async () => {
    const good = (await findPublished(place.outDir, id))!
    const next = await place.publish(crm)
    const manifestPath = join(next.file, '..', 'manifest.json')
    const text = readFileSync(manifestPath, 'utf8')
    const put = (content: string): void => {
      chmodSync(manifestPath, 0o640)
      writeFileSync(manifestPath, content)
    }
    for (const broken of ['', text.slice(0, -20), text.replace(id, 'shop.other'), text.replace(/"rows": \d+/, '"rows": -1')]) {
      put(broken)
      expect(await findPublished(place.outDir, id)).toEqual(good)
    }
    put(text)
    expect(await findPublished(place.outDir, id)).toEqual(next)
    chmodSync(next.file, 0o640)
    truncateSync(next.file, statSync(next.file).size - 4_096)
    expect(await findPublished(place.outDir, id)).toEqual(good)
    // Whole as it may be, what is being made is none either.
    cpSync(join(good.file, '..'), join(place.outDir, id, '.partial-v000099'), { recursive: true })
    cpSync(join(good.file, '..'), join(place.outDir, id, 'v99'), { recursive: true })
    expect(await findPublished(place.outDir, id)).toEqual(good)
    // Its number is not used again.
    expect((await place.publish(crm)).version).toBe(next.version + 1)
  })
})

/** A gate that does nothing but publish. */
const gate = `
const { publishProduct } = await import(process.argv[2])
const { product, labels, dataDir, outDir } = JSON.parse(process.argv[3])
await publishProduct({
  product, dataDir, outDir, taxonomy: { labels: new Map(labels) }, tokenKey: () => new Uint8Array(32), tokenKeyId: 'key-1',
  now: Date.now, onProgress: () => {}, signal: new AbortController().signal, log: () => {}, memoryMb: 192, overheadMb: 384, tempMb: 1024,
})
`
