import { maxEventLength } from '@selvage/identity'
import { errorTable, SelvageError } from '@selvage/kernel/model'
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import type { Gate } from '../../ports.ts'
import { RateBound } from '../../rate-bound.ts'
import type { Signals } from '../../signals/index.ts'
import { errOf } from '../../signals/rfc8935.ts'

const media = 'application/secevent+jwt'

/** Events that an issuer's transmitter pushes (RFC 8935). */
export function signalRoute(server: FastifyInstance, gate: Gate, signals: Pick<Signals, 'admit' | 'receive'>): void {
  const rate = new RateBound()
  server.register(async scope => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(media, { parseAs: 'string' }, (_request, body, done) => done(null, body))
    scope.setErrorHandler<FastifyError>((error, _request, reply) => {
      const refusal = refusalOf(error)
      const err = errOf(refusal.code)
      // What may be sent again is told as everything else is.
      if (err === undefined) throw refusal
      gate.log('signals.refused', { code: refusal.code, cause: String(refusal.options.cause) })
      const { http, title } = errorTable[refusal.code]
      if (http === 401) reply.header('www-authenticate', 'Bearer')
      return reply.code(http).header('cache-control', 'no-store').type('application/json').send({ err, description: title })
    })
    // Before a body is read: whoever sends it is the transmitter, and sends no more than a gate can look at.
    scope.addHook<{ Params: { issuer: string } }>('onRequest', async request => {
      const { issuer } = request.params
      signals.admit(issuer, oneAuthorization(request))
      if (!rate.take(issuer)) throw new SelvageError('limit.busy')
    })
    scope.post<{ Params: { issuer: string } }>('/v1/signals/:issuer', { bodyLimit: maxEventLength }, async (request, reply) => {
      if (typeof request.body !== 'string') throw new SelvageError('signal.malformed', { cause: 'no body' })
      await signals.receive(request.params.issuer, request.body)
      return reply.code(202).header('cache-control', 'no-store').send()
    })
  })
}

/** Undefined where there is none, or more than one: neither is the transmitter's. */
function oneAuthorization({ raw }: FastifyRequest): string | undefined {
  const { rawHeaders } = raw
  const values = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === 'authorization')
  return values.length === 1 ? values[0] : undefined
}

const malformed = new Set(['FST_ERR_CTP_BODY_TOO_LARGE', 'FST_ERR_CTP_INVALID_MEDIA_TYPE', 'FST_ERR_CTP_EMPTY_BODY'])

function refusalOf(error: FastifyError | SelvageError): SelvageError {
  if (error instanceof SelvageError) return error
  if (malformed.has(error.code)) return new SelvageError('signal.malformed', { cause: error.code })
  throw error
}
