import type { Name } from '@selvage/kernel/model'
import { readBundleDetails, readEntries } from '@selvage/ledger/io'
import { AccessIndex, type EntryRead, type LogReader, parseEntry } from './access-index.ts'
import type { MayAudit } from './auditing.ts'
import { findYears, originIn, yearsAtMost } from './years.ts'

export interface Access {
  /** The log, by its name, and the entry in it. */
  readonly origin: string
  readonly index: number
  readonly time: string
  readonly subject: string
  readonly agents: readonly string[]
  readonly purpose: string
  readonly table: string
  readonly columns: readonly string[]
  readonly rules: readonly string[]
}

interface Question {
  readonly parts: readonly Name[]
  readonly limit: number
  readonly mayAudit: MayAudit
}

export interface Found {
  readonly accesses: readonly Access[]
  /** There are more, or older logs than are read. */
  readonly truncated: boolean
}

/** In the logs of all years. Entries and details are read a bundle at a time, newest first. */
export async function newestAccesses(gate: LogReader, question: Question): Promise<Found> {
  const { limit } = question
  const years = findYears(gate.auditDir)
  const found: Access[] = []
  for (const dir of years.slice(0, yearsAtMost)) {
    if (found.length > limit) break
    found.push(...(await accessesOfLog(gate, dir, { ...question, limit: limit - found.length })))
  }
  return { accesses: found.slice(0, limit), truncated: found.length > limit || years.length > yearsAtMost }
}

/** One more than asked for, where there are more. */
async function accessesOfLog(gate: LogReader, dir: string, { parts, limit, mayAudit }: Question): Promise<readonly Access[]> {
  const size = dir === gate.auditDir ? gate.audit.published.size : Number.MAX_SAFE_INTEGER
  const candidates = await AccessIndex.of(gate, dir).find(size, table => covers(parts, table))
  const found: Access[] = []
  let at = 0
  while (at < candidates.length && found.length <= limit) {
    const bundle = Math.floor(candidates[at]! / tileWidth)
    const inside = candidates.slice(at, at + tileWidth).filter(index => Math.floor(index / tileWidth) === bundle)
    found.push(...(await accessesIn(gate, { dir, bundle, size, indices: inside }, { parts, mayAudit })))
    at += inside.length
  }
  return found.slice(0, limit + 1)
}

const tileWidth = 256

interface Asked {
  readonly parts: readonly Name[]
  /** Of what is told: tables and columns below what was asked for have rules of their own. */
  readonly mayAudit: MayAudit
}

interface Bundle {
  readonly dir: string
  readonly bundle: number
  readonly size: number
  readonly indices: readonly number[]
}

async function accessesIn(gate: LogReader, { dir, bundle, size, indices }: Bundle, asked: Asked): Promise<Access[]> {
  const first = bundle * tileWidth
  const entries = new Map<number, Uint8Array>()
  for await (const { index, entry } of readEntries(dir, first, Math.min(first + tileWidth, size))) entries.set(index, entry)
  const origin = originIn(gate.audit.origin, dir)
  const details = await readBundleDetails(dir, bundle)
  return indices.flatMap(index => {
    const entry = entries.get(index)
    if (entry === undefined) return []
    const facts = parseEntry(entry)
    return accessesOf(facts, detailOf(gate, facts.actor, details.get(index)), asked).map(access => ({ origin, index, ...access }))
  })
}

type Told = Omit<Access, 'origin' | 'index'>

function accessesOf(facts: EntryRead, detail: Detail | undefined, { parts, mayAudit }: Asked): Told[] {
  // Where the details are gone, the entry's own tables are all that is known.
  const tables = detail === undefined ? facts.tables.map(({ table }) => table) : Object.keys(detail.rows)
  const column = parts[3]
  return tables
    .filter(table => covers(parts, table) && mayAudit(table.split('.')))
    .flatMap(table => {
      const used = detail?.columns[table]?.filter(({ name }) => mayAudit([...table.split('.'), name]))
      const asked = column === undefined ? used : used?.filter(({ name }) => name === column)
      // Columns that are not known any more may be the one asked for.
      if (column !== undefined && used !== undefined && asked?.length === 0) return []
      return [
        {
          time: new Date(facts.time).toISOString(),
          subject: detail?.subject ?? `erased:${facts.actor}`,
          agents: detail?.agents ?? [],
          purpose: facts.purpose,
          table,
          columns: (used ?? []).map(({ name }) => name),
          rules: [...new Set([...(detail?.rows[table] ?? []), ...(asked ?? []).flatMap(({ rules }) => rules)])].sort(),
        },
      ]
    })
}

/** Whether a table is the one asked for, or of the product that was. */
function covers(parts: readonly Name[], table: string): boolean {
  const wanted = parts.slice(0, 3).join('.')
  return table === wanted || (parts.length === 2 && table.startsWith(`${wanted}.`))
}

interface Detail {
  readonly subject: string
  readonly agents: readonly string[]
  readonly rows: Readonly<Record<string, readonly string[]>>
  readonly columns: Readonly<Record<string, readonly { readonly name: string; readonly rules: readonly string[] }[]>>
}

/** Undefined where the subject's key or the details were destroyed, or are not what was written. */
function detailOf(gate: LogReader, actor: string, blob: Uint8Array | undefined): Detail | undefined {
  try {
    const text = blob === undefined ? undefined : gate.keys.unseal(actor, blob)
    return text === undefined ? undefined : (JSON.parse(text) as Detail)
  } catch {
    gate.log('audit.detail_unreadable', { actor })
    return undefined
  }
}
