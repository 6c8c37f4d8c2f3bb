import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { selvage } from '../dev-mesh.ts'

let server: Server
let said = ''
const dir = mkdtempSync(join(tmpdir(), 'selvage-lying-'))
beforeAll(async () => {
  server = createServer(({ headers: { accept } }, reply) => reply.setHeader('content-type', accept ?? 'application/json').end(said))
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const dev = { mesh: 'm', control: http, gates: { sales: { http, logs: { audit: dir } } }, issuers: {}, logins: [], verifierKeys: [] }
  writeFileSync(join(dir, 'dev.json'), JSON.stringify({ ...dev, tree: dir, data: 'sample' }))
  const login = { issuer: http, client: 'selvage-cli', bound: false, access: 'x', accessExpires: Date.now() + 3_600_000, sessions: {} }
  writeFileSync(join(dir, 'login.json'), JSON.stringify(login), { mode: 0o600 })
})
afterAll(() => {
  server.close()
  rmSync(dir, { recursive: true })
})

const asked: Record<string, { args: string[]; lies: string[] }> = {
  whoami: {
    args: ['whoami'],
    lies: ['', '[]', 'null', '<html>', '{"subject":{"id":1}}', '{"subject":{"attributes":{}}}', '['.repeat(100_000)],
  },
  why: {
    args: ['why', 'SELECT 1 FROM sales.crm.customer'],
    lies: [
      '{"labels":["a"],"tables":[{}]}',
      `{"purpose":"p","labels":[],"tables":[{"table":"t","rows":{"visible":"some","rules":[],"wouldChange":[{"visible":"all","changes":[{"kind":"magic"}]}]},"columns":[]}]}`,
    ],
  },
  'who-can': {
    args: ['who-can', 'sales.crm.customer'],
    lies: [
      '{"sights":[{}]}',
      '{"sights":[]}',
      `{"sights":[],"directory":{"logins":1,"elsewhere":0},"x":${'['.repeat(65)}${']'.repeat(65)}}`,
    ],
  },
  'see-as': { args: ['see-as', 'rep', 'sales.crm.customer'], lies: ['{"sights":[{"rows":{}}]}', '{"sights":{}}'] },
  'who-saw': { args: ['who-saw', 'sales.crm.customer'], lies: ['{"accesses":[{}]}', '{"accesses":[],"truncated":false}'] },
  replay: {
    args: ['replay', '1', '--domain', 'sales'],
    lies: ['{"index":1,"outcome":"fine","why":[]}', '{"index":1,"outcome":"agrees","why":3}'],
  },
}

describe.each(Object.entries(asked))('`%s`', (_, { args, lies }) => {
  test.each(['{}', ...lies])('takes %j for no gate, and says so', async answer => {
    said = answer
    const { code, out, err } = await selvage([...args, '--state', dir])
    expect([code, out]).toEqual([69, ''])
    expect(err).toContain('is no gate')
  })
})

describe('`query`', () => {
  const head = JSON.stringify({ statement: '1', columns: [], receipt: { origin: 'o', index: 1, leaf: 'l' } })

  test.each([
    ['no row', '[1]\n[2'],
    ['a row in no list', '[1]\n["a":1]'],
    ['a row that is nested for ever', `[1]\n${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['nothing more', '[1]'],
  ])('that is given %s tells of the answer, not of itself', async (_, rows) => {
    said = `${head}\n${rows}\n`
    for (const how of [[], ['--json']]) {
      const { code, err } = await selvage(['query', 'SELECT 1 FROM sales.crm.customer', ...how, '--state', dir])
      expect([code, err]).toEqual([69, expect.stringContaining('the answer broke off after')])
    }
  })
})
