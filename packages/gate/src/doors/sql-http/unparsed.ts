import { type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type Code, problemOf, SelvageError } from '@selvage/kernel/model'
import type { Gate } from '../../ports.ts'

const codes: Readonly<Record<string, Code>> = { HPE_HEADER_OVERFLOW: 'request.header_too_large' }

const replies = new WeakMap<Socket, ServerResponse>()

export function watchAnswers(server: Server): void {
  server.on('request', ({ socket }, reply) => replies.set(socket, reply))
}

/** Whether a second text would stand in the midst of an answer, or behind the last one. */
function isAnswered(socket: Socket): boolean {
  const reply = replies.get(socket)
  return reply?.headersSent === true && (!reply.writableFinished || /close/i.test(reply.req.headers.connection ?? ''))
}

/** What Node's HTTP parser refuses never becomes a request: the answer is written to the socket, which is then closed. */
export function refuseUnparsed(gate: Gate, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswered(socket)) {
    socket.destroy()
    return
  }
  const ref = gate.random(8).toString('hex')
  const code = codes[error.code ?? ''] ?? 'request.malformed'
  gate.log('request.refused', { ref, code, cause: { code: error.code } })
  const problem = problemOf(new SelvageError(code), ref)
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
