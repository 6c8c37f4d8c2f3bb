import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { leafHash, verifyLog } from '@selvage/ledger'
import { directoryReader, readEntries } from '@selvage/ledger/io'
import { SmallMesh } from '../../conformance/gate/small-mesh.ts'
import { childrenOf, sendSignal } from '../process-tree.ts'
import { until, wait } from '../random.ts'
import { losePower } from './power-loss.ts'
import { DiskFaults } from './shim.ts'

export interface Receipt {
  readonly index: number
  readonly leaf: string
}

/** Codes that a failing disk may bring about. Whoever gets one may ask again. */
const excused = new Set([
  'ledger.unavailable',
  'policy.missing',
  'policy.stale',
  'engine.unavailable',
  'engine.cancelled',
  'limit.busy',
  'unreachable',
])

/** One gate on a disk that can be broken, started again whenever it ends, and asked all the while. */
export class KeptGate {
  readonly mesh: SmallMesh
  readonly faults: DiskFaults
  readonly receipts: Receipt[] = []
  readonly wrong: string[] = []
  readonly counts: Record<string, number> = {}
  /** The rows that the mesh begins with have a tag each. */
  mixed = false
  /** Answers that may come: the rows of a version, by the tag that stands in each of its rows. */
  readonly versions = new Set<string>()
  readonly #excused = new Set(excused)
  readonly #random: () => number
  #keeping = true
  #paused = false
  #keeper: Promise<void> = Promise.resolve()
  #clients: Promise<void>[] = []

  private constructor(mesh: SmallMesh, faults: DiskFaults, random: () => number) {
    this.mesh = mesh
    this.faults = faults
    this.#random = random
  }

  static async open(random: () => number, more: NodeJS.ProcessEnv = {}, stepped = false): Promise<KeptGate> {
    let faults: DiskFaults | undefined
    const environment = (dir: string): NodeJS.ProcessEnv => {
      if (faults === undefined) {
        faults = new DiskFaults(dir, Math.floor(random() * 2 ** 31))
        // The folder itself too: the sync of its names is one of its changes. It is there before: its own name stands in a folder
        // that is not recorded, whose sync would never be seen.
        mkdirSync(join(dir, 'gate'), { mode: 0o700 })
        faults.record(`${dir}/gate`)
      }
      return { ...faults.env(), ...more }
    }
    const mesh = await SmallMesh.ready({ environment, stepped })
    const kept = new KeptGate(mesh, faults!, random)
    kept.#keeper = kept.#keep()
    return kept
  }

  get answers(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0)
  }

  start(clients: number): void {
    this.#clients = Array.from({ length: clients }, () => this.#client())
  }

  async close(): Promise<void> {
    await this.rest()
    await this.#keeper
    await this.mesh.close()
    this.faults.close()
  }

  /** No more questions, and no more starts. */
  async rest(): Promise<void> {
    this.#keeping = false
    await Promise.all(this.#clients)
  }

  /** The whole gate dies at once; with `power`, what it had not synced goes with it. */
  async kill(power: boolean): Promise<number> {
    this.#paused = true
    // Also one that has not yet said that it is ready. Its children end with their pipes.
    for (const pid of this.#pids()) sendSignal(pid, 'SIGKILL')
    if ((await until(() => (this.#pids().length === 0 ? true : undefined))) === undefined) throw new Error('a gate outlives its death')
    await wait(300)
    const lost = power ? losePower(this.faults.path, this.#random) : 0
    this.#paused = false
    return lost
  }

  /** What a client may be told besides. */
  excuse(...codes: readonly string[]): void {
    for (const code of codes) this.#excused.add(code)
  }

  /** It answers with rows, within so many milliseconds. */
  async recovers(patience: number): Promise<boolean> {
    return (await until(async () => (await this.#ask()) === 'rows' || undefined, patience)) === true
  }

  /** The log verifies and has an entry `released` for each receipt. */
  async check(): Promise<number> {
    // Clients go on meanwhile; what they get from here on may not be in what is read.
    const receipts = [...this.receipts]
    const newest = Math.max(-1, ...receipts.map(({ index }) => index))
    const leaves = await until(async () => {
      const read: { leaf: string; event: string }[] = []
      for await (const { entry } of readEntries(this.mesh.auditDir, 0, Number.MAX_SAFE_INTEGER)) {
        const { event } = JSON.parse(Buffer.from(entry).toString('utf8')) as { event: string }
        read.push({ leaf: Buffer.from(leafHash(entry)).toString('hex'), event })
      }
      return read.length > newest ? read : undefined
    })
    for (const { index, leaf } of receipts)
      if (leaves?.[index]?.leaf !== leaf || leaves[index]?.event !== 'released')
        this.wrong.push(`the receipt of entry ${index} is not in the log`)
    const report = await verifyLog(directoryReader(this.mesh.auditDir), { key: this.mesh.verifierKey })
    if (!report.ok) this.wrong.push(`the log does not verify: ${JSON.stringify(report)}`)
    return report.size
  }

  #pids(): number[] {
    return childrenOf(process.pid)
      .filter(({ command }) => command.includes(join(this.mesh.dir, 'gate.json')))
      .map(({ pid }) => pid)
  }

  async #keep(): Promise<void> {
    while (this.#keeping) {
      const { exitCode, signalCode } = this.mesh.gate!.process
      if (!this.#paused && (exitCode !== null || signalCode !== null)) await this.mesh.startGate().catch(() => wait(200))
      await wait(50)
    }
  }

  async #client(): Promise<void> {
    while (this.#keeping) {
      const what = await this.#ask()
      this.counts[what] = (this.counts[what] ?? 0) + 1
      if (what !== 'rows') await wait(50)
    }
  }

  async #ask(): Promise<string> {
    const told = await this.mesh.ask('SELECT id, country FROM lab.shop.orders ORDER BY id').catch(() => undefined)
    if (told === undefined) return 'unreachable'
    const { rows, receipt, code } = told.body as unknown as { rows?: [string, string][]; receipt?: Receipt; code?: string }
    if (rows === undefined) {
      if (!this.#excused.has(String(code))) this.wrong.push(`code ${code}`)
      return String(code)
    }
    // Also of another gate's life: what was told once must stay.
    if (receipt !== undefined) this.receipts.push(receipt)
    const tags = [...new Set(rows.map(([, tag]) => tag))]
    if (this.mixed ? rows.length !== 3 : tags.length !== 1 || !this.versions.has(tags[0]!) || rows.length !== rowsIn(tags[0]!))
      this.wrong.push(`rows of no version: ${JSON.stringify(rows).slice(0, 200)}`)
    return 'rows'
  }
}

/** Each version has one more row than the one before, all with its tag: a mixture shows. */
export const rowsIn = (tag: string): number => Number(tag.slice(1))
export const rowsOf = (tag: string): string =>
  `id,email,country\n${Array.from({ length: rowsIn(tag) }, (_, i) => `${i + 1},p${i}@example.org,${tag}\n`).join('')}`
