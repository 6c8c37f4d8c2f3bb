import { createHash } from 'node:crypto'
import type { Code, Json, SelvageError } from '@selvage/kernel/model'
import type { Circumstances, ColumnDecision, Subject } from '@selvage/kernel/policy'
import type { Decided, Ruling } from '../decide/index.ts'
import type { Identified } from '../identify/index.ts'
import { onceFor } from '../once-for.ts'
import type { Gate } from '../ports.ts'
import { append, type Receipt } from './append.ts'
import { Denials } from './denials.ts'
import type { EntryFacts, EventName } from './entry.ts'

export type { Receipt }

/** `released` before the first row leaves, `why` before an explanation does. */
export function recordDecided(gate: Gate, event: EventName & ('released' | 'why'), decided: Decided): Promise<Receipt> {
  const { identified, request, ruling } = decided
  return append(
    gate,
    identified,
    { event, ...factsOf(ruling) },
    {
      ...person(identified),
      ...statementOf(request),
      ...rulesOf(ruling),
      ...askerRecord(identified),
      decidedBy: gate.config.policyEngine,
    },
  )
}

/** After the last row, or instead of it. */
export function recordEnded(
  gate: Gate,
  identified: Identified,
  of: Receipt,
  outcome: { readonly code?: Code; readonly rows?: number; readonly bytes: number; readonly ms?: number },
): Promise<Receipt> {
  const { code, ...amounts } = outcome
  return append(gate, identified, { event: 'ended', more: { of: of.index, ...amounts }, ...(code === undefined ? {} : { code }) })
}

/** Before a refusal is told. What it takes of the log is counted against the subject's budget; beyond that of its kind, an entry counts it. */
export async function recordDenied(
  gate: Gate,
  identified: Identified,
  error: SelvageError,
  request: { sql?: string; resource?: string; purpose?: string | undefined; reason?: string | undefined },
): Promise<Receipt> {
  const denials = Denials.of(gate)
  const counted = await denials.counted(identified, error.code)
  if (counted !== undefined) return counted
  const { purpose, sql, resource } = request
  const known = purpose !== undefined && identified.generation.mesh.taxonomy.purposes.has(purpose)
  const facts: EntryFacts = {
    event: 'denied',
    code: error.code,
    rules: error.options.rules?.map(rule => rule.id) ?? [],
    ...(known ? { purpose } : {}),
  }
  const asked =
    sql === undefined
      ? { resource: resource ?? '' }
      : { ...statementOf({ sql, reason: request.reason }, deniedBound), ...askerRecord(identified) }
  return append(gate, identified, facts, { ...person(identified), ...asked }, bytes =>
    denials.charge(identified.who.subject.id, error.code, bytes),
  )
}

const factsOf = onceFor(({ tables, labels, asker, generation }: Ruling): Omit<EntryFacts, 'event'> => {
  const { products } = generation
  const decisions = [...tables.values()]
  return {
    purpose: asker.purpose,
    tables: decisions.map(({ table, rows }) => ({ table, version: versionOf(table, products), rows: rows.kind })),
    labels,
    rules: [
      ...new Set(
        decisions.flatMap(({ rows, columns }) =>
          [rows, ...columns.flatMap(c => [c.reveal, ...c.masks])].flatMap(part => part.because.map(rule => rule.id)),
        ),
      ),
    ].sort(),
  }
})

const versionOf = (table: string, products: Identified['generation']['products']): number => {
  const id = table.split('.').slice(0, 2).join('.')
  return [...products].find(([product]) => product === id)?.[1].manifest.version ?? 0
}

/** What was done to a column, by which rules. */
export const columnRecord = ({ name, reveal, masks }: ColumnDecision): { name: string; masks: string[]; rules: string[] } => ({
  name,
  masks: masks.map(mask => mask.transform),
  rules: [...reveal.because, ...masks.flatMap(mask => mask.because)].map(rule => rule.id),
})

/** The columns and what was done to them. With who in clear and the statement it is encrypted under the subject's key. */
const rulesOf = onceFor(
  ({ tables, used, labels }: Ruling): Readonly<Record<string, Json>> => ({
    labels,
    rows: Object.fromEntries([...tables.values()].map(table => [table.table, table.rows.because.map(rule => rule.id)])),
    columns: Object.fromEntries(
      [...tables.values()].map(table => [table.table, table.columns.filter(c => used.get(table.table)?.has(c.name)).map(columnRecord)]),
    ),
  }),
)

const person = ({ who }: Identified): Record<string, Json> => ({ subject: who.subject.id, agents: who.actors.map(actor => actor.id) })

/** What it takes to decide it again. */
const askerRecord = (identified: Identified): Record<string, Json> => ({
  chain: [identified.who.subject, ...identified.who.actors].map(subjectRecord),
  circumstances: circumstancesRecord(identified.asking.circumstances),
  ...deviceRecord(identified),
})

const subjectRecord = ({ kind, id, roles, groups, attributes }: Subject): Json => ({ kind, id, roles, groups, attributes })

/** What the key of the sender is, and what was said of it. */
function deviceRecord({ proof, record }: Identified): Record<string, Json> {
  if (proof.kind === 'bearer') return {}
  const of = record && { source: record.source, id: record.device, observed: record.observedAt }
  return { senderKey: proof.thumbprint, ...(of === undefined ? {} : { device: of }) }
}

const circumstancesRecord = ({ proof, degraded, device }: Circumstances): Json => ({
  proof,
  degraded: [...degraded],
  ...(device === undefined ? {} : { device: { ...device } }),
})

const statementBound = 32 * 1024
/** Of one that was refused. */
const deniedBound = 8 * 1024

/** A longer statement is kept by its beginning and its digest, so that the details of any statement fit. */
function statementOf({ sql, reason = '' }: { sql: string; reason?: string | undefined }, bound = statementBound): Record<string, Json> {
  if (Buffer.byteLength(sql) <= bound) return { sql, reason }
  const start = Buffer.from(sql).subarray(0, bound).toString('utf8')
  return { sql: start, sql_sha256: createHash('sha256').update(sql).digest('hex'), reason }
}
