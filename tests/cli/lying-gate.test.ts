import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { selvage } from '../dev-mesh.ts'

let server: Server
let said = ''
const dir = mkdtempSync(join(tmpdir(), 'selvage-lying-'))
beforeAll(async () => {
  server = createServer((_, reply) => reply.setHeader('content-type', 'application/json').end(said))
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

test.each(['', '{}', '[]', 'null', '{"subject":{"id":1}}', '{"subject":{"attributes":{}}}', '<html>'])(
  '`whoami` takes %j for no gate, and says so',
  async answer => {
    said = answer
    const { code, out, err } = await selvage(['whoami', '--state', dir])
    expect([code, out]).toEqual([69, ''])
    expect(err).not.toContain('a fault of ours')
  },
)
