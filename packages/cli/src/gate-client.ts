import { type IncomingMessage, request } from 'node:http'
import { z } from 'zod'
import { CommandError } from './exit.ts'
import type { Caller } from './identity.ts'
import { linesOf } from './lines.ts'
import type { ProofRequest } from './proof-key.ts'
import type { Cell } from './text.ts'

const problemShape = z.looseObject({
  code: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  help: z.string(),
  ref: z.string(),
  position: z.object({ line: z.number(), column: z.number() }).optional(),
  rules: z.array(z.object({ id: z.string(), reason: z.string().optional() })).optional(),
})
export type Problem = z.infer<typeof problemShape>

const receiptShape = z.looseObject({ origin: z.string(), index: z.number(), leaf: z.string() })
const headShape = z.looseObject({
  statement: z.string(),
  columns: z.array(
    z.looseObject({
      name: z.string(),
      type: z.string(),
      protection: z.looseObject({ kind: z.string(), rule: z.string().optional(), reason: z.string().optional() }),
    }),
  ),
  receipt: receiptShape,
})
export type AnswerHead = z.infer<typeof headShape>
const trailerShape = z.union([z.looseObject({ error: problemShape }), z.looseObject({ rows: z.number(), receipt: receiptShape })])

/** A result as one document. */
export type Answer = AnswerHead & { readonly rows: readonly (readonly Cell[])[] }

/** `text`: as the gate wrote it, its numbers exact. */
export interface Row {
  readonly text: string
  readonly cells: readonly Cell[]
}

/** A result on its way: `rows` gives some at a time, and throws where it does not come to its end. */
export interface AnswerStream {
  readonly head: AnswerHead
  readonly rows: AsyncIterable<readonly Row[]>
}

interface Call {
  readonly gate: string
  /** POST unless given. */
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly caller: Caller
  readonly body?: object
}

/** One call of a gate. A refusal becomes a `CommandError` that says what the gate said; so does what is not of the shape. */
export async function callGate<T>(call: Call, shape: z.ZodType<T>): Promise<T> {
  const response = await open(call, 'application/json')
  // attacker-controlled: what answers at a gate's address.
  const value = shape.safeParse(jsonOf(await textOf(response)))
  if (!value.success) throw noGate(call.gate)
  return value.data
}

export async function streamAnswer(call: Call): Promise<AnswerStream> {
  const response = await open(call, 'application/x-ndjson')
  const batches = linesOf(response)
  const { value: first, done } = await batches.next()
  if (done === true) throw brokenOff(0)
  const head = headShape.safeParse(jsonOf(first[0]!))
  if (!head.success) throw noGate(call.gate)
  return { head: head.data, rows: rowsOf(first.slice(1), batches) }
}

async function* rowsOf(first: readonly string[], rest: AsyncIterable<readonly string[]>): AsyncGenerator<readonly Row[]> {
  let count = 0
  try {
    for (let lines = first, iterator = rest[Symbol.asyncIterator](); ; ) {
      const end = lines.findIndex(line => !line.startsWith('['))
      const rows = (end < 0 ? lines : lines.slice(0, end)).map(rowOf)
      count += rows.length
      if (rows.length > 0) yield rows
      if (end >= 0) return checkTrailer(lines[end]!, count)
      const next = await iterator.next()
      if (next.done === true) throw brokenOff(count)
      lines = next.value
    }
  } catch (error) {
    throw error instanceof CommandError ? error : brokenOff(count, error)
  }
}

/** Deeper than any type of a column. */
const maxRowDepth = 1_000

/** attacker-controlled: what answers at a gate's address. Throws where it is no row. */
function rowOf(text: string): Row {
  const cells = jsonOf(text, maxRowDepth)
  if (!Array.isArray(cells)) throw new TypeError('no row')
  return { text, cells: cells as readonly Cell[] }
}

function checkTrailer(line: string, count: number): void {
  const trailer = trailerShape.safeParse(jsonOf(line))
  if (!trailer.success) throw brokenOff(count)
  if ('error' in trailer.data) throw refusal(trailer.data.error as Problem, 'refused')
  if (trailer.data.rows !== count) throw brokenOff(count)
}

const brokenOff = (rows: number, cause?: unknown): CommandError =>
  new CommandError('unavailable', `the answer broke off after ${rows} ${rows === 1 ? 'row' : 'rows'}`, {
    help: 'The gate ended, or the connection to it. Ask again.',
    cause,
  })

