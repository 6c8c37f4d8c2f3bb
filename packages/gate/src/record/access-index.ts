import { readEntries } from '@selvage/ledger/io'
import type { Gate } from '../ports.ts'

/** What reading one's own log takes. */
export type LogReader = Pick<Gate, 'audit' | 'auditDir' | 'keys' | 'log'>

/** What who-saw reads of an entry. The log is our own: an entry has the shape that `entryBytes` gave it. */
export interface EntryRead {
  readonly event: string
  readonly actor: string
  readonly time: number
  readonly purpose: string
  readonly tables: readonly { readonly table: string }[]
  readonly more_tables?: number
}

export const parseEntry = (entry: Uint8Array): EntryRead => JSON.parse(Buffer.from(entry).toString('utf8')) as EntryRead

/** Which `released` entries name which table. Built at the first question, extended at each, so that old entries are read once. */
export class AccessIndex {
  readonly #dir: string
  readonly #byTable = new Map<string, number[]>()
  /** Entries that name more tables than fit into them: only their details tell. */
  readonly #open: number[] = []
  #size = 0
  #reading: Promise<void> = Promise.resolve()

  private constructor(dir: string) {
    this.#dir = dir
  }

  /** Of the log in use, or of an earlier year's in the folder `dir`. */
  static of({ audit }: LogReader, dir: string): AccessIndex {
    const indices = all.get(audit) ?? new Map<string, AccessIndex>()
    all.set(audit, indices)
    const index = indices.get(dir) ?? new AccessIndex(dir)
    indices.set(dir, index)
    return index
  }

  /** Entries below `size` that may have released rows of what `covers` names, newest first. */
  async find(size: number, covers: (table: string) => boolean): Promise<readonly number[]> {
    const turn = this.#reading.then(() => this.#extend(size))
    this.#reading = turn.catch(() => undefined)
    await turn
    const found = new Set(this.#open)
    for (const [table, indices] of this.#byTable) if (covers(table)) for (const index of indices) found.add(index)
    return [...found].sort((a, b) => b - a)
  }

  async #extend(size: number): Promise<void> {
    for await (const { index, entry } of readEntries(this.#dir, this.#size, size)) {
      this.#add(index, parseEntry(entry))
      this.#size = index + 1
    }
  }

  #add(index: number, { event, tables, more_tables: more = 0 }: EntryRead): void {
    if (event !== 'released') return
    if (more > 0) this.#open.push(index)
    for (const { table } of tables) {
      const indices = this.#byTable.get(table) ?? []
      indices.push(index)
      this.#byTable.set(table, indices)
    }
  }
}

const all = new WeakMap<Gate['audit'], Map<string, AccessIndex>>()
