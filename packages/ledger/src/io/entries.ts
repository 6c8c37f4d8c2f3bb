import { parseCheckpoint } from '../checkpoint.ts'
import { parseEntryBundle } from '../entry-bundle.ts'
import { LedgerError } from '../error.ts'
import { parseNote } from '../note.ts'
import { tileWidth, tileWidthAt } from '../tile.ts'
import { directoryReader } from './directory-reader.ts'

/** For whoever wrote the log: nothing is verified here. Throws `missing` for an entry that is not published (yet). */
export async function readEntry(dir: string, index: number): Promise<Uint8Array> {
  for await (const { entry } of readEntries(dir, index, index + 1)) return entry
  throw new LedgerError('missing', `entry ${index} is not published`)
}

/** Published entries from `from` up to, not including, `to`, as far as there are any. */
export async function* readEntries(dir: string, from: number, to: number): AsyncGenerator<{ index: number; entry: Uint8Array }> {
  if (!Number.isSafeInteger(from) || from < 0) throw new TypeError('an index is a non-negative integer')
  const reader = directoryReader(dir)
  const { size } = parseCheckpoint(parseNote(await reader.checkpoint()).text)
  const end = Math.min(to, size)
  for (let at = from; at < end; ) {
    const bundle = Math.floor(at / tileWidth)
    const { bytes, width } = await reader.entries(bundle, tileWidthAt(0, bundle, size))
    const entries = parseEntryBundle(bytes, width)
    for (const last = Math.min(end, (bundle + 1) * tileWidth); at < last; at += 1) yield { index: at, entry: entries[at % tileWidth]! }
  }
}
