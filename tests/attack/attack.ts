import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { SqlRequest } from '../../packages/gate/src/decide/request.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { type Answer, ask, type Refused } from '../golden/ask.ts'
import { expectSame } from '../golden/compare.ts'
import { type Limits, openStand, type Party } from '../golden/stand.ts'
import { type MeshTree, meshTree, readYaml } from '../golden/tree.ts'
import { Twin } from '../golden/twin.ts'
import type { Hostile } from './corpus.ts'
import { otherwise } from './otherwise.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const { shared, filters } = readYaml(here('protections.yaml')) as { shared: string; filters: Readonly<Record<string, string>> }
/** Names of the four forms of a row filter. */
export const filterForms: readonly string[] = Object.keys(filters)

const person = (id: string, role: string, attributes: Party['subject']['attributes']): Party => ({
  subject: { kind: 'User', id: `workforce/${id}`, roles: [role], groups: [], attributes },
  actors: [],
})
const rep = person('rep', 'sales-rep', { employee_id: 3 })
const neighbour = person('neighbour', 'analyst', {})
const purpose = 'analytics'

/** Planted where the asker must not look: in hidden rows, hidden cells, the hidden column and the hidden table. */
export const hiddenValues = /SECRET\d|7765432\d|9999-12-31|9999999999|-07-19|1677-09-20/i
/** Not even a hostile statement is answered with one of these. */
const faults: readonly string[] = ['internal.fault', 'engine.refused', 'engine.unavailable', 'ledger.unavailable', 'limit.busy']
/** Statements that name a canary themselves may be told it. */
const ownWords = (sql: string, parameters: unknown): string => `${sql} ${JSON.stringify(parameters ?? '')}`

export type Outcome = Answer | Refused

/** Somebody who does no harm was refused. */
export class Unanswered extends Error {
  readonly code: Refused['code']

  constructor(who: string, { code, problem }: Refused) {
    super(`${who} was refused: ${problem}`)
    this.code = code
  }
}

