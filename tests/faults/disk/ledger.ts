import { spawn } from 'node:child_process'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatVerifierKey, leafHash, parseVerifierKey, verifyCheckpoint, verifyLog } from '@selvage/ledger'
import { directoryReader, openLog, readDetail, readEntries } from '@selvage/ledger/io'
import { forget, losePower } from './power-loss.ts'
import { DiskFaults, type Rule } from './shim.ts'

const origin = 'mesh/sales/a/audit/2026'
const child = fileURLToPath(new URL('ledger-child.mjs', import.meta.url))
export const builtLedger: string = fileURLToPath(new URL('../../../packages/ledger/dist', import.meta.url))

export interface Outcome {
  /** The process ended by itself with this code, or was killed (undefined). */
  readonly code: number | undefined
  readonly said: readonly string[]
  readonly acked: number
  readonly lostChanges: number
}

/** One log over many lives of its process, and what was ever acknowledged. */
export class LogUnderFaults {
  readonly dir: string = mkdtempSync(join(tmpdir(), 'selvage-log-'))
  readonly faults: DiskFaults
  readonly #keys = generateKeyPairSync('ed25519')
  readonly #dist: string
  readonly #random: () => number
  readonly #acked = new Map<number, { leaf: string; detail: boolean }>()
  readonly #heads: ReturnType<typeof verifyCheckpoint>[] = []
  /** What contradicts what was promised. */
  readonly wrong: string[] = []

  constructor(options: { random: () => number; dist?: string }) {
    this.#random = options.random
    this.#dist = options.dist ?? builtLedger
    this.faults = new DiskFaults(this.dir, Math.floor(options.random() * 2 ** 31))
    mkdirSync(join(this.dir, 'log'))
    this.faults.record(`${this.dir}/log`)
  }

  get log(): string {
    return join(this.dir, 'log', 'audit')
  }

  get acked(): number {
    return this.#acked.size
  }

  /** Starts the process, breaks the disk once it has opened the log (or before), kills it at last; then the power may fail. */
  async live(options: {
    ms: number
    rules?: readonly Rule[]
    early?: boolean
    power?: 'kept' | 'lost'
    clients?: number
    /** So many at most. */
    entries?: number
  }): Promise<Outcome> {
    const before = this.#acked.size
    const { rules = [], early = false, ms } = options
    this.faults.set(...(early ? rules : []))
    const ran = await this.#run(ms, options, () => (early ? undefined : this.faults.set(...rules)))
    this.faults.clear()
    const lostChanges = options.power === 'lost' ? losePower(this.faults.path, this.#random) : 0
    this.#remember()
    return { ...ran, acked: this.#acked.size - before, lostChanges }
  }

  /**
   * Opens the log again and looks for everything that was acknowledged. This process changes files that the journal knows
   * nothing of: what it says is not on the disk yet is taken for kept, or a later loss of power would undo what stands by then.
   */
  async check(): Promise<{ size: number }> {
    forget(this.faults.path)
    const log = await openLog({
      dir: this.log,
      origin,
      privateKey: this.#keys.privateKey,
      now: Date.now,
      segmentBytes: 2_400_000,
      onFatal: error => this.wrong.push(String(error)),
    })
    try {
      await log.publish()
      const found = new Map<number, string>()
      for await (const { index, entry } of readEntries(this.log, 0, log.size))
        found.set(index, Buffer.from(leafHash(entry)).toString('hex'))
      for (const [index, { leaf, detail }] of this.#acked) {
        if (found.get(index) !== leaf) this.wrong.push(`entry ${index} was acknowledged and is lost`)
        else if (detail && Buffer.from((await readDetail(this.log, index)) ?? []).toString() !== `detail of ${leaf}`)
          this.wrong.push(`the detail of entry ${index} was acknowledged and is lost`)
      }
      for (const remembered of this.#heads.slice(-5)) {
        const report = await verifyLog(directoryReader(this.log), { key: log.verifierKey, remembered })
        if (!report.ok) this.wrong.push(`the log does not verify: ${JSON.stringify(report)}`)
      }
      return { size: log.size }
    } finally {
      await log.close()
    }
  }

  remove(): void {
    this.faults.close()
    rmSync(this.dir, { recursive: true, force: true })
  }

  async #run(
    ms: number,
    { clients = 8, entries = Number.MAX_SAFE_INTEGER }: { readonly clients?: number; readonly entries?: number },
    onOpen: () => void,
  ): Promise<Pick<Outcome, 'code' | 'said'>> {
    const key = this.#keys.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
    const running = spawn(process.execPath, [child, this.#dist, this.log, key, String(clients), String(entries)], {
      env: { ...process.env, ...this.faults.env() },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said: string[] = []
    let rest = ''
    const patience = setTimeout(() => running.kill('SIGKILL'), 10_000)
    running.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        if (line.startsWith('acked ')) this.#note(line)
        else said.push(line)
        if (!line.startsWith('open ')) continue
        onOpen()
        setTimeout(() => running.kill('SIGKILL'), ms)
      }
    })
    const code = await new Promise<number | undefined>(resolve => running.once('close', ended => resolve(ended ?? undefined)))
    clearTimeout(patience)
    return { code, said }
  }

  #note(line: string): void {
    const [, index, leaf, detail] = line.split(' ') as [string, string, string, string]
    const known = this.#acked.get(Number(index))
    if (known !== undefined && known.leaf !== leaf) this.wrong.push(`entry ${index} was acknowledged twice, as two`)
    this.#acked.set(Number(index), { leaf, detail: detail === 'detail' })
  }

  /** Whoever keeps a checkpoint must find it extended for ever; a served one may be read at any time. */
  #remember(): void {
    const path = join(this.log, 'checkpoint')
    if (!existsSync(path)) return
    const key = parseVerifierKey(formatVerifierKey(origin, createPublicKey(this.#keys.privateKey)))
    this.#heads.push(verifyCheckpoint(readFileSync(path), key))
  }
}
