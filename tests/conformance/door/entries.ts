import { readEntries } from '@selvage/ledger/io'

export interface Entry {
  readonly index: number
  readonly bytes: Buffer
  readonly event: string
  readonly code?: string
  readonly of?: number
  readonly purpose?: string
  readonly purpose_iri?: string
  readonly rules: readonly string[]
  readonly tables: readonly { readonly table: string; readonly version: number; readonly rows: string }[]
  readonly [field: string]: unknown
}

const patience = 5_000

/** Entries of a log from `from` on, once that one is published. */
export async function entriesIn(dir: string, from: number): Promise<readonly Entry[]> {
  for (const deadline = Date.now() + patience; ; ) {
    const found: Entry[] = []
    for await (const { index, entry } of readEntries(dir, from, Number.MAX_SAFE_INTEGER)) {
      const bytes = Buffer.from(entry)
      found.push({ ...(JSON.parse(bytes.toString('utf8')) as Omit<Entry, 'index' | 'bytes'>), index, bytes } as Entry)
    }
    // What was acknowledged before is published within the next moments: also what follows the entry itself.
    if (found.length > 0 && (found.length > 1 || Date.now() > deadline - patience + 500)) return found
    if (Date.now() > deadline) return found
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