/** One asker under one filter, with beside: the twin, and a gate whose database differs in nothing but what is hidden. */
export interface Attack {
  readonly gate: Gate
  readonly send: (statement: Hostile) => Promise<Outcome>
  /** Refused with a code, or as on the twin; as on the other gate; what is hidden stands in nothing that is told. */
  readonly expectNoLeak: (outcome: Outcome, statement: Hostile) => Promise<void>
  /** The neighbour's query of a known answer. */
  readonly neighbour: () => Promise<void>
  /** The newest lines of the gate's log. */
  readonly told: () => string
  /** The gate answers, and truly. */
  readonly expectAlive: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface AttackOptions {
  readonly limits?: Limits
  /** Without a gate beside: the twin alone says what is right. */
  readonly alone?: boolean
}

export async function openAttack(form: string, { limits = {}, alone = false }: AttackOptions = {}): Promise<Attack> {
  const tree = meshTree(here('mesh'), here('data'))
  const one = await openGate(form, tree, limits)
  const scratch = mkdtempSync(join(tmpdir(), 'selvage-attack-'))
  const other = alone ? undefined : await openGate(form, differentTree(tree, scratch), limits)
  const twin = await Twin.open({
    gate: one.gate,
    party: rep,
    purpose,
    undiscoverable: ['shop.crm.customer.secret', 'shop.crm.visit', 'shop.vault.ledger', 'shop.vault.ledger.entry'],
  })
  /** What the other gate says, which is asked at the same time. */
  const beside = new WeakMap<Hostile, Promise<Outcome> | undefined>()
  return {
    gate: one.gate,
    send: statement => {
      beside.set(statement, other === undefined ? undefined : ask(other.gate, 'rep', requestOf(statement)))
      return ask(one.gate, 'rep', requestOf(statement))
    },
    expectNoLeak: async (outcome, statement) => {
      const there = await beside.get(statement)
      await expectNoLeak(outcome, requestOf(statement), twin, one.stand.told)
      if (there !== undefined) expect(told(there)).toEqual(told(outcome))
    },
    told: one.stand.told,
    neighbour: () => expectNeighbour(one.gate),
    expectAlive: () => expectAlive(one.gate, twin),
    close: async () => {
      twin.close()
      await one.stand.close()
      await other?.stand.close()
      rmSync(scratch, { recursive: true, force: true })
    },
  }
}

async function openGate(form: string, tree: MeshTree, limits: Limits) {
  const stand = await openStand({ ...limits, engine: { children: 2, ...limits.engine } }, tree)
  const gate = await stand.gate({ shop: `${shared}\n${filters[form]!}` }, { rep, neighbour })
  return { stand, gate }
}

/** The same mesh over files that differ in nothing but what the asker may not see. */
function differentTree(tree: MeshTree, scratch: string): MeshTree {
  cpSync(tree.dataDir, scratch, { recursive: true })
  for (const table of ['customer', 'visit', 'invoice', 'ledger'] as const) {
    const file = join(scratch, 'shop', `${table}.csv`)
    writeFileSync(file, otherwise(table, readFileSync(file, 'utf8')))
  }
  return { ...tree, dataDir: scratch }
}

/** What two answers must have in common. Rows stand in no order unless the statement orders them. */
const told = (outcome: Outcome): unknown =>
  'problem' in outcome ? { code: outcome.code, problem: outcome.problem } : { columns: outcome.columns, rows: outcome.rows.toSorted() }

const requestOf = ({ sql, parameters }: Hostile): SqlRequest => ({ sql, purpose, ...(parameters === undefined ? {} : { parameters }) })

async function expectAlive(gate: Gate, twin: Twin): Promise<void> {
  const request = { sql: 'SELECT count(*) AS n, max(customer_id) AS m FROM shop.crm.customer', purpose }
  const answer = await ask(gate, 'rep', request)
  if ('problem' in answer) throw new Unanswered('who asked before', answer)
  expectSame(answer, await twin.run(request), true)
}

async function expectNeighbour(gate: Gate): Promise<void> {
  const answer = await ask(gate, 'neighbour', {
    sql: 'SELECT country, count(*) FROM shop.orders.invoice GROUP BY ALL ORDER BY ALL',
    purpose,
  })
  if ('problem' in answer) throw new Unanswered('the neighbour', answer)
  expect(answer.rows).toEqual(['["DE","5"]', '["FR","2"]', '["US","2"]'])
}

async function expectNoLeak(outcome: Outcome, request: SqlRequest, twin: Twin, log: () => string): Promise<void> {
  expectNoCanary(outcome, request)
  if ('rows' in outcome) return expectSame(outcome, await twin.run(request), false)
  expect(faults, log()).not.toContain(outcome.code)
  if (outcome.code === 'query.data') expect(await failsOn(twin, request), 'fails on what the asker may see').toBe(true)
}

/** A hidden value that the statement did not name itself. */
export function expectNoCanary(outcome: Outcome, { sql, parameters }: Pick<Hostile, 'sql' | 'parameters'>): void {
  const own = ownWords(sql, parameters).toLowerCase()
  for (const [value] of JSON.stringify(outcome).matchAll(new RegExp(hiddenValues, 'gi'))) {
    if (!own.includes(value.toLowerCase())) expect(value, 'a hidden value').toBe('told')
  }
}

/**
 * A statement that fails on data must fail on the data that the asker may see, in one order of evaluation at least: of
 * `a AND b` an engine looks at either first, and behind a barrier it does not choose as it would without.
 */
async function failsOn(twin: Twin, request: SqlRequest): Promise<boolean> {
  const barred = request.sql.replace(/shop\.(crm\.customer|orders\.invoice)/g, '(SELECT * FROM $& OFFSET 0)')
  for (const sql of [request.sql, barred]) {
    const failed = await twin.run({ ...request, sql }).then(
      () => false,
      () => true,
    )
    if (failed) return true
  }
  return false
}
