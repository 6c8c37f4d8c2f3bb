import { expect } from 'vitest'
import type { SqlRequest } from '../../packages/gate/src/decide/request.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { type Answer, ask, type Refused } from './ask.ts'
import { expectSame } from './compare.ts'
import { type Hostile, shared } from './corpus.ts'
import { type Limits, openStand, type Party } from './stand.ts'
import { Twin } from './twin.ts'

const rep: Party = {
  subject: { kind: 'User', id: 'workforce/rep', roles: ['sales-rep'], groups: [], attributes: { employee_id: 3 } },
  actors: [],
}
const purpose = 'analytics'

/** Planted where the asker must not look: in hidden rows, hidden cells and the hidden column. */
export const hiddenValues = /SECRET\d|77654321|77654322|9999-12-31|9999999999/i
/** Not even a hostile statement is answered with one of these. */
const faults: readonly string[] = ['internal.fault', 'engine.unavailable', 'ledger.unavailable', 'limit.busy']

/** One asker under one filter, with the twin beside. */
export interface Attack {
  readonly send: (statement: Hostile) => Promise<Answer | Refused>
  /** The gate answers, and truly. */
  readonly expectAlive: () => Promise<void>
  /** Refused with a code, or as on the twin; what is hidden stands in nothing that is told. */
  readonly expectNoLeak: (outcome: Answer | Refused, statement: Hostile) => Promise<void>
  readonly close: () => Promise<void>
}

export async function openAttack(filter: string, limits: Limits = {}): Promise<Attack> {
  const stand = await openStand(limits)
  const policies = { shop: `${shared}\n${filter}` }
  const gate = await stand.gate(policies, { rep })
  const twin = await Twin.open({ gate, party: rep, purpose, undiscoverable: ['shop.crm.customer.secret'] })
  return {
    send: statement => ask(gate, 'rep', requestOf(statement)),
    expectAlive: () => expectAlive(gate, twin),
    expectNoLeak: (outcome, statement) => expectNoLeak(outcome, requestOf(statement), twin),
    close: async () => {
      twin.close()
      await stand.close()
    },
  }
}

const requestOf = ({ sql, parameters }: Hostile): SqlRequest => ({ sql, purpose, ...(parameters === undefined ? {} : { parameters }) })

async function expectAlive(gate: Gate, twin: Twin): Promise<void> {
  const request = { sql: 'SELECT count(*) AS n, max(customer_id) AS m FROM shop.crm.customer', purpose }
  const answer = await ask(gate, 'rep', request)
  if ('problem' in answer) throw new Error(`the gate is not alive: ${answer.problem}`)
  expectSame(answer, await twin.run(request), true)
}

async function expectNoLeak(outcome: Answer | Refused, request: SqlRequest, twin: Twin): Promise<void> {
  expect(JSON.stringify(outcome)).not.toMatch(hiddenValues)
  if ('rows' in outcome) return expectSame(outcome, await twin.run(request), false)
  expect(faults).not.toContain(outcome.code)
  if (outcome.code === 'query.data') expect(await failsOn(twin, request), 'fails on what the asker may see').toBe(true)
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
