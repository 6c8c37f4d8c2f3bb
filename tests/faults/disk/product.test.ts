import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { column, id, product, table, taxonomy } from '../../../packages/gate/test/publish/fixture.ts'
import { root } from '../../dev-mesh.ts'
import { losePower } from './power-loss.ts'
import { DiskFaults, hasGcc, type Rule } from './shim.ts'

const built = new URL('../../../packages/gate/dist/publish/index.js', import.meta.url).href
const crm = product([table('customer', [column('id', 'BIGINT')])])
const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

const work = {
  publish: `await publishProduct({
    product, dataDir, outDir, taxonomy: { labels: new Map(labels) }, tokenKey: () => new Uint8Array(32), tokenKeyId: 'key-1',
    now: Date.now, onProgress: () => {}, signal: new AbortController().signal, log: () => {}, memoryMb: 192, overheadMb: 384, tempMb: 1024,
  }).then(({ version }) => say(version), ({ code }) => say(code))`,
  'what is served': 'say((await findPublished(outDir, product.id))?.version ?? 0)',
}

/** A gate that dies after each piece of work, on a disk that fails, and whose power goes. */
class Machine {
  readonly #dir = mkdtempSync(join(tmpdir(), 'selvage-product-'))
  readonly #faults = new DiskFaults(this.#dir)

  constructor() {
    dirs.push(this.#dir)
    mkdirSync(join(this.#dir, 'gate'))
    mkdirSync(join(this.#dir, 'data', 'shop'), { recursive: true })
    writeFileSync(join(this.#dir, 'data', 'shop', 'customer.csv'), 'id\n1\n')
    this.#faults.record(join(this.#dir, 'gate'))
  }

  run(what: keyof typeof work, ...rules: readonly Rule[]): string {
    this.#faults.set(...rules)
    const job = {
      product: crm,
      labels: [...taxonomy.labels],
      dataDir: join(this.#dir, 'data'),
      outDir: join(this.#dir, 'gate', 'products'),
    }
    const script = `const { publishProduct, findPublished } = await import(${JSON.stringify(built)})
const { product, labels, dataDir, outDir } = ${JSON.stringify(job)}
const say = what => process.stdout.write(String(what))
${work[what]}`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, ...this.#faults.env() },
      cwd: root,
    })
    return stdout.toString()
  }

  losePower(): void {
    this.#faults.clear()
    losePower(this.#faults.path, () => 0)
  }
}

describe.skipIf(!hasGcc)(`versions of ${id} when the power goes (needs gcc)`, () => {
  test('one that was served stays, where its publisher ended between its name and the sync of it', { timeout: 60_000 }, () => {
    const machine = new Machine()
    expect(machine.run('publish')).toBe('1')
    machine.losePower()
    // The folder has its name, and whoever gave it thinks that it has not: no sync follows.
    const named: Rule = { ops: ['rename'], mode: 'after', error: 'EIO', path: '/products/' }
    expect(machine.run('publish', named)).toBe('EIO')
    expect(machine.run('what is served')).toBe('2')
    machine.losePower()
    expect(machine.run('what is served')).toBe('2')
  })

  test('one whose name cannot be synced is not served', { timeout: 60_000 }, () => {
    const machine = new Machine()
    expect(machine.run('publish')).toBe('1')
    const unsynced: Rule = { ops: ['sync'], mode: 'fail', error: 'EIO', path: '/products' }
    expect(machine.run('what is served', unsynced)).toBe('0')
    expect(machine.run('what is served')).toBe('1')
  })
})
