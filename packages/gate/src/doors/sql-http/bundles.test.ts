import { connect, type Socket } from 'node:net'
import { SelvageError } from '@selvage/kernel/model'
import fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Sync } from '../../sync/index.ts'
import { bundleRoutes } from './bundles.ts'

const sync: Sync = {
  generation: () => {
    throw new SelvageError('policy.missing')
  },
  rulesOf: async () => undefined,
  staleIssuers: () => 0,
  offerDomain: async () => ({ version: 1, digest: 'a' }),
  readiness: () => ({ ready: false }),
  describe: () => ({}),
  close: async () => undefined,
}

describe('a domain’s bundle is delivered', () => {
  const server = fastify()
  const sockets: Socket[] = []
  let port = 0
  beforeAll(async () => {
    server.setErrorHandler((error, _request, reply) => reply.code(429).send({ code: error instanceof SelvageError ? error.code : 'other' }))
    bundleRoutes(server, sync)
    port = Number(new URL(await server.listen({ port: 0, host: '127.0.0.1' })).port)
  })
  afterAll(async () => {
    for (const socket of sockets) socket.destroy()
    await server.close()
  })

  const put = async (): Promise<unknown> =>
    (
      await fetch(`http://127.0.0.1:${port}/v1/bundles/domain`, { method: 'PUT', body: '{}', headers: { 'content-type': 'text/plain' } })
    ).json()

  /** Sends a part of what it promises, and waits. */
  const hold = async (): Promise<void> => {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    await new Promise<void>(resolve => socket.once('connect', () => resolve()))
    socket.write(
      `PUT /v1/bundles/domain HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: text/plain\r\ncontent-length: 30000000\r\n\r\n{`,
    )
    await new Promise(resolve => setTimeout(resolve, 50))
  }

  test('by four at once at most, so that nobody fills the memory with what was never signed; one that leaves makes room', async () => {
    for (let held = 0; held < 3; held += 1) await hold()
    expect(await put()).toEqual({ version: 1, digest: 'a' })
    await hold()
    expect(await put()).toEqual({ code: 'limit.busy' })
    sockets[0]?.destroy()
    await expect.poll(put).toEqual({ version: 1, digest: 'a' })
  })
})