/** To the first byte; a gate gives a statement less. */
const patience = 120_000

/** What a gate said, as it said it. */
export async function askGate(call: Call): Promise<{ readonly ok: boolean; readonly text: string }> {
  const response = await sendProven(call, 'application/json')
  return { ok: response.statusCode === 200, text: await textOf(response) }
}

/** RFC 9449 section 8: a gate gives its nonce to whoever asks without one. */
async function sendProven(call: Call, accept: string): Promise<IncomingMessage> {
  const first = await send(call, accept)
  const nonce = first.headers['dpop-nonce']
  if (first.statusCode !== 401 || typeof nonce !== 'string') return first
  first.resume()
  return send(call, accept, nonce)
}

async function open(call: Call, accept: string): Promise<IncomingMessage> {
  const response = await sendProven(call, accept)
  const media = response.headers['content-type'] ?? ''
  if ((response.statusCode === 200 || response.statusCode === 201) && media.startsWith(accept)) return response
  const problem = findProblem(await textOf(response))
  throw problem === undefined ? noGate(call.gate) : refusal(problem)
}

async function send({ gate, method = 'POST', path, caller, body }: Call, accept: string, nonce?: string): Promise<IncomingMessage> {
  const url = `${gate}${path}`
  const headers = { ...authorization(caller, { method, url, nonce }), accept, ...(body && { 'content-type': 'application/json' }) }
  return new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false })
    const late = setTimeout(() => sent.destroy(new Error('no answer')), patience)
    sent
      .once('response', resolve)
      .once('error', reject)
      .once('response', () => clearTimeout(late))
      .once('error', () => clearTimeout(late))
    sent.end(body && JSON.stringify(body))
  }).catch(cause => {
    throw new CommandError('unavailable', 'the gate cannot be reached', { help: 'Is `npm start` running?', cause })
  })
}

function authorization({ token, key }: Caller, request: Omit<ProofRequest, 'token'>): Record<string, string> {
  if (key === undefined) return { authorization: `Bearer ${token}` }
  return { authorization: `DPoP ${token}`, dpop: key.proof({ ...request, token }, Date.now()) }
}

const maxDocument = 64 * 1024 * 1024

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      length += part.length
      if (length > maxDocument) throw new RangeError('the answer is too long')
      parts.push(part)
    }
  } catch (cause) {
    throw new CommandError('unavailable', 'the answer broke off', { help: 'Ask again.', cause })
  }
  return Buffer.concat(parts).toString('utf8')
}

const noGate = (gate: string): CommandError =>
  new CommandError('unavailable', `what answers at ${gate} is no gate`, { help: 'Start the mesh again.' })

/** attacker-controlled: nested far deeper than an answer is, whatever reads or prints it would run out of stack. */
const maxDepth = 64

/** Undefined where it is no JSON, or nested too deeply. */
function jsonOf(text: string, depth = maxDepth): unknown {
  if (isDeeper(text, depth)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isDeeper(text: string, most: number): boolean {
  if (text.length <= most) return false
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length && depth <= most; at++) {
    const sign = text[at]
    if (quoted && sign === '\\') at += 1
    else if (sign === '"') quoted = !quoted
    else if (!quoted && (sign === '[' || sign === '{')) depth += 1
    else if (!quoted && (sign === ']' || sign === '}')) depth -= 1
  }
  return depth > most
}

/** The problem document that a gate or control gave; undefined where it is none. */
export function findProblem(text: string): Problem | undefined {
  const problem = problemShape.safeParse(jsonOf(text))
  return problem.success ? problem.data : undefined
}

/** What a gate cannot do now is `unavailable`; what it does not do is `refused`. */
export function refusal(problem: Problem, as?: 'refused'): CommandError {
  const place = problem.position === undefined ? '' : ` (line ${problem.position.line}, column ${problem.position.column})`
  const rules = (problem.rules ?? []).map(rule => `\n  rule ${rule.id}${rule.reason === undefined ? '' : `: ${rule.reason}`}`).join('')
  const exit = as ?? (problem.status === 502 || problem.status === 503 ? 'unavailable' : 'refused')
  return new CommandError(exit, `${problem.code}${place}: ${problem.detail}${rules}`, { help: problem.help, json: problem })
}
