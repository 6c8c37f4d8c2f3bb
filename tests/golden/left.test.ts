import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { createDoor } from '../../packages/gate/src/doors/sql-http/server.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { openStand } from './stand.ts'

const shop = `@id("shop/analysts") permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Domain::"shop")
when { context.purpose in Mesh::Purpose::"analytics" };`
const subject = { kind: 'User', id: 'workforce/analyst', roles: ['analyst'], groups: [], attributes: {} } as const
const body = JSON.stringify({ sql: 'SELECT customer_id FROM shop.crm.customer', purpose: 'analytics' })

it.each(['application/json', 'application/x-ndjson'])(
  'a client that leaves while its entry is made is no fault of ours: %s',
  async accept => {
    const stand = await openStand()
    const told: string[] = []
    let leave: () => void = () => undefined
    const gate: Gate = {
      ...(await stand.gate({ shop }, { analyst: { subject, actors: [] } })),
      log: (event, attributes) => void told.push(`${event} ${(attributes as { code?: string }).code}`),
      telemetry: {
        stage: async (name, work) => {
          const done = await work()
          if (name !== 'record') return done
          leave()
          await wait(100)
          return done
        },
        told: () => undefined,
        released: () => undefined,
        shadowed: () => undefined,
        serve: () => undefined,
      },
    }
    const unasked = {} as Parameters<typeof createDoor>[1] & Parameters<typeof createDoor>[2]
    const server = createDoor(gate, unasked, unasked)
    await server.listen({ port: 0, host: '127.0.0.1' })
    const { port } = server.server.address() as AddressInfo
    const headers = { authorization: 'Bearer analyst', accept, 'content-type': 'application/json' }
    const asked = request({ port, path: '/v1/sql', method: 'POST', agent: false, headers })
    asked.on('error', () => undefined)
    leave = () => asked.destroy()
    asked.end(body)
    await vi.waitFor(() => expect(told).toHaveLength(2), 10_000)
    await server.close()
    await stand.close()
    expect(told.sort()).toEqual(['request.failed engine.cancelled', 'statement.failed engine.cancelled'])
  },
)
