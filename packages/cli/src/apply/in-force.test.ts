import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { maxBundleLength } from '@selvage/bundle'
import { afterEach, expect, test } from 'vitest'
import { readStatus } from './in-force.ts'

const open: Server[] = []
afterEach(() => {
  for (const one of open.splice(0)) {
    one.close()
    one.closeAllConnections()
  }
})

/** Whatever listens where a gate should. */
async function listening(answer: (reply: ServerResponse) => void): Promise<string> {
  const server = createServer((_, reply) => answer(reply))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  open.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('an answer without end is not read to its end', async () => {
  const part = Buffer.alloc(1024 * 1024, ' ')
  let sent = 0
  const url = await listening(reply => {
    const more = (): void => {
      while (!reply.destroyed && reply.write(part)) sent += part.length
    }
    reply.on('drain', more)
    more()
  })
  await expect(readStatus(url)).rejects.toThrow('cannot be reached')
  expect(sent).toBeLessThan(maxBundleLength * 4)
})

test.each([
  ['no whole number', { version: 1e308 }],
  ['no digest', { digest: 'x' }],
])('a status with %s is none of a gate', async (_, part) => {
  const held = { version: 1, digest: 'a'.repeat(64), content: 'b'.repeat(64), expires: '2027-01-01T00:00:00.000Z' }
  const status = (domain: object): object => ({ centre: null, domain, active: null, refused: [] })
  expect(await readStatus(await listening(reply => reply.end(JSON.stringify(status(held)))))).toMatchObject({ domain: held })
  await expect(readStatus(await listening(reply => reply.end(JSON.stringify(status({ ...held, ...part })))))).rejects.toThrow('is no gate')
})
