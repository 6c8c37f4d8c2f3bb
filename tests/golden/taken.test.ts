import { setTimeout as wait } from 'node:timers/promises'
import { SelvageError } from '@selvage/kernel/model'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { answer } from '../../packages/gate/src/pipeline.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import type { Leaving } from '../../packages/gate/src/under-way.ts'
import { senderNamed } from './ask.ts'
import { openStand, type Stand } from './stand.ts'

const shop = `@id("shop/analysts") permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Domain::"shop")
when { context.purpose in Mesh::Purpose::"analytics" };`
const subject = { kind: 'User', id: 'workforce/analyst', roles: ['analyst'], groups: [], attributes: {} } as const

let stand: Stand
let gate: Gate
beforeAll(async () => {
  stand = await openStand()
  gate = await stand.gate({ shop }, { analyst: { subject, actors: [] } })
})
afterAll(() => stand.close())

/** An answer of which the engine gave the last row: `end` is what ends it, `leave` says that its reader has it, `cuts` when it was cut. */
async function taken() {
  const cuts: number[] = []
  const told: string[] = []
  let leaving: Leaving | undefined
  let leave: () => void = () => undefined
  const left = new Promise<void>(resolve => {
    leave = resolve
  })
  const watched: Gate = {
    ...gate,
    log: (event, attributes) => void told.push(`${event} ${JSON.stringify(attributes)}`),
    underWay: {
      add: one => {
        leaving = one
        return () => undefined
      },
    },
  }
  const reader = { gone: new AbortController().signal, left, cut: () => void cuts.push(performance.now()) }
  const request = { sql: 'SELECT count(*) FROM shop.crm.customer', purpose: 'analytics' }
  const { executed } = await answer(watched, { sender: senderNamed('analyst'), request, separator: '\n', reader })
  for await (const part of executed.running.rows) expect(part.length).toBeGreaterThan(0)
  await executed.running.done
  return { cuts, told, leave, end: () => leaving!.end(new SelvageError('identity.expired')) }
}

it('an answer that its reader has at once is not cut, though its token ended before', async () => {
  const { cuts, told, leave, end } = await taken()
  end()
  leave()
  await wait(400)
  expect([cuts, told]).toEqual([[], []])
})

it('one that stands in here is cut in time, once, and the log says why', async () => {
  const { cuts, told, end, leave } = await taken()
  const ended = performance.now()
  // Looked at again and again, it ends again and again.
  for (let look = 0; look < 4; look++) {
    end()
    await wait(50)
  }
  await wait(200)
  leave()
  expect(cuts).toHaveLength(1)
  expect(cuts[0]! - ended).toBeGreaterThanOrEqual(145)
  expect(told).toEqual(['answer.cut {"code":"identity.expired"}'])
})
