import { randomBytes } from 'node:crypto'
import { maxBundleLength } from '@selvage/bundle'
import { asSelvageError, errorTable, findForeign, problemOf, SelvageError } from '@selvage/kernel/model'
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import type { Centre } from './centre.ts'

/** An event name with attributes. Never a secret. */
export type Log = (event: string, attributes: object) => void

/** Envelopes taken at once: whoever sends one has not proven anything before its last byte. */
const uploadsAtOnce = 4
const connections = 1_024

/** The administration point on the wire. It hands out what is signed and can sign nothing but freshness. */
export function createServer(centre: Centre, log: Log, hosts: readonly string[] = []): FastifyInstance {
  const server = fastify({
    bodyLimit: maxBundleLength * 2,
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // A missing Host is refused below, in our own words.
    http: { requireHostHeader: false },
    frameworkErrors: (error, _request, reply) => tell(log, reply, translate(error)),
  })
  server.server.maxConnections = connections
  // An envelope is kept and passed on byte by byte, so it is read as text whatever it says it is.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  server.setErrorHandler((error, _request, reply) => tell(log, reply, translate(error)))
  refuseForeign(server, hosts)
  refuseUnknown(server)

  server.get('/livez', () => ({ live: true }))
  server.get('/readyz', (_request, reply) =>
    reply.code(centre.current() === undefined ? 503 : 200).send({ ready: centre.current() !== undefined }),
  )
  bundleRoutes(server, centre)
  server.get('/v1/freshness', (_request, reply) =>
    reply.header('cache-control', 'no-store').type('application/json').send(centre.freshness()),
  )
  return server
}

function bundleRoutes(server: FastifyInstance, centre: Centre): void {
  server.get('/v1/bundles/centre', (request, reply) => {
    const held = centre.current()
    if (held === undefined) throw new SelvageError('policy.missing')
    const etag = `"${held.bundle.digest}"`
    reply.header('etag', etag).header('cache-control', 'no-cache')
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    return reply.type('application/json').send(held.envelope)
  })

  let uploads = 0
  const onRequest = async (_request: unknown, reply: FastifyReply): Promise<void> => {
    if (uploads >= uploadsAtOnce) throw new SelvageError('limit.busy')
    uploads += 1
    reply.raw.once('close', () => {
      uploads -= 1
    })
  }
  server.put('/v1/bundles/centre', { onRequest }, request => {
    if (typeof request.body !== 'string') throw new SelvageError('request.malformed')
    const { version, digest } = centre.replace(request.body)
    return { version, digest }
  })
}

/** Before anything else is looked at, at every address: another name than ours, or a web page of another origin. */
function refuseForeign(server: FastifyInstance, hosts: readonly string[]): void {
  server.addHook('onRequest', async ({ headers, socket }) => {
    const foreign = findForeign({ host: headers.host, origin: headers.origin }, { port: socket.localPort ?? 0, hosts })
    if (foreign !== undefined) throw new SelvageError(foreign)
  })
}

/** Before a body is read: an address that exists says which methods it takes. */
function refuseUnknown(server: FastifyInstance): void {
  const methods = new Map<string, string[]>()
  server.addHook('onRoute', ({ method, url }) => void methods.set(url, [...(methods.get(url) ?? []), ...[method].flat()]))
  server.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    const taken = methods.get(request.url.split('?', 1)[0] ?? '')
    if (taken === undefined) throw new SelvageError('request.not_found')
    reply.header('allow', taken.sort().join(', '))
    throw new SelvageError('request.method')
  })
}

function tell(log: Log, reply: FastifyReply, error: SelvageError): FastifyReply {
  const problem = problemOf(error, randomBytes(8).toString('hex'))
  const { name, code } = (error.options.cause ?? {}) as NodeJS.ErrnoException
  log(problem.status >= 500 ? 'request.failed' : 'request.refused', { ref: problem.ref, code: problem.code, cause: { name, code } })
  if (errorTable[error.code].retry) reply.header('retry-after', '1')
  return reply.code(problem.status).header('cache-control', 'no-store').type('application/problem+json').send(problem)
}

/** What the framework refuses is the sender's; anything else that is not ours by name is a fault of ours. */
function translate(error: unknown): SelvageError {
  if (error instanceof SelvageError) return error
  const { code, statusCode = 500 } = error as Partial<FastifyError>
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new SelvageError('policy.too_large', { cause: error })
  return statusCode < 500 ? new SelvageError('request.malformed', { cause: error }) : asSelvageError(error)
}
