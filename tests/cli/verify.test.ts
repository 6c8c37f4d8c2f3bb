import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLog } from '@selvage/ledger/io'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { selvage } from '../dev-mesh.ts'
import { hasTerminal, inTerminal, quoted } from '../terminal.ts'

let key: string
const dir = mkdtempSync(join(tmpdir(), 'selvage-verify-'))
const servers: Server[] = []

beforeAll(async () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const log = await openLog({ dir, origin: 'mesh/log', privateKey, now: Date.now, onFatal: error => expect(error).toBe(undefined) })
  await Promise.all(Array.from({ length: 2_600 }, (_, at) => log.append(Buffer.from(`entry ${at}`))))
  key = log.verifierKey
  await log.close()
})
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections()
  rmSync(dir, { recursive: true, force: true })
})

/** Serves the log, but for one path that it has. */
async function serve(path: string, odd: (server: Server) => RequestListener): Promise<string> {
  expect(readFileSync(join(dir, path)).length, 'the path is one of the log').toBeGreaterThan(0)
  const server = createServer((request, reply) => {
    if (request.url === `/${path}`) return odd(server)(request, reply)
    reply.end(readFileSync(join(dir, request.url!)))
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const late = 'tile/entries/009'
const cutBody: RequestListener = (_, reply) => {
  const bytes = readFileSync(join(dir, late))
  reply.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 100), () => reply.destroy())
}

describe.concurrent('a log that cannot be read to its end is not a bad log', () => {
  test.each<[string, string, (server: Server) => RequestListener]>([
    ['a tile with status 503', 'tile/0/003', () => (_, reply) => reply.writeHead(503).end()],
    ['entries with status 500', late, () => (_, reply) => reply.writeHead(500).end()],
    ['a body that is cut', late, () => cutBody],
    ['a connection that ends', late, () => request => request.socket.destroy()],
    ['a redirect', late, () => (_, reply) => reply.writeHead(302, { location: '/elsewhere' }).end()],
    [
      'a server that ends midway',
      'tile/entries/002',
      server => request => {
        server.close()
        server.closeAllConnections()
        request.socket.destroy()
      },
    ],
    ['a checkpoint with status 502', 'checkpoint', () => (_, reply) => reply.writeHead(502).end()],
  ])('%s: 69', async (_, path, odd) => {
    const { code, out, err } = await selvage(['audit', 'verify', await serve(path, odd), '--key', key, '--json'])
    expect({ code, json: Object.keys(JSON.parse(out) as object) }, err).toEqual({ code: 69, json: ['error', 'help'] })
    expect(err).not.toContain('not what was signed')
  })

  test.each([404, 410])('a tile that is not there, with status %i: the log is bad', async status => {
    const place = await serve(late, () => (_, reply) => reply.writeHead(status).end())
    const { code, err } = await selvage(['audit', 'verify', place, '--key', key])
    expect({ code, err }).toEqual({ code: 1, err: `selvage: this log is not what was signed: ${late} is missing\n` })
  })
})

describe('progress', () => {
  test('is shown on a terminal only', async () => {
    const { err } = await selvage(['audit', 'verify', dir, '--key', key])
    expect(err).toBe('')
  })

  test.skipIf(!hasTerminal)('says how far it is, and leaves the result in a line of its own', async () => {
    const { text, code } = await inTerminal(`npx selvage audit verify ${quoted(dir)} --key ${quoted(key)}`, { columns: 80 })
    expect({ code, text }).toEqual({
      code: 0,
      text: expect.stringMatching(/^(\r {2}\d+ of 2600 entries)*\r {2}2600 of 2600 entries\nverified 2600 entries, root \S+\n$/),
    })
  })
})
