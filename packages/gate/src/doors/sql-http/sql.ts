import { Readable } from 'node:stream'
import { SelvageError } from '@selvage/kernel/model'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseSqlRequest } from '../../decide/request.ts'
import { answer, type Released } from '../../pipeline.ts'
import type { Gate } from '../../ports.ts'
import { asSelvageError, problemOf } from '../../problem.ts'
import { recordEnded } from '../../record/index.ts'

const ndjson = 'application/x-ndjson'

export function sqlRoute(server: FastifyInstance, gate: Gate): void {
  server.post('/v1/sql', async (request, reply) => {
    const media = mediaOf(request)
    const gone = goneSignal(reply)
    const released = await answer(gate, {
      rawHeaders: request.raw.rawHeaders,
      request: parseSqlRequest(request.body, gate.config.limits),
      separator: media === ndjson ? '\n' : ',',
      signal: gone,
    })
    reply.header('cache-control', 'no-store').type(media)
    return media === ndjson ? reply.send(Readable.from(lines(gate, released))) : reply.send(await whole(gate, released))
  })
}

function mediaOf(request: FastifyRequest): 'application/json' | typeof ndjson {
  const accept = request.headers.accept ?? '*/*'
  const wanted = accept.split(',').map(part => part.split(';')[0]?.trim().toLowerCase())
  if (wanted.includes(ndjson)) return ndjson
  if (wanted.some(type => type === '*/*' || type === 'application/*' || type === 'application/json')) return 'application/json'
  throw new SelvageError('request.media_type')
}

/** Aborts when the client goes away before it has its whole answer. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}

const head = (
  { columns, receipt }: Released,
  statement: string,
): { statement: string; columns: Released['columns'] } & Pick<Released, 'receipt'> => ({ statement, columns, receipt })

/** A header line, one array per row, a trailer line. A failure after the header is told in the trailer. */
async function* lines(gate: Gate, released: Released): AsyncGenerator<Uint8Array | string> {
  yield `${JSON.stringify(head(released, gate.random(8).toString('hex')))}\n`
  let last: string
  let finished = false
  try {
    let any = false
    for await (const part of released.executed.running.rows) {
      if (any) yield '\n'
      any = true
      yield part
    }
    const { rows } = await ended(gate, released)
    last = `${any ? '\n' : ''}${JSON.stringify({ rows, receipt: released.receipt })}\n`
    finished = true
  } catch (error) {
    finished = true
    const problem = await failed(gate, released, error)
    last = `\n${JSON.stringify({ error: problem, receipt: released.receipt })}\n`
  } finally {
    // The reader went away: the generator is returned, not finished.
    if (!finished) {
      await released.executed.cancel()
      await failed(gate, released, new SelvageError('engine.cancelled'))
    }
  }
  yield last
}

async function whole(gate: Gate, released: Released): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const part of released.executed.running.rows) {
      bytes += part.length
      if (bytes > gate.config.limits.documentBytes) throw new SelvageError('limit.rows')
      if (parts.length > 0) parts.push(comma)
      parts.push(part)
    }
    await ended(gate, released)
  } catch (error) {
    await released.executed.cancel()
    await failed(gate, released, error)
    throw error
  }
  const { statement, columns, receipt } = head(released, gate.random(8).toString('hex'))
  const start = `{"statement":${JSON.stringify(statement)},"columns":${JSON.stringify(columns)},"rows":[`
  return Buffer.concat([Buffer.from(start), ...parts, Buffer.from(`],"receipt":${JSON.stringify(receipt)}}`)])
}

const comma = Buffer.from(',')

async function ended(gate: Gate, released: Released): Promise<{ rows: number }> {
  const done = await released.executed.running.done
  await recordEnded(gate, released.identified, released.receipt, done)
  gate.telemetry.released(done.rows, done.bytes)
  return done
}

async function failed(gate: Gate, released: Released, error: unknown): Promise<ReturnType<typeof problemOf>> {
  const refusal = asSelvageError(error)
  await recordEnded(gate, released.identified, released.receipt, { code: refusal.code, rows: 0, bytes: 0, ms: 0 }).catch(() => undefined)
  const ref = gate.random(8).toString('hex')
  gate.log('statement.failed', { ref, code: refusal.code, cause: String(refusal.options.cause ?? '') })
  return problemOf(refusal, ref)
}
