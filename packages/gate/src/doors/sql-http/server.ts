import type { Server } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import { asSelvageError, errorTable, findForeign, problemOf, SelvageError } from '@selvage/kernel/model'
import fastify, {
  type FastifyError,
  type FastifyHttpOptions,
  type FastifyHttpsOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { describeCause } from '../../cause.ts'
import type { Gate } from '../../ports.ts'
import type { Signals } from '../../signals/index.ts'
import type { Sync } from '../../sync/index.ts'
import { Addresses } from './addresses.ts'
import { openAdmission } from './admission.ts'
import { bundleRoutes } from './bundles.ts'
import { challengeOf } from './challenge.ts'
import { deviceRoutes } from './devices.ts'
import { logRoutes } from './logs.ts'
import { openApi } from './openapi.ts'
import { oversightRoutes } from './oversight.ts'
import { productRoutes } from './products.ts'
import { replayRoute } from './replay.ts'
import { sessionRoutes } from './sessions.ts'
import { signalRoute } from './signals.ts'
import { sqlRoute } from './sql.ts'
import { readTls } from './tls.ts'
import { refuseUnparsed, watchAnswers } from './unparsed.ts'
import { whoSawRoute } from './who-saw.ts'
import { whoamiRoute } from './whoami.ts'
import { whyRoute } from './why.ts'

/** Milliseconds that answers under way have to finish when the gate stops. */
const stopPatience = 5_000

/** The door "SQL over HTTP" (DESIGN section 12). */
export function createDoor(gate: Gate, sync: Sync, signals: Pick<Signals, 'admit' | 'receive'>): FastifyInstance {
  const { limits, tls } = gate.config
  const http = {
    maxHeaderSize: limits.headerBytes,
    requireHostHeader: false,
    headersTimeout: limits.headerMs,
    connectionsCheckingInterval: 1_000,
  }
  const server = listenerOf({
    bodyLimit: limits.requestBytes,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionTimeout: limits.silentMs,
    forceCloseConnections: 'idle',
    // What was sent on a connection that is kept alive is answered as usual: the framework's own refusal is no problem document.
    return503OnClosing: false,
    // A missing Host is refused below, in our own words.
    ...(tls === undefined ? { http } : { https: { ...http, ...readTls(tls), handshakeTimeout: limits.headerMs } }),
    clientErrorHandler: (error, socket) => refuseUnparsed(gate, error, socket),
    frameworkErrors: (error, _request, reply) => tell(gate, reply, translate(error)),
  })
  watchAnswers(server.server)
  // Answers that are under way may finish; after this the clients are cut off, which cancels and records.
  server.addHook('preClose', async () => void setTimeout(() => server.server.closeAllConnections(), stopPatience).unref())
  server.server.maxConnections = limits.connections
  server.setErrorHandler((error, _request, reply) => tell(gate, reply, translate(error)))
  server.setNotFoundHandler((_request, reply) => tell(gate, reply, new SelvageError('request.not_found')))
  const addresses = new Addresses()
  server.addHook('onRoute', ({ method, url }) => addresses.add(url, [method].flat()))
  server.addHook('onRequest', async (request, reply) => {
    oneHost(request)
    refuseForeign(request, gate.config.hosts)
    if (request.is404) refuseMethod(reply, addresses.methodsAt(request.url))
  })
  server.addHook('onResponse', async (request, reply) => gate.telemetry.told(request.routeOptions.url ?? 'none', String(reply.statusCode)))

  server.get('/livez', () => ({ live: true }))
  server.get('/readyz', (_request, reply) => {
    const { ready, why } = sync.readiness()
    // No names: it is told to anybody.
    const degraded = gate.standing.silent().length === 0 ? {} : { degraded: ['signals-stale'] }
    return reply.code(ready ? 200 : 503).send({ ready, ...(why === undefined ? {} : { why }), ...degraded })
  })
  server.get('/openapi.json', () => openApi)
  server.get('/metrics', (request, reply) => {
    reply.hijack()
    gate.telemetry.serve(request.raw, reply.raw)
  })
  const admission = openAdmission(gate)
  sqlRoute(server, gate, admission)
  whyRoute(server, gate, admission)
  sessionRoutes(server, gate, admission)
  whoamiRoute(server, gate, admission)
  productRoutes(server, gate, admission)
  whoSawRoute(server, gate, admission)
  oversightRoutes(server, gate, admission)
  replayRoute(server, gate, admission)
  bundleRoutes(server, sync)
  deviceRoutes(server, gate)
  signalRoute(server, gate, signals)
  logRoutes(server, { audit: gate.auditDir })
  return server
}

/** Over TLS it is another class, with all that the door uses of a plain one. */
const listenerOf = (options: FastifyHttpOptions<Server> | FastifyHttpsOptions<TlsServer>): FastifyInstance =>
  fastify(options as FastifyHttpOptions<Server>)

export function tell(gate: Gate, reply: FastifyReply, error: SelvageError): FastifyReply {
  const ref = gate.random(8).toString('hex')
  const problem = problemOf(error, ref)
  gate.log(problem.status >= 500 ? 'request.failed' : 'request.refused', { ref, code: error.code, cause: describeCause(error) })
  const challenge = challengeOf(error.code)
  if (challenge !== undefined) reply.header('www-authenticate', challenge)
  if (error.code === 'identity.nonce') reply.header('dpop-nonce', gate.sender.nonce())
  if (errorTable[error.code].retry) reply.header('retry-after', String(error.options.retryAfter ?? 1))
  return reply.code(problem.status).header('cache-control', 'no-store').type('application/problem+json').send(problem)
}

const codesOfFramework: Readonly<Record<string, ConstructorParameters<typeof SelvageError>[0]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request.too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'request.malformed',
}

function translate(error: unknown): SelvageError {
  const { code, statusCode } = error as Partial<FastifyError>
  if (error instanceof SelvageError) return error
  const known = codesOfFramework[code ?? '']
  if (known !== undefined) return new SelvageError(known, { cause: error })
  return statusCode !== undefined && statusCode < 500 ? new SelvageError('request.malformed', { cause: error }) : asSelvageError(error)
}

/** Before the body is read: an address that exists says which methods it takes. */
function refuseMethod(reply: FastifyReply, methods: readonly string[]): void {
  if (methods.length === 0) throw new SelvageError('request.not_found')
  reply.header('allow', methods.join(', '))
  throw new SelvageError('request.method', { help: `This address takes ${methods.join(', ')}.` })
}

function oneHost(request: FastifyRequest): void {
  const { rawHeaders } = request.raw
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  if (hosts.length !== 1) throw new SelvageError('request.header', { detail: 'Send exactly one Host header.' })
}

/** Before anything else is looked at, at every address. */
function refuseForeign({ headers, socket }: FastifyRequest, hosts: readonly string[]): void {
  const foreign = findForeign({ host: headers.host, origin: headers.origin }, { port: socket.localPort ?? 0, hosts })
  if (foreign !== undefined) throw new SelvageError(foreign)
}
