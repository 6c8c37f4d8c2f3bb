import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What may fail. `size`: a file is made longer or shorter; `make`: a folder or a link; `remove`: a file goes. */
const operations = { write: 1, sync: 2, rename: 4, open: 8, size: 16, make: 32, remove: 64 } as const
/**
 * fail: not done, and an error. short: half of a write. after: done, and yet an error. lie: not done, and no error.
 * delay: done, `delayMs` later. A sync that fails leaves pages that are clean and not on the disk, as Linux does.
 */
const modes = { fail: 0, short: 1, after: 2, lie: 3, delay: 4 } as const

export type Operation = keyof typeof operations
export type Mode = keyof typeof modes
export interface Rule {
  readonly ops: readonly Operation[]
  readonly mode: Mode
  readonly error?: 'ENOSPC' | 'EROFS' | 'EIO' | 'EMFILE' | 'EDQUOT'
  /** A part of the absolute path. */
  readonly path: string
  /** Of 1; always if left out. */
  readonly chance?: number
  /** Calls that go well first. */
  readonly skip?: number
  /** Calls that it strikes; all if left out. */
  readonly times?: number
  readonly delayMs?: number
}

const forever = 0xffff_ffff
const headerBytes = 256
const ruleBytes = 256
const rules = 8
const errno = { ...constants.errno, EDQUOT: 122 }

export const hasGcc: boolean = spawnSync('gcc', ['--version']).status === 0

let built: string | undefined

/** Compiles the preloaded library, once in a process. */
function build(): string {
  if (built !== undefined) return built
  const dir = mkdtempSync(join(tmpdir(), 'selvage-shim-'))
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  const out = join(dir, 'shim.so')
  execFileSync('gcc', ['-O2', '-Wall', '-fPIC', '-shared', '-o', out, fileURLToPath(new URL('shim.c', import.meta.url))])
  built = out
  return out
}

/** The faults of one group of processes, steered while they run. */
export class DiskFaults {
  /** Of the control file; the journal and files that lost their name lie beside it. On the same file system as what is recorded. */
  readonly path: string
  readonly #fd: number

  constructor(dir: string, seed = 1) {
    this.path = join(dir, 'faults.control')
    writeFileSync(this.path, Buffer.alloc(headerBytes + rules * ruleBytes))
    this.#fd = openSync(this.path, 'r+')
    this.#put(4, seed)
  }

  /** For the first process; its children have it too, even those that are given no environment. */
  env(more: { readonly preload?: string; readonly variables?: Readonly<Record<string, string>> } = {}): Record<string, string> {
    const preload = more.preload === undefined ? build() : `${build()}:${more.preload}`
    return { LD_PRELOAD: preload, SELVAGE_FAULTS_CONTROL: this.path, ...more.variables }
  }

  /** Replaces all rules. */
  set(...list: readonly Rule[]): void {
    // The journal goes on meanwhile: a rule is off while it is written.
    for (let at = 0; at < rules; at++) {
      const start = headerBytes + at * ruleBytes
      this.#put(start, 0)
      writeSync(this.#fd, encodeRule(list[at]), 4, ruleBytes - 4, start + 4)
      if (at < list.length) this.#put(start, 1)
    }
    this.#put(0, 1)
  }

  /** The disk works again. */
  clear(): void {
    this.set()
  }

  /** Records changes of files whose path holds `part`; the processes must not yet have made any. */
  record(part: string): void {
    const text = Buffer.alloc(244)
    text.write(part)
    writeSync(this.#fd, text, 0, text.length, 12)
    this.#put(0, 1)
  }

  /** How often a rule struck. */
  hits(rule = 0): number {
    const bytes = Buffer.alloc(4)
    readSync(this.#fd, bytes, 0, 4, headerBytes + rule * ruleBytes + 28)
    return bytes.readUInt32LE()
  }

  close(): void {
    closeSync(this.#fd)
  }

  #put(at: number, value: number): void {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value >>> 0)
    writeSync(this.#fd, bytes, 0, 4, at)
  }
}

function encodeRule(rule: Rule | undefined): Buffer {
  const bytes = Buffer.alloc(ruleBytes)
  if (rule === undefined) return bytes
  const ops = rule.ops.reduce((mask, op) => mask | operations[op], 0)
  const chance = rule.chance === undefined ? forever : Math.floor(rule.chance * (forever - 1))
  const numbers = [
    1,
    ops,
    modes[rule.mode],
    errno[rule.error ?? 'EIO'],
    chance,
    rule.skip ?? 0,
    rule.times ?? forever,
    0,
    rule.delayMs ?? 0,
  ]
  numbers.forEach((value, at) => void bytes.writeUInt32LE(value, at * 4))
  if (bytes.write(rule.path, 40) > 200) throw new TypeError('too long a path for a rule')
  return bytes
}
