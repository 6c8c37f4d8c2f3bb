import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { SmallMesh } from '../conformance/gate/small-mesh.ts'

export interface Said {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly code: string | undefined
  readonly text: string
}

/** An answer whose head has come and whose rows are read only when somebody asks. */
export interface Unread {
  readonly status: number
  readonly leave: () => void
  /** The rest of it. */
  readonly read: () => Promise<string>
}

/** One subject's way to one gate, with as many connections as it likes. */
export class Client {
  readonly #mesh: SmallMesh
  readonly #token: string

  constructor(mesh: SmallMesh, claims: Readonly<Record<string, unknown>>) {
    this.#mesh = mesh
    this.#token = mesh.token(claims)
  }

  async ask(sql: string, path = '/v1/sql'): Promise<Said> {
    const { reply } = this.#send(sql, path)
    const answer = await reply
    const text = await read(answer)
    const retryAfter = answer.headers['retry-after']
    return { status: answer.statusCode ?? 0, retryAfter, code: codeOf(text), text }
  }

  async open(sql: string, accept?: string): Promise<Unread> {
    const { sent, reply } = this.#send(sql, '/v1/sql', accept)
    const answer = await reply
    return { status: answer.statusCode ?? 0, leave: () => void sent.destroy(), read: () => read(answer) }
  }

  #send(sql: string, path: string, accept = 'application/x-ndjson'): { sent: ClientRequest; reply: Promise<IncomingMessage> } {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json', accept }
    const sent = request(new URL(path, this.#mesh.door.url), { method: 'POST', agent: false, headers })
    const reply = new Promise<IncomingMessage>((resolve, reject) => void sent.once('response', resolve).once('error', reject))
    reply.catch(() => undefined)
    sent.on('error', () => undefined)
    sent.end(JSON.stringify({ sql, purpose: 'analytics' }))
    return { sent, reply }
  }
}

async function read(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  try {
    for await (const part of answer) parts.push(part as Buffer)
  } catch {
    // Cut short: what came is what is judged.
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Of a problem document, or of the trailer of rows that were cut. */
const codeOf = (text: string): string | undefined => /"code":"([a-z_]+\.[a-z_]+)"/.exec(text.trim().split('\n').at(-1) ?? '')?.[1]
