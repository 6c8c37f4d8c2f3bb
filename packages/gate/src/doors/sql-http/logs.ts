import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SelvageError } from '@selvage/kernel/model'
import type { FastifyInstance } from 'fastify'

/**
 * tlog-tiles (C2SP): the paths that may be read, entry bundles among them, so that anybody can recompute the log. An entry
 * names tables, rules and purposes, never a person, a statement or a value; `private/` is not served.
 */
const checkpoint = /^checkpoint$/
const tile = /^tile\/(?:\d{1,2}|entries)(?:\/x\d{3})*\/\d{3}(?:\.p\/\d{1,3})?$/

export function logRoutes(server: FastifyInstance, logs: Readonly<Record<string, string>>): void {
  server.get<{ Params: { name: string; '*': string } }>('/log/:name/*', async (request, reply) => {
    const dir = Object.hasOwn(logs, request.params.name) ? logs[request.params.name] : undefined
    const path = request.params['*']
    if (dir === undefined || !(checkpoint.test(path) || tile.test(path))) throw new SelvageError('request.not_found')
    const file = join(dir, path)
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile()) throw new SelvageError('request.not_found')
    const text = checkpoint.test(path)
    reply
      .type(text ? 'text/plain; charset=utf-8' : 'application/octet-stream')
      .header('cache-control', text ? 'no-cache' : 'public, max-age=31536000, immutable')
      .header('content-length', found.size)
    return reply.send(createReadStream(file))
  })
}
