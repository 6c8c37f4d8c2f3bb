import { generateKeyPairSync } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLog } from '../verify.ts'
import { openLog, urlReader } from './index.ts'

const dir = mkdtempSync(join(tmpdir(), 'ledger-url-'))
let key = ''
const servers: { close(): void }[] = []

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push({ close: () => server.close().closeAllConnections() ?? server.closeAllConnections() })
  await new Promise(resolve => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/log/audit`
}

beforeAll(async () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const log = await openLog({ dir, origin: 'mesh/log', privateKey, now: Date.now, onFatal: error => expect(error).toBe(undefined) })
  await Promise.all(Array.from({ length: 600 }, (_, at) => log.append(Buffer.from(`entry ${at}`))))
  key = log.verifierKey
  await log.close()
})
afterAll(() => {
  for (const server of servers) server.close()
  rmSync(dir, { recursive: true, force: true })
})

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    error => error.code ?? error.name,
  )

describe('url reader', () => {
  it('verifies a log over HTTP', async () => {
    const base = await serve((request, response) => {
      const file = createReadStream(join(dir, request.url!.replace('/log/audit/', '')))
      file.on('error', () => response.writeHead(404).end()).pipe(response)
    })
    expect(await verifyLog(urlReader(base), { key })).toMatchObject({ ok: true, size: 600 })
    expect(await verifyLog(urlReader(`${base}/`), { key })).toMatchObject({ ok: true, size: 600 })
    expect(await codeOf(urlReader(base).tile(5, 0, 256))).toBe('missing')
  })

  it('bounds time and size and follows nobody elsewhere', async () => {
    const silent = await serve(() => undefined)
    expect(await codeOf(urlReader(silent, { timeoutMs: 50 }).checkpoint())).toBe('unreachable')
    const drip = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 10)
      response.on('close', () => clearInterval(timer))
    })
    expect(await codeOf(urlReader(drip, { timeoutMs: 100 }).checkpoint())).toBe('unreachable')
    const endless = await serve((_, response) => {
      const more = () => response.write(Buffer.alloc(65_536)) && setImmediate(more)
      response.on('drain', more)
      more()
    })
    expect(await codeOf(urlReader(endless).checkpoint())).toBe('too_large')
    expect(await codeOf(urlReader(endless, { maxBytes: 100 }).entries(0, 256))).toBe('too_large')
    const elsewhere = await serve((_, response) => response.writeHead(302, { location: silent }).end())
    expect(await codeOf(urlReader(elsewhere).checkpoint())).toBe('unreachable')
    const broken = await serve((_, response) => response.writeHead(500).end())
    expect(await codeOf(urlReader(broken).checkpoint())).toBe('unreachable')
    expect(() => urlReader('file:///etc')).toThrow(TypeError)
  })

  it('is not a report but an error where the log cannot be reached', async () => {
    const broken = await serve((_, response) => response.writeHead(503).end())
    expect(await codeOf(verifyLog(urlReader(broken), { key }))).toBe('unreachable')
  })
})
