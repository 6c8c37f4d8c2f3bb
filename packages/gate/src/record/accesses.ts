import type { Name } from '@selvage/kernel/model'
import { readBundleDetails, readEntries } from '@selvage/ledger/io'
import { AccessIndex, type EntryRead, type LogReader, parseEntry } from './access-index.ts'
import type { MayAudit } from './auditing.ts'

export interface Access {
  readonly index: number
  readonly time: string
  readonly subject: string
  readonly agents: readonly string[]
  readonly purpose: string
  readonly table: string
  readonly columns: readonly string[]
  readonly rules: readonly string[]
}

/** One more than asked for, where there are more. Entries and details are read a bundle at a time, newest first. */
export async function newestAccesses(
  gate: LogReader,
  { parts, limit, mayAudit }: { readonly parts: readonly Name[]; readonly limit: number; readonly mayAudit: MayAudit },
): Promise<readonly Access[]> {
  const { size } = gate.audit.published
  const candidates = await AccessIndex.of(gate).find(size, table => covers(parts, table))
  const found: Access[] = []
  let at = 0
  while (at < candidates.length && found.length <= limit) {
    const bundle = Math.floor(candidates[at]! / tileWidth)
    const inside = candidates.slice(at, at + tileWidth).filter(index => Math.floor(index / tileWidth) === bundle)
    found.push(...(await accessesIn(gate, { bundle, size, indices: inside }, { parts, mayAudit })))
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
  readonly bundle: number
  readonly size: number
  readonly indices: readonly number[]
}

async function accessesIn(gate: LogReader, { bundle, size, indices }: Bundle, asked: Asked): Promise<Access[]> {
  const first = bundle * tileWidth
  const entries = new Map<number, Uint8Array>()
  for await (const { index, entry } of readEntries(gate.auditDir, first, Math.min(first + tileWidth, size))) entries.set(index, entry)
  const details = await readBundleDetails(gate.auditDir, bundle)
  return indices.flatMap(index => {
    const entry = entries.get(index)
    if (entry === undefined) return []
    const facts = parseEntry(entry)
    return accessesOf(index, facts, detailOf(gate, facts.actor, details.get(index)), asked)
  })
}

function accessesOf(index: number, facts: EntryRead, detail: Detail | undefined, { parts, mayAudit }: Asked): Access[] {
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
          index,
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
