import { type Name, type ProductId, SelvageError, type TableId } from '@selvage/kernel/model'
import { allows, declarable } from '@selvage/kernel/policy'
import { readDetail, readEntries } from '@selvage/ledger/io'
import { type Identified, identify } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import { append, type Receipt } from './index.ts'

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
  permit(identified, question)
  const receipt = await append(gate, identified, { event: 'who-saw', more: { resource: question.parts.join('.') } })
  const found: Access[] = []
  for await (const { index, entry } of readEntries(gate.auditDir, 0, gate.audit.size)) {
    found.push(...(await accessesIn(gate, index, entry, question.parts)))
    if (found.length > question.limit * 2) found.splice(0, found.length - question.limit - 1)
  }
  const accesses = found.slice(-question.limit).reverse()
  return { accesses, truncated: found.length > question.limit, receipt }
}

function permit({ generation, who }: Identified, { parts, purpose }: Question): void {
  const [domain, product, table, column] = parts as [Name, Name, Name?, Name?]
  const id = `${domain}.${product}` as ProductId
  const tableName = `${id}.${table}` as TableId
  const resource = column !== undefined ? { table: tableName, column } : table !== undefined ? { table: tableName } : { product: id }
  const purposes = purpose === undefined ? declarable(generation.policies, who) : [purpose]
  const exists = generation.trust.products.some(
    candidate =>
      candidate.id === id &&
      (table === undefined ||
        candidate.tables.some(t => t.name === table && (column === undefined || t.columns.some(c => c.name === column)))),
  )
  const allowed =
    exists &&
    purposes.some(
      stated => allows(generation.policies, { subject: who.subject, actors: who.actors, purpose: stated }, 'audit', resource).allowed,
    )
  // A product that is missing and one whose audit is refused read alike.
  if (!allowed) throw new SelvageError('policy.denied', { detail: 'You may not see who saw this, or it does not exist.' })
}

async function accessesIn(gate: Gate, index: number, entry: Uint8Array, parts: readonly Name[]): Promise<Access[]> {
  const facts = JSON.parse(Buffer.from(entry).toString('utf8')) as {
    event: string
    actor: string
    time: number
    purpose: string
    tables: { table: string }[]
  }
  const wanted = parts.slice(0, 3).join('.')
  const tables = facts.event === 'released' ? facts.tables.filter(({ table }) => table === wanted || table.startsWith(`${wanted}.`)) : []
  if (tables.length === 0) return []
  const detail = await detailOf(gate, index, facts.actor)
  return tables.flatMap(({ table }) => {
    const columns = detail?.columns[table] ?? []
    const column = parts[3]
    if (column !== undefined && detail !== undefined && !columns.some(({ name }) => name === column)) return []
    return [
      {
        index,
        time: new Date(facts.time).toISOString(),
        subject: detail?.subject ?? `erased:${facts.actor}`,
        agents: detail?.agents ?? [],
        purpose: facts.purpose,
        table,
        columns: columns.map(({ name }) => name),
        rules: [...new Set(columns.filter(({ name }) => column === undefined || name === column).flatMap(({ rules }) => rules))],
      },
    ]
  })
}

interface Detail {
  readonly subject: string
  readonly agents: readonly string[]
  readonly columns: Readonly<Record<string, readonly { name: string; rules: readonly string[] }[]>>
}

/** Undefined where the subject's key or the details were destroyed. */
async function detailOf(gate: Gate, index: number, actor: string): Promise<Detail | undefined> {
  const blob = await readDetail(gate.auditDir, index)
  return blob === undefined ? undefined : (JSON.parse(gate.keys.unseal(actor, blob)) as Detail)
}
