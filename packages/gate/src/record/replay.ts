import { canonicalJson, type Json, SelvageError, type TableId } from '@selvage/kernel/model'
import { type Asker, decide, declarable, nothingKnown, type TableDecision, withinRows } from '@selvage/kernel/policy'
import { readDetail, readEntry } from '@selvage/ledger/io'
import { differencesFromOfficial } from '../decide/official.ts'
import { type Identified, identify, requirePerson, type Sender } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import type { Model } from '../sync/model.ts'
import { append, type Receipt } from './append.ts'
import { auditing, auditingPast } from './auditing.ts'
import { columnRecord, recordDenied } from './index.ts'
import type { Again, Detail, Recorded } from './recorded.ts'
import { type Denied, denyAgain, isDecided, readDenied } from './replay-denied.ts'

interface Question {
  readonly sender: Sender
  readonly index: number
  /** Ask Cedar's official engine alone, too. */
  readonly official: boolean
}

export interface Replayed {
  readonly index: number
  /** `unknown`: what it was decided from is not kept any more. */
  readonly outcome: 'agrees' | 'differs' | 'unknown'
  /** What differs, or what is missing: names of tables, columns and rules. */
  readonly why: readonly string[]
  /** For each table, how many rows that differ to the rules were decided by both engines, as it can be read now. */
  readonly official?: readonly { readonly table: string; readonly rows: number; readonly differences: number }[]
  readonly receipt: Receipt
}

interface Kept {
  readonly recorded: Recorded
  /** Undefined: erased. */
  readonly detail: Detail | undefined
  /** Of what was refused. */
  readonly denied: Denied | undefined
}

type Found = Pick<Replayed, 'outcome' | 'why' | 'official'>
const unknown = (why: string): Found => ({ outcome: 'unknown', why: [why] })

/** Decides an entry's statement again, from what the entry names, and says whether that is what was recorded. Needs `audit`. */
export async function replay(gate: Gate, question: Question): Promise<Replayed> {
  const identified = await identify(gate, question.sender)
  const resource = `entry ${question.index}`
  try {
    requirePerson(identified)
    // What was acknowledged a moment ago is durable, not yet published, and only what is published can be read.
    await gate.audit.publish()
    const kept = await permitted(gate, identified, question.index)
    const found = await decideAgain(gate, kept, question.official)
    const receipt = await append(gate, identified, { event: 'replay', more: { of: question.index, outcome: found.outcome } })
    return { index: question.index, ...found, receipt }
  } catch (error) {
    if (error instanceof SelvageError) await recordDenied(gate, identified, error, { resource })
    throw error
  }
}

/** An entry that is not there, that decided nothing, or whose audit is refused: all read alike. */
async function permitted(gate: Gate, identified: Identified, index: number): Promise<Kept> {
  const refused = new SelvageError('policy.denied', {
    detail: 'You may not replay this entry, or it decided nothing.',
    help: 'It needs the action `audit` on each of its tables; ask the owner of the product.',
  })
  if (index >= gate.audit.published.size) throw refused
  const recorded = JSON.parse(Buffer.from(await readEntry(gate.auditDir, index)).toString('utf8')) as Recorded
  if (!['released', 'why', 'denied'].includes(recorded.event)) throw refused
  const blob = await readDetail(gate.auditDir, index)
  const text = blob === undefined ? undefined : gate.keys.unseal(recorded.actor, blob)
  const detail = text === undefined ? undefined : (JSON.parse(text) as Detail)
  const denied = recorded.event === 'denied' && detail !== undefined ? await readDenied(gate, identified, detail) : undefined
  const { policies } = identified.generation
  const mayAudit = auditingPast(identified, auditing(identified, ['', ...declarable(policies, identified.asking)]))
  const tables = denied?.tables ?? (detail === undefined ? recorded.tables.map(({ table }) => table) : Object.keys(detail.rows ?? {}))
  if (tables.length === 0 || !tables.every(table => mayAudit(table.split('.')))) throw refused
  return { recorded, detail, denied }
}

async function decideAgain(gate: Gate, { recorded, detail, denied }: Kept, official: boolean): Promise<Found> {
  const { centre, domain } = recorded.bundles
  const [subject, ...actors] = detail?.chain ?? []
  const circumstances = detail?.circumstances ?? nothingKnown
  if (denied !== undefined && !isDecided(recorded)) return unknown(`it was refused with ${recorded.code}, which rules do not decide`)
  if (detail === undefined || subject === undefined) return unknown('who asked is erased, or was not kept')
  const model = await gate.rulesOf(centre.digest, domain.digest)
  if (model === undefined) return unknown('the rules of then are not kept any more')
  const asker = { subject, actors, purpose: recorded.purpose ?? '', circumstances }
  const { why, decisions, labels } =
    denied === undefined ? releaseAgain(model, asker, recorded, detail) : denyAgain(model, asker, recorded, denied)
  const asked = { chain: [subject, ...actors], purpose: asker.purpose, circumstances, labels }
  const compared = official ? await compareOfficially(gate, model, asked, decisions) : undefined
  const differs = why.length > 0 || compared?.some(one => one.differences > 0) === true
  return { outcome: differs ? 'differs' : 'agrees', why, ...(compared === undefined ? {} : { official: compared }) }
}

function releaseAgain({ policies }: Model, asker: Asker, recorded: Recorded, detail: Detail): Again {
  const { labels = [], rows = {} } = detail
  const again = Object.keys(rows).map(table => {
    const decision = decide(policies, asker, table as TableId, detail.labels)
    return { table, decision: 'kind' in decision ? undefined : withinRows(decision) }
  })
  const why = again.flatMap(({ table, decision }) =>
    decision === undefined ? [`${table} is hidden`] : differences(recorded, detail, decision),
  )
  return { why, decisions: again.flatMap(({ decision }) => decision ?? []), labels }
}

function differences(recorded: Recorded, detail: Detail, { table, rows, columns }: TableDecision): readonly string[] {
  const ids = rows.because.map(rule => rule.id)
  const kind = recorded.tables.find(one => one.table === table)?.rows
  const out: string[] = []
  // What the official engine decided is told by the rows there were, not by the rules.
  const ours = detail.decidedBy !== 'wasm'
  if (ours && kind !== undefined && kind !== rows.kind) out.push(`${table}: rows were ${kind}, and are ${rows.kind}`)
  if (!same(detail.rows?.[table] ?? [], ids)) out.push(`${table}: its rows were decided by other rules`)
  for (const was of ours ? (detail.columns?.[table] ?? []) : []) {
    const now = columns.find(({ name }) => name === was.name)
    if (now === undefined || !same(was, columnRecord(now))) out.push(`${table}.${was.name}: decided otherwise`)
  }
  return out
}

const same = (a: unknown, b: unknown): boolean => canonicalJson(a as Json) === canonicalJson(b as Json)

async function compareOfficially(
  gate: Gate,
  model: Model,
  asked: Parameters<typeof differencesFromOfficial>[2],
  decisions: readonly TableDecision[],
): Promise<NonNullable<Replayed['official']>> {
  const out: { table: string; rows: number; differences: number }[] = []
  for (const decision of decisions) out.push({ table: decision.table, ...(await differencesFromOfficial(gate, model, asked, decision)) })
  return out
}
