import { createHash } from 'node:crypto'
import { columnProtection } from '@selvage/kernel/query'
import { readDetail, readEntries } from '@selvage/ledger/io'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SqlRequest } from '../../packages/gate/src/decide/request.ts'
import { explain } from '../../packages/gate/src/pipeline.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { ask, mustAnswer, senderNamed } from './ask.ts'
import { expectSame } from './compare.ts'
import { openStand, type Party, type Policies, type Stand } from './stand.ts'
import { caseFiles, readYaml } from './tree.ts'
import { Twin } from './twin.ts'

interface Subject {
  readonly id: string
  readonly kind?: Party['subject']['kind']
  readonly roles?: readonly string[]
  readonly attributes?: Party['subject']['attributes']
}

interface Case {
  readonly about: string
  readonly policies: Policies
  readonly subject: Subject
  readonly actors?: readonly Subject[]
  /** Columns that do not exist for this asker: the oracle for rows is not asked about `discover`. */
  readonly undiscoverable?: readonly string[]
  readonly purpose: string
  readonly sql: string
  readonly parameters?: SqlRequest['parameters']
  readonly ordered?: boolean
  readonly decision?: Readonly<Record<string, { readonly rows: string; readonly columns: Readonly<Record<string, string>> }>>
  readonly secured?: { readonly holds: readonly string[]; readonly lacks: readonly string[] }
  readonly columns?: readonly object[]
  /** A problem document. */
  readonly refused?: Readonly<Record<string, unknown>>
  /** Another statement that is refused with the same bytes. */
  readonly same?: string
  /** The entry of the log. */
  readonly audit: object
  /** Of all that the statement touches: what its entry says, and the twin is made for. */
  readonly labels?: readonly string[]
  /** By table, the columns that its encrypted details name. */
  readonly used?: Readonly<Record<string, readonly string[]>>
}

const cases = caseFiles.map(path => ({ path, ...(readYaml(path) as Case) }))

const subjectOf = ({ id, kind = 'User', roles = [], attributes = {} }: Subject): Party['subject'] => ({
  kind,
  id,
  roles,
  groups: [],
  attributes,
})

let stand: Stand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

it('there is a case in each file, and no two are of one statement and one policy', () => {
  expect(cases.length).toBeGreaterThanOrEqual(15)
  expect(new Set(cases.map(one => JSON.stringify([one.sql, one.policies]))).size).toBe(cases.length)
})

describe.each(cases)('$path: $about', one => {
  const party: Party = { subject: subjectOf(one.subject), actors: (one.actors ?? []).map(subjectOf) }
  const request: SqlRequest = {
    sql: one.sql,
    purpose: one.purpose,
    ...(one.parameters === undefined ? {} : { parameters: one.parameters }),
  }
  let gate: Gate
  beforeAll(async () => {
    gate = await stand.gate(one.policies, { party })
  })

  const isRefused = async (): Promise<void> => {
    const before = gate.audit.size
    const refused = await ask(gate, 'party', request)
    if (!('problem' in refused)) throw new Error('answered')
    expect(JSON.parse(refused.problem)).toMatchObject(one.refused!)
    if (one.same !== undefined) expect(await ask(gate, 'party', { ...request, sql: one.same })).toEqual(refused)
    expect((await entryAt(gate, before)).entry).toMatchObject(one.audit)
  }

  const isAnswered = async (): Promise<void> => {
    const twin = await Twin.open({ gate, party, purpose: one.purpose, undiscoverable: one.undiscoverable ?? [], labels: one.labels })
    const answer = await mustAnswer(gate, 'party', request)
    expectSame(answer, await twin.run(request), one.ordered === true)
    twin.close()
    if (one.columns !== undefined) expect(answer.columns).toMatchObject(one.columns)
    await expectDecided(gate, one, request)
    const { entry, detail } = await entryAt(gate, answer.receipt.index)
    expect(entry).toMatchObject(one.audit)
    expect(entry).toMatchObject({ domain: 'shop', issuer: 'workforce', actor: gate.keys.pseudonym(party.subject.id) })
    expect(entry).toMatchObject({ agents: party.actors.map(actor => gate.keys.pseudonym(actor.id)) })
    if (one.labels !== undefined) expect([entry.labels, detail.labels]).toEqual([one.labels, one.labels])
    expect(JSON.stringify(entry)).not.toContain(party.subject.id)
    expect(detail).toMatchObject({ subject: party.subject.id, sql: one.sql })
    for (const [table, names] of Object.entries(one.used ?? {}))
      expect((detail.columns as Record<string, { name: string }[]>)[table]?.map(column => column.name).toSorted()).toEqual(
        [...names].sort(),
      )
  }

  if (one.refused === undefined) it('is answered as on the twin, decided and secured as it should be, and logged', isAnswered)
  else it('is refused, and logged', isRefused)
})

async function expectDecided(gate: Gate, one: Case, request: SqlRequest): Promise<void> {
  const { decided, rewritten } = await explain(gate, { sender: senderNamed('party'), request })
  const { bindings } = gate.generation()
  const tables = [...decided.ruling.tables.values()].map(decision => {
    const kinds = decision.columns.map(column => [column.name, columnProtection(column, bindings.get(decision.table)!).kind])
    return [decision.table, { rows: decision.rows.kind, columns: Object.fromEntries(kinds) }]
  })
  expect(Object.fromEntries(tables)).toMatchObject(one.decision!)
  expect(tables).toHaveLength(Object.keys(one.decision!).length)
  // What the official engine decided stands in it as a list of what there is.
  if (gate.config.policyEngine === 'wasm') return
  for (const part of one.secured!.holds) expect(rewritten.sql).toContain(part)
  for (const part of one.secured!.lacks) expect(rewritten.sql).not.toContain(part)
}

/** An entry of the log as it stands on the disk, and its details, opened with the subject's key. */
async function entryAt(gate: Gate, index: number): Promise<{ entry: Record<string, unknown>; detail: Record<string, unknown> }> {
  await expect.poll(() => gate.audit.published.size).toBeGreaterThan(index)
  for await (const { entry } of readEntries(gate.auditDir, index, index + 1)) {
    const parsed = JSON.parse(Buffer.from(entry).toString()) as Record<string, string>
    const blob = await readDetail(gate.auditDir, index)
    if (blob === undefined) throw new Error(`no details of entry ${index}`)
    expect(createHash('sha256').update(blob).digest('hex')).toBe(parsed.detail)
    return { entry: parsed, detail: JSON.parse(String(gate.keys.unseal(parsed.actor!, blob))) as Record<string, unknown> }
  }
  throw new Error(`no entry ${index}`)
}
