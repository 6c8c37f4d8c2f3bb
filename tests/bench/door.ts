import { Agent, type IncomingMessage, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 128 })

export interface Told {
  /** Milliseconds until the first byte of the answer's body, and until its last. */
  readonly first: number
  readonly whole: number
  readonly bytes: number
}

/** Asks as a client does that keeps its connections. Throws what is no answer. */
export function post(url: string, token: string, body: object, accept = 'application/json'): Promise<Told> {
  const text = JSON.stringify(body)
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    accept,
  }
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, reply => read(reply, started).then(resolve, reject))
    sent.on('error', reject)
    sent.end(text)
  })
}

async function read(reply: IncomingMessage, started: number): Promise<Told> {
  let first = 0
  let bytes = 0
  for await (const part of reply as AsyncIterable<Buffer>) {
    if (bytes === 0) first = performance.now() - started
    bytes += part.length
    if (reply.statusCode !== 200) throw new Error(`${reply.statusCode} ${part}`)
  }
  return { first, whole: performance.now() - started, bytes }
}
