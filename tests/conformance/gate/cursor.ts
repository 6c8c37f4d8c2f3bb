import { type IncomingMessage, request } from 'node:http'
import type { SmallMesh } from './small-mesh.ts'

const many = Array.from({ length: 16 }, (_, i) => `lab.shop.orders o${i}`).join(', ')
/** 43 million rows: they do not end by themselves in the time of a test. */
export const endless = `SELECT o0.id, o1.country, o2.id AS other FROM ${many}`
/** 1.6 million: more than all buffers between a gate and a client hold. */
export const long = `SELECT o0.id, o1.country, o2.id AS other FROM ${many} LIMIT 1600000`

interface CursorOptions {
  readonly authorization?: string
  readonly dpop?: string
  readonly accept?: string
  /** The handle of a session, in place of a purpose; undefined where it came in `authorization`. */
  readonly session?: string | undefined
}

/** Rows of one statement, read when the test says so. */
export class Cursor {
  bytes = 0
  readonly #answer: IncomingMessage
  readonly #leave: () => void
  #tail = ''
  /** When the last byte came, and the answer was over. */
  readonly over: Promise<number>

  private constructor(answer: IncomingMessage, leave: () => void) {
    this.#answer = answer
    this.#leave = leave
    this.over = new Promise(resolve => {
      answer.once('close', () => resolve(performance.now()))
    })
  }

  static async open(mesh: SmallMesh, sql: string, more: CursorOptions = {}): Promise<Cursor> {
    const { authorization = `Bearer ${mesh.token()}`, dpop, accept = 'application/x-ndjson' } = more
    const headers = { authorization, ...(dpop === undefined ? {} : { dpop }), 'content-type': 'application/json', accept }
    const sent = request(new URL('/v1/sql', mesh.door.url), { method: 'POST', agent: false, headers })
    sent.on('error', () => undefined)
    const answer = new Promise<IncomingMessage>((resolve, reject) => void sent.once('response', resolve).once('error', reject))
    sent.end(JSON.stringify({ sql, ...('session' in more ? { session: more.session } : { purpose: 'analytics' }) }))
    return new Cursor(await answer, () => void sent.destroy())
  }

  read(): this {
    this.#answer.on('data', (part: Buffer) => {
      this.bytes += part.length
      this.#tail = (this.#tail + part.toString('latin1')).slice(-8_192)
    })
    return this
  }

  leave(): void {
    this.#leave()
  }

  get status(): number | undefined {
    return this.#answer.statusCode
  }

  /** Of a document that was cut short, it is false. */
  get whole(): boolean {
    return this.#answer.complete
  }

  /** A little of what has come, and then nothing more. */
  async sip(): Promise<void> {
    for (let part: Buffer | null = null; part === null; part = this.#answer.read(1_000) as Buffer | null)
      if (part === null) await new Promise(resolve => void this.#answer.once('readable', resolve))
  }

  /** The last line, once all is read. */
  async trailer(): Promise<{ error?: { code: string; detail?: string }; rows?: number }> {
    await this.over
    return JSON.parse(this.#tail.trim().split('\n').at(-1)!) as { error?: { code: string }; rows?: number }
  }
}
