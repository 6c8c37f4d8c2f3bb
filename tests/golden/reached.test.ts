import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, mustAnswer } from './ask.ts'
import { openStand, type Party, type Stand } from './stand.ts'
import { goldenTree } from './tree.ts'

const party: Party = {
  subject: { kind: 'User', id: 'workforce/analyst', roles: ['analyst'], groups: [], attributes: {} },
  actors: [],
}
const policies = {
  shop: `@id("shop/helpers") permit (principal, action in Mesh::Action::"use", resource is shop::crm::customer)
    when { resource.helped.contains("US") };`,
}
const request = { sql: 'SELECT customer_id FROM shop.crm.customer ORDER BY 1', purpose: 'analytics' }

let stand: Stand
let dataDir: string
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'selvage-reached-'))
  cpSync(goldenTree.dataDir, dataDir, { recursive: true })
  stand = await openStand({}, { ...goldenTree, dataDir })
})
afterAll(async () => {
  await stand.close()
  rmSync(dataDir, { recursive: true, force: true })
})

it('a version whose sets were made otherwise than the contract now says is not served', async () => {
  const before = await stand.gate(policies, { party })
  expect((await mustAnswer(before, 'party', request)).rows).toEqual(['["1"]'])
  // Of the new contract no version can be made.
  rmSync(join(dataDir, 'shop', 'customer.csv'))
  const collecting = (column: string) =>
    goldenTree.files.map(({ path, text }) => ({ path, text: text.replace('collect: country', `collect: ${column}`) }))
  const same = await stand.gate(policies, { party }, collecting('country'))
  expect((await mustAnswer(same, 'party', request)).rows).toEqual(['["1"]'])
  const other = await stand.gate(policies, { party }, collecting('secret'))
  expect(await ask(other, 'party', request)).toMatchObject({ code: 'engine.product_unavailable' })
})
