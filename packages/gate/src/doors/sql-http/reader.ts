import type { FastifyReply } from 'fastify'
import type { Reader } from '../../pipeline.ts'

/** Whoever takes this answer. */
export function readerOf(reply: FastifyReply): Reader {
  const { raw } = reply
  const gone = new AbortController()
  if (raw.destroyed) gone.abort()
  const left = new Promise<void>(resolve => {
    if (raw.destroyed) resolve()
    raw.once('close', () => {
      if (!raw.writableFinished) gone.abort()
      resolve()
    })
  })
  return { gone: gone.signal, left, cut: () => void raw.destroy() }
}
