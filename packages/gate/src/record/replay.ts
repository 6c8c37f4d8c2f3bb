import { canonicalJson, type Json, SelvageError, type TableId } from '@selvage/kernel/model'
import { type Circumstances, decide, declarable, nothingKnown, type Subject, type TableDecision, withinRows } from '@selvage/kernel/policy'
import { readDetail, readEntry } from '@selvage/ledger/io'
import { differencesFromOfficial } from '../decide/official.ts'
import { type Identified, identify, requirePerson, type Sender } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import type { Model } from '../sync/model.ts'
import { append, type Receipt } from './append.ts'
import { auditing, auditingPast } from './auditing.ts'
import { columnRecord, recordDenied } from './index.ts'

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

/** What stands in an entry and in its details. The log is our own: they have the shape that `record` gave them. */
interface Recorded {
  readonly event: string
  readonly actor: string
  readonly purpose: string
  readonly bundles: { readonly centre: { readonly digest: string }; readonly domain: { readonly digest: string } }
  readonly tables: readonly { readonly table: string; readonly rows: string }[]
}
interface Detail {
  readonly chain?: readonly Subject[]
  readonly circumstances?: Circumstances
  readonly labels?: readonly string[]
  readonly decidedBy?: string
  readonly rows: Readonly<Record<string, readonly string[]>>
  readonly columns: Readonly<Record<string, readonly { readonly name: string }[]>>
}

/** Decides an entry's statement again, from what the entry names, and says whether that is what was recorded. Needs `audit`. */
export async function replay(gate: Gate, question: Question): Promise<Replayed> {
  const identified = await identify(gate, question.sender)
  const resource = `entry ${question.index}`
  try {
    requirePerson(identified)
    // What was acknowledged a moment ago is durable, not yet published, and only what is published can be read.
    await gate.audit.publish()
    const { recorded, detail } = await permitted(gate, identified, question.index)
    const found = await decideAgain(gate, recorded, detail, question.official)
    const receipt = await append(gate, identified, { event: 'replay', more: { of: question.index, outcome: found.outcome } })
    return { index: question.index, ...found, receipt }
  } catch (error) {
    if (error instanceof SelvageError) await recordDenied(gate, identified, error, { resource })
    throw error
  }
}

/** An entry that is not there, that decided nothing, or whose audit is refused: all read alike. */
async function permitted(gate: Gate, identified: Identified, index: number): Promise<{ recorded: Recorded; detail: Detail | undefined }> {
  const refused = new SelvageError('policy.denied', {
    detail: 'You may not replay this entry, or it decided nothing.',
    help: 'It needs the action `audit` on each of its tables; ask the owner of the product.',
  })
  if (index >= gate.audit.published.size) throw refused
  const recorded = JSON.parse(Buffer.from(await readEntry(gate.auditDir, index)).toString('utf8')) as Recorded
  if (recorded.event !== 'released' && recorded.event !== 'why') throw refused
  const blob = await readDetail(gate.auditDir, index)
  const text = blob === undefined ? undefined : gate.keys.unseal(recorded.actor, blob)
  const detail = text === undefined ? undefined : (JSON.parse(text) as Detail)
  const { policies } = identified.generation
  const mayAudit = auditingPast(identified, auditing(identified, ['', ...declarable(policies, identified.asking)]))
  const tables = detail === undefined ? recorded.tables.map(({ table }) => table) : Object.keys(detail.rows)
  if (tables.length === 0 || !tables.every(table => mayAudit(table.split('.')))) throw refused
  return { recorded, detail }
}

type Found = Pick<Replayed, 'outcome' | 'why' | 'official'>
const unknown = (why: string): Found => ({ outcome: 'unknown', why: [why] })

async function decideAgain(gate: Gate, recorded: Recorded, detail: Detail | undefined, official: boolean): Promise<Found> {
  const { centre, domain } = recorded.bundles
  const [subject, ...actors] = detail?.chain ?? []
  const circumstances = detail?.circumstances ?? nothingKnown
  if (detail === undefined || subject === undefined) return unknown('who asked is erased, or was not kept')
  const model = await gate.rulesOf(centre.digest, domain.digest)
  if (model === undefined) return unknown('the rules of then are not kept any more')
  const again = Object.keys(detail.rows).map(table => {
    const decision = decide(model.policies, { subject, actors, purpose: recorded.purpose, circumstances }, table as TableId, detail.labels)
    return { table, decision: 'kind' in decision ? undefined : withinRows(decision) }
  })
  const why = again.flatMap(({ table, decision }) =>
    decision === undefined ? [`${table} is hidden`] : differences(recorded, detail, decision),
  )
  const asked = { chain: [subject, ...actors], purpose: recorded.purpose, circumstances, labels: detail.labels ?? [] }
  const compared = official
    ? await compareOfficially(
        gate,
        model,
        asked,
        again.flatMap(({ decision }) => decision ?? []),
      )
    : undefined
  const differs = why.length > 0 || compared?.some(one => one.differences > 0) === true
  return { outcome: differs ? 'differs' : 'agrees', why, ...(compared === undefined ? {} : { official: compared }) }
}

function differences(recorded: Recorded, detail: Detail, { table, rows, columns }: TableDecision): readonly string[] {
  const ids = rows.because.map(rule => rule.id)
  const kind = recorded.tables.find(one => one.table === table)?.rows
  const out: string[] = []
  // What the official engine decided is told by the rows there were, not by the rules.
  const ours = detail.decidedBy !== 'wasm'
  if (ours && kind !== undefined && kind !== rows.kind) out.push(`${table}: rows were ${kind}, and are ${rows.kind}`)
  if (!same(detail.rows[table] ?? [], ids)) out.push(`${table}: its rows were decided by other rules`)
  for (const was of ours ? (detail.columns[table] ?? []) : []) {
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
