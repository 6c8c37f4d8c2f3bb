import { readEntries } from '@selvage/ledger/io'

export interface Entry {
  readonly index: number
  readonly raw: Buffer
  readonly event: string
  readonly code?: string
  readonly of?: number
  readonly purpose?: string
  readonly purpose_iri?: string
  readonly rules: readonly string[]
  readonly tables: readonly { readonly table: string; readonly version: number; readonly rows: string }[]
  readonly [field: string]: unknown
}

const patience = 10_000

/** Entries of a log from `from` on, once at least so many are published: what was acknowledged is so within moments. */
export async function entriesIn(dir: string, from: number, atLeast = 1): Promise<readonly Entry[]> {
  const deadline = Date.now() + patience
  for (;;) {
    const found: Entry[] = []
    for await (const { index, entry } of readEntries(dir, from, Number.MAX_SAFE_INTEGER)) {
      const raw = Buffer.from(entry)
      found.push({ ...(JSON.parse(raw.toString('utf8')) as Omit<Entry, 'index' | 'raw'>), index, raw } as Entry)
    }
    if (found.length >= atLeast || Date.now() > deadline) return found
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
