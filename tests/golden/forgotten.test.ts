import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decide } from '../../packages/gate/src/decide/index.ts'
import { identify } from '../../packages/gate/src/identify/index.ts'
import { describeColumns } from '../../packages/gate/src/mask/index.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { rewrite } from '../../packages/gate/src/rewrite/index.ts'
import type { Generation } from '../../packages/gate/src/sync/generation.ts'
import { senderNamed } from './ask.ts'
import { openStand, type Stand } from './stand.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let stand: Stand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

/** A generation of its own, of which everything is worked out that a statement needs. */
async function used(gate: Gate): Promise<WeakRef<Generation>> {
  const identified = { ...(await identify(gate, senderNamed('analyst'))), generation: { ...gate.generation() } }
  const sql = 'SELECT first_name, country FROM shop.crm.customer'
  describeColumns(await rewrite(gate, await decide(gate, identified, { sql, purpose: 'analytics' })))
  return new WeakRef(identified.generation)
}

test('what was worked out for a generation goes with it', async () => {
  const gate = await stand.gate(
    {
      shop: '@id("shop/analysts") permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Domain::"shop");',
    },
    { analyst: { subject: { kind: 'User', id: 'workforce/analyst', roles: ['analyst'], groups: [], attributes: {} }, actors: [] } },
  )
  const generations: WeakRef<Generation>[] = []
  for (let i = 0; i < 5; i += 1) generations.push(await used(gate))
  await expect
    .poll(() => {
      collect()
      return generations.filter(one => one.deref() !== undefined).length
    })
    .toBe(0)
})
