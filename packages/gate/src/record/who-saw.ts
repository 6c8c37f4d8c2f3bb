import { type Name, type ProductId, SelvageError, type TableId } from '@selvage/kernel/model'
import { type Asset, allows, declarable } from '@selvage/kernel/policy'
import { readBundleDetails, readEntries } from '@selvage/ledger/io'
import { type Identified, identify } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import { AccessIndex, type EntryRead, parseEntry } from './access-index.ts'
import { append, type Receipt, recordDenied } from './index.ts'

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

interface Question {
  readonly rawHeaders: readonly string[]
  /** product, table or column, split at its dots */
  readonly parts: readonly Name[]
  readonly purpose?: string | undefined
  readonly limit: number
}

/** Who was given rows of a product, table or column: newest first. Asking is itself recorded. */
export async function whoSaw(
  gate: Gate,
  question: Question,
): Promise<{ accesses: readonly Access[]; truncated: boolean; receipt: Receipt }> {
  const identified = await identify(gate, question.rawHeaders)
  const resource = question.parts.join('.')
  try {
    permit(identified, question)
  } catch (error) {
    if (error instanceof SelvageError) await recordDenied(gate, identified, error, { resource, purpose: question.purpose })
    throw error
  }
  const { purpose } = question
  const receipt = await append(gate, identified, { event: 'who-saw', more: { resource }, ...(purpose === undefined ? {} : { purpose }) })
  // What was acknowledged a moment ago is durable, not yet published, and only what is published can be read.
  await gate.audit.publish()
  const found = await newest(gate, question)
  return { accesses: found.slice(0, question.limit), truncated: found.length > question.limit, receipt }
}

function permit({ generation, who }: Identified, { parts, purpose }: Question): void {
  const asset = assetOf(parts)
  if (purpose !== undefined && !generation.mesh.taxonomy.purposes.has(purpose)) throw new SelvageError('purpose.unknown')
  const purposes = purpose === undefined ? ['', ...declarable(generation.policies, who)] : [purpose]
  const mayAudit = (stated: string): boolean =>
    allows(generation.policies, { subject: who.subject, actors: who.actors, purpose: stated }, 'audit', asset).allowed
  // A product that is missing and one whose audit is refused read alike.
  if (!purposes.some(mayAudit)) throw new SelvageError('policy.denied', { detail: 'You may not see who saw this, or it does not exist.' })
}

function assetOf(parts: readonly Name[]): Asset {
  const [domain, product, table] = parts as [Name, Name, Name?]
  if (table === undefined) return { product: `${domain}.${product}` as ProductId }
  return parts.length === 3 ? { table: parts.join('.') as TableId } : { column: parts.join('.') }
}

/** One more than asked for, where there are more. Entries and details are read a bundle at a time, newest first. */
async function newest(gate: Gate, { parts, limit }: Question): Promise<readonly Access[]> {
  const { size } = gate.audit.published
  const candidates = await AccessIndex.of(gate).find(size, table => covers(parts, table))
  const found: Access[] = []
  let at = 0
  while (at < candidates.length && found.length <= limit) {
    const bundle = Math.floor(candidates[at]! / tileWidth)
    const inside = candidates.slice(at, at + tileWidth).filter(index => Math.floor(index / tileWidth) === bundle)
    found.push(...(await accessesIn(gate, { bundle, size, indices: inside }, parts)))
    at += inside.length
  }
  return found.slice(0, limit + 1)
}

const tileWidth = 256

interface Bundle {
  readonly bundle: number
  readonly size: number
  readonly indices: readonly number[]
}

async function accessesIn(gate: Gate, { bundle, size, indices }: Bundle, parts: readonly Name[]): Promise<Access[]> {
  const first = bundle * tileWidth
  const entries = new Map<number, Uint8Array>()
  for await (const { index, entry } of readEntries(gate.auditDir, first, Math.min(first + tileWidth, size))) entries.set(index, entry)
  const details = await readBundleDetails(gate.auditDir, bundle)
  return indices.flatMap(index => {
    const entry = entries.get(index)
    if (entry === undefined) return []
    const facts = parseEntry(entry)
    return accessesOf(index, facts, detailOf(gate, facts.actor, details.get(index)), parts)
  })
}

function accessesOf(index: number, facts: EntryRead, detail: Detail | undefined, parts: readonly Name[]): Access[] {
  // Where the details are gone, the entry's own tables are all that is known.
  const tables = detail === undefined ? facts.tables.map(({ table }) => table) : Object.keys(detail.rows)
  const column = parts[3]
  return tables
    .filter(table => covers(parts, table))
    .flatMap(table => {
      const used = detail?.columns[table]
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
function detailOf(gate: Gate, actor: string, blob: Uint8Array | undefined): Detail | undefined {
  try {
    const text = blob === undefined ? undefined : gate.keys.unseal(actor, blob)
    return text === undefined ? undefined : (JSON.parse(text) as Detail)
  } catch {
    gate.log('audit.detail_unreadable', { actor })
    return undefined
  }
}
