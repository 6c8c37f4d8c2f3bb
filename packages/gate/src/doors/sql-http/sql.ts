import { Readable } from 'node:stream'
import { asSelvageError, problemOf, SelvageError } from '@selvage/kernel/model'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { describeCause } from '../../cause.ts'
import { parseSqlRequest } from '../../decide/request.ts'
import { answer, type Released } from '../../pipeline.ts'
import type { Gate } from '../../ports.ts'
import { recordEnded } from '../../record/index.ts'
import type { Admission } from './admission.ts'
import { Documents } from './documents.ts'
import { readerOf } from './reader.ts'

const ndjson = 'application/x-ndjson'

export function sqlRoute(server: FastifyInstance, gate: Gate, admission: Admission): void {
  const open = new Set<Promise<unknown>>()
  const documents = new Documents(gate.config.limits)
  // When the door closes, the end of each statement is still to be recorded.
  server.addHook('onClose', async () => void (await Promise.allSettled(open)))
  const untilClosed = <T>(work: Promise<T>): Promise<T> => {
    open.add(work)
    const settled = (): void => void open.delete(work)
    work.then(settled, settled)
    return work
  }

  server.post('/v1/sql', { onRequest: admission.admit }, async (request, reply) => {
    const media = mediaOf(request)
    const reader = readerOf(reply)
    const released = await untilClosed(
      answer(gate, {
        sender: admission.senderOf(request),
        request: parseSqlRequest(request.body, gate.config.limits),
        separator: media === ndjson ? '\n' : ',',
        reader,
      }),
    )
    reply.header('cache-control', 'no-store').type(media)
    if (media !== ndjson) {
      const take = documents.open(released.identified.who.subject.id, reader.left)
      return reply.send(await untilClosed(whole(gate, released, take)))
    }
    let onEnd: () => void = () => undefined
    void untilClosed(
      new Promise<void>(resolve => {
        onEnd = resolve
      }),
    )
    // One part ahead, no more: what stands in here leaves, whatever becomes of the statement.
    const stream = Readable.from(linesOf(gate, released, onEnd), { highWaterMark: 1 })
    // A client that left before this is one that no stream will tell us of: it is ended here, and no fault of ours.
    if (reader.gone.aborted) {
      stream.destroy()
      throw new SelvageError('engine.cancelled')
    }
    return reply.send(stream)
  })
}

const givenFor: Readonly<Record<string, 'application/json' | typeof ndjson>> = {
  [ndjson]: ndjson,
  'application/json': 'application/json',
  'application/*': 'application/json',
  '*/*': 'application/json',
}

/** The one that the client would rather have (RFC 9110 section 12.5.1); the first named of two that it likes equally. */
function mediaOf(request: FastifyRequest): 'application/json' | typeof ndjson {
  const ranges = (request.headers.accept ?? '*/*').split(',').map(part => {
    const [type = '', ...settings] = part.split(';').map(piece => piece.trim().toLowerCase())
    const weight = settings.find(setting => setting.startsWith('q='))
    return { given: Object.hasOwn(givenFor, type) ? givenFor[type] : undefined, weight: weight === undefined ? 1 : Number(weight.slice(2)) }
  })
  const best = ranges.filter(({ given, weight }) => given !== undefined && weight > 0).sort((a, b) => b.weight - a.weight)[0]
  if (best?.given === undefined) throw new SelvageError('request.media_type')
  return best.given
}

const head = (
  { columns, receipt }: Released,
  statement: string,
): { statement: string; columns: Released['columns'] } & Pick<Released, 'receipt'> => ({ statement, columns, receipt })

/**
 * A header line, one array per row, a trailer line. A failure after the header is told in the trailer. The reader may
 * go away before it asks for the first line, when a generator's `finally` would not run: `return` ends it in any case.
 */
function linesOf(gate: Gate, released: Released, onEnd: () => void): AsyncIterable<Uint8Array | string> {
  const source = lines(gate, released)
  let started = false
  const next = async (): Promise<IteratorResult<Uint8Array | string>> => {
    started = true
    const result = await source.next().catch(error => {
      onEnd()
      throw error
    })
    if (result.done === true) onEnd()
    return result
  }
  const leave = async (): Promise<IteratorResult<Uint8Array | string>> => {
    if (!started) await next()
    return source.return(undefined).finally(onEnd)
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: leave }) }
}

async function* lines(gate: Gate, released: Released): AsyncGenerator<Uint8Array | string> {
  let last: string
  let finished = false
  let bytes = 0
  let told: ReturnType<typeof failed> | undefined
  const fail = (error: unknown): ReturnType<typeof failed> => {
    told ??= failed(gate, released, error, bytes)
    return told
  }
  // Entered when it ends, though its reader may pause.
  released.executed.running.done.catch(error => void fail(error))
  try {
    yield `${JSON.stringify(head(released, gate.random(8).toString('hex')))}\n`
    for await (const part of released.executed.running.rows) {
      if (bytes > 0) yield '\n'
      bytes += part.length
      yield part
    }
    const { rows } = await ended(gate, released)
    last = `${bytes > 0 ? '\n' : ''}${JSON.stringify({ rows, receipt: released.receipt })}\n`
    finished = true
  } catch (error) {
    finished = true
    const problem = await fail(error)
    last = `${bytes > 0 ? '\n' : ''}${JSON.stringify({ error: problem, receipt: released.receipt })}\n`
  } finally {
    // The reader went away: the generator is returned, not finished.
    if (!finished) {
      await released.executed.cancel()
      await fail(new SelvageError('engine.cancelled'))
    }
  }
  yield last
}

/** @param take is told of the bytes that are gathered, and may refuse them */
async function whole(gate: Gate, released: Released, take: (bytes: number) => void): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const part of released.executed.running.rows) {
      bytes += part.length
      if (bytes > gate.config.limits.documentBytes) throw new SelvageError('limit.rows')
      take(part.length)
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

/** `bytes` of rows had left by then. */
async function failed(gate: Gate, released: Released, error: unknown, bytes = 0): Promise<ReturnType<typeof problemOf>> {
  const refusal = asSelvageError(error)
  await recordEnded(gate, released.identified, released.receipt, { code: refusal.code, bytes }).catch(() => undefined)
  const ref = gate.random(8).toString('hex')
  gate.log('statement.failed', { ref, code: refusal.code, cause: describeCause(refusal) })
  return problemOf(refusal, ref)
}
