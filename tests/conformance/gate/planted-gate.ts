import { SelvageError } from '@selvage/kernel/model'
import { createDoor } from '../../../packages/gate/src/doors/sql-http/server.ts'
import type { Parser } from '../../../packages/gate/src/parser/index.ts'
import type { Sync } from '../../../packages/gate/src/sync/index.ts'
import { openStand } from '../../golden/stand.ts'
import { Door } from '../door/door.ts'

const shop =
  '@id("shop/all") permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Domain::"shop");\n'
const party = { subject: { kind: 'User', id: 'workforce/analyst', roles: ['analyst'], groups: [], attributes: {} }, actors: [] } as const

/** A statement with this word in it meets a stage that throws. */
export const breaks = 'CANARY'

/**
 * A gate in this process, its door on the wire and its parser a planted one: what it hands the engine is not what the
 * rewriter secured. Its token is `party`.
 */
export async function openPlanted(): Promise<{ door: Door; close: () => Promise<void> }> {
  const stand = await openStand()
  const gate = await stand.gate({ shop }, { party })
  const { parser } = gate
  const faulty: Parser = {
    parse: sql => {
      if (sql.includes(breaks)) throw new TypeError(`planted ${breaks}`)
      return parser.parse(sql)
    },
    print: () => Promise.resolve('SELECT customer_id FROM p_crm_v1.main.customer'),
    bind: (sql, schema, parameters) => parser.bind(sql, schema, parameters),
    close: () => parser.close(),
  }
  const door = createDoor({ ...gate, parser: faulty }, noSync, noSignals)
  const url = await door.listen({ port: 0, host: '127.0.0.1' })
  const close = async (): Promise<void> => {
    await door.close()
    await stand.close()
  }
  return { door: await Door.at(url), close }
}

/** The rules of this gate are given; nobody delivers any. */
const noSync: Sync = {
  generation: () => {
    throw new TypeError('not asked here')
  },
  rulesOf: async () => undefined,
  staleIssuers: () => 0,
  offerDomain: () => Promise.reject(new TypeError('not asked here')),
  readiness: () => ({ ready: true }),
  describe: () => ({}),
  close: () => Promise.resolve(),
}

const noSignals: Parameters<typeof createDoor>[2] = {
  admit: () => {
    throw new SelvageError('signal.sender')
  },
  receive: () => Promise.reject(new TypeError('not asked here')),
}
