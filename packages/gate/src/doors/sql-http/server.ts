import { errorTable, SelvageError } from '@selvage/kernel/model'
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Gate } from '../../ports.ts'
import { asSelvageError, problemOf } from '../../problem.ts'
import type { Sync } from '../../sync/index.ts'
import { bundleRoutes } from './bundles.ts'
import { logRoutes } from './logs.ts'
import { openApi } from './openapi.ts'
import { productRoutes } from './products.ts'
import { sqlRoute } from './sql.ts'
import { whoSawRoute } from './who-saw.ts'
import { whyRoute } from './why.ts'

const headerBytes = 32_768

/** The door "SQL over HTTP" (DESIGN section 12). */
export function createDoor(gate: Gate, sync: Sync): FastifyInstance {
  const { limits } = gate.config
  const server = fastify({
    bodyLimit: limits.requestBytes,
    requestTimeout: 30_000,
    keepAliveTimeout: 30_000,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: headerBytes },
    frameworkErrors: (error, _request, reply) => tell(gate, reply, translate(error)),
  })
  server.server.maxConnections = limits.connections
  server.setErrorHandler((error, _request, reply) => tell(gate, reply, translate(error)))
  server.setNotFoundHandler((_request, reply) => tell(gate, reply, new SelvageError('request.not_found')))
  server.addHook('onRequest', async request => oneHost(request))
  server.addHook('onResponse', async (request, reply) => gate.telemetry.told(request.routeOptions.url ?? 'none', String(reply.statusCode)))

  server.get('/livez', () => ({ live: true }))
  server.get('/readyz', (_request, reply) => {
    const { ready, why } = sync.readiness()
    return reply.code(ready ? 200 : 503).send(why === undefined ? { ready } : { ready, why })
  })
  server.get('/openapi.json', () => openApi)
  server.get('/metrics', (request, reply) => {
    reply.hijack()
    gate.telemetry.serve(request.raw, reply.raw)
  })
  sqlRoute(server, gate)
  whyRoute(server, gate)
  productRoutes(server, gate)
  whoSawRoute(server, gate)
  bundleRoutes(server, sync)
  logRoutes(server, { audit: gate.auditDir })
  return server
}

export function tell(gate: Gate, reply: FastifyReply, error: SelvageError): FastifyReply {
  const ref = gate.random(8).toString('hex')
  const problem = problemOf(error, ref)
  gate.log(problem.status >= 500 ? 'request.failed' : 'request.refused', { ref, code: error.code, cause: describeCause(error) })
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  if (errorTable[error.code].retry) reply.header('retry-after', '1')
  return reply.code(problem.status).header('cache-control', 'no-store').type('application/problem+json').send(problem)
}

/** For the operator's log. Engine text may name hidden things, so it goes nowhere else. */
const describeCause = ({ options: { cause } }: SelvageError): unknown => (cause instanceof Error ? (cause.stack ?? cause.message) : cause)

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

function oneHost(request: FastifyRequest): void {
  const { rawHeaders } = request.raw
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  if (hosts.length !== 1) throw new SelvageError('request.header', { detail: 'Send exactly one Host header.' })
}
