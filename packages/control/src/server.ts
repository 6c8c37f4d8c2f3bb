import { maxBundleLength } from '@selvage/bundle'
import { errorTable, SelvageError } from '@selvage/kernel/model'
import fastify, { type FastifyInstance } from 'fastify'
import type { Centre } from './centre.ts'

/** The administration point on the wire. It hands out what is signed and can sign nothing but freshness. */
export function createServer(centre: Centre): FastifyInstance {
  const server = fastify({ bodyLimit: maxBundleLength * 2, requestTimeout: 30_000, forceCloseConnections: 'idle' })
  // An envelope is kept and passed on byte by byte, so it is read as text whatever it says it is.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))

  server.setErrorHandler((error, _request, reply) => {
    const problem = error instanceof SelvageError ? error : new SelvageError('request.malformed', { cause: error })
    const { http, title, help } = errorTable[problem.code]
    return reply
      .code(http)
      .type('application/problem+json')
      .send({
        type: `urn:selvage:error:${problem.code}`,
        title,
        status: http,
        code: problem.code,
        detail: problem.options.detail ?? title,
        help,
      })
  })

  server.get('/livez', () => ({ live: true }))
  server.get('/readyz', (_request, reply) =>
    reply.code(centre.current() === undefined ? 503 : 200).send({ ready: centre.current() !== undefined }),
  )

  server.get('/v1/bundles/centre', (request, reply) => {
    const held = centre.current()
    if (held === undefined) throw new SelvageError('policy.missing')
    const etag = `"${held.bundle.digest}"`
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    return reply.header('etag', etag).type('application/json').send(held.envelope)
  })

  server.put('/v1/bundles/centre', request => {
    if (typeof request.body !== 'string') throw new SelvageError('request.malformed')
    const { version, digest } = centre.replace(request.body)
    return { version, digest }
  })

  server.get('/v1/freshness', (_request, reply) =>
    reply.header('cache-control', 'no-store').type('application/json').send(centre.freshness()),
  )
  return server
}
