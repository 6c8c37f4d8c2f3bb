import { Agent, type IncomingMessage, request } from 'node:http'
import { type DevMesh, policyEngineOfRun, selvage } from '../dev-mesh.ts'
import { until } from './random.ts'

export interface Receipt {
  readonly origin: string
  readonly index: number
  readonly leaf: string
}

export interface Statement {
  readonly gate: string
  readonly as: string
  readonly purpose: string
  readonly sql: string
  readonly media: 'application/json' | 'application/x-ndjson'
}

/** What came back, taken apart. `rows` is their text; of an answer that was cut, as far as it came. */
export type Answer =
  | { readonly kind: 'whole'; readonly columns: string; readonly rows: string; readonly count: number; readonly receipt: Receipt }
  | { readonly kind: 'cut'; readonly columns?: string; readonly rows: string; readonly receipt?: Receipt; readonly code?: string }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'senseless'; readonly what: string }

/** Far beyond what any of these statements takes, under any load. The official engine takes row after row, for one subject after the other. */
const answersWithin = policyEngineOfRun === 'wasm' ? 180_000 : 20_000

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

export async function tokenOf(mesh: DevMesh, login: string): Promise<string> {
  const { out, err } = await selvage(['token', '--as', login, '--state', mesh.state])
  if (out.trim() === '') throw new Error(err)
  return out.trim()
}

export function send(mesh: DevMesh, token: string, { gate, sql, purpose, media }: Statement): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: media }
  return new Promise(resolve => {
    const sent = request(
      new URL('/v1/sql', mesh.dev.gates[gate]!.http),
      { method: 'POST', agent, headers },
      reply => void read(reply).then(resolve),
    )
    sent.once('error', () => resolve({ kind: 'unreachable' }))
    setTimeout(() => {
      resolve({ kind: 'senseless', what: `no answer within ${answersWithin} ms` })
      sent.destroy()
    }, answersWithin).unref()
    sent.end(JSON.stringify({ sql, purpose }))
  })
}

async function read(reply: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = []
  let whole = true
  try {
    for await (const part of reply) parts.push(part as Buffer)
  } catch {
    whole = false
  }
  const text = Buffer.concat(parts).toString('utf8')
  const type = String(reply.headers['content-type'])
  try {
    if (type.startsWith('application/x-ndjson')) return fromLines(text, whole)
    if (!whole) return { kind: 'unreachable' }
    return type.startsWith('application/problem+json') ? refusal(text) : fromDocument(text)
  } catch (error) {
    return { kind: 'senseless', what: `${reply.statusCode} ${type} ${String(error)} ${text.slice(0, 200)}` }
  }
}

function refusal(text: string): Answer {
  const { code } = JSON.parse(text) as { code?: unknown }
  return typeof code === 'string' ? { kind: 'refused', code } : { kind: 'senseless', what: text.slice(0, 200) }
}

function fromDocument(text: string): Answer {
  const { columns, rows, receipt } = JSON.parse(text) as { columns: unknown; rows: unknown[]; receipt: Receipt }
  const lines = rows.map(row => JSON.stringify(row)).join('\n')
  return { kind: 'whole', columns: JSON.stringify(columns), rows: lines, count: rows.length, receipt }
}

function fromLines(text: string, whole: boolean): Answer {
  const first = text.indexOf('\n')
  if (first < 0) return { kind: 'cut', rows: '' }
  const { columns, receipt } = JSON.parse(text.slice(0, first)) as { columns: unknown; receipt: Receipt }
  const head = { columns: JSON.stringify(columns), receipt }
  const last = text.lastIndexOf('\n', text.length - 2)
  const trailer = text.endsWith('\n') && last >= first ? parseTrailer(text.slice(last + 1)) : undefined
  const rows = text.slice(first + 1, Math.max(trailer === undefined ? text.length : last, first + 1))
  if (trailer?.rows === undefined)
    return { kind: 'cut', ...head, rows, ...(trailer === undefined ? {} : { code: String(trailer.error?.code) }) }
  if (!whole || trailer.receipt.leaf !== receipt.leaf) return { kind: 'senseless', what: 'a trailer that does not close its answer' }
  return { kind: 'whole', ...head, rows, count: trailer.rows }
}

interface Trailer {
  readonly rows?: number
  readonly error?: { readonly code: string }
  readonly receipt: Receipt
}

const parseTrailer = (line: string): Trailer | undefined => (line.startsWith('{') ? (JSON.parse(line) as Trailer) : undefined)

/** A statement and its one right answer. */
export interface Question {
  readonly statement: Statement
  readonly right: { readonly columns: string; readonly rows: string } | { readonly code: string }
}

/** Undefined: right, or cut, or clearly refused for a reason that a fault explains. Else what is wrong with it. */
export function findWrong({ right }: Question, answer: Answer, excuses: ReadonlySet<string>): string | undefined {
  if (answer.kind === 'senseless') return answer.what
  if (answer.kind === 'unreachable') return undefined
  if (answer.kind === 'refused') {
    if ('code' in right && right.code === answer.code) return undefined
    return excuses.has(answer.code) ? undefined : `code ${answer.code}`
  }
  if ('code' in right) return 'rows where there is a refusal'
  if (answer.columns !== undefined && answer.columns !== right.columns) return `columns ${answer.columns}`
  if (answer.kind === 'whole') return answer.rows === right.rows ? undefined : `other rows: ${answer.rows.slice(0, 200)}`
  if (answer.code !== undefined && !excuses.has(answer.code)) return `trailer with code ${answer.code}`
  return right.rows.startsWith(answer.rows) || right.rows === answer.rows.trimEnd()
    ? undefined
    : `not a beginning: ${answer.rows.slice(-200)}`
}

export interface Seen {
  readonly wrong: string[]
  /** Of answers with rows, whole or cut. */
  readonly receipts: { readonly gate: string; readonly receipt: Receipt; readonly rows?: number }[]
  /** How many of each kind, with the code where there is one. */
  readonly counts: Record<string, number>
}

const tokenLife = 120_000

const isOver = (token: string): boolean => {
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number }
  return exp * 1_000 <= Date.now()
}

/** Clients that ask one question after another, in an order that `random` gives, until they are told to stop. */
export class Load {
  readonly seen: Seen = { wrong: [], receipts: [], counts: {} }
  readonly #mesh: DevMesh
  readonly #questions: readonly Question[]
  readonly #excuses: ReadonlyMap<string, ReadonlySet<string>>
  readonly #untilExpired: boolean
  readonly #tokens = new Map<string, { token: string; at: number }>()
  readonly #clients: Promise<void>[] = []
  #stopped = false
  #asked = 0

  /**
   * `excuses`: the codes that faults may bring about, for each gate. `untilExpired`: a token is used until the gate says
   * that it has expired, else it is renewed before.
   */
  constructor(
    mesh: DevMesh,
    questions: readonly Question[],
    excuses: ReadonlyMap<string, ReadonlySet<string>>,
    { untilExpired = false }: { untilExpired?: boolean } = {},
  ) {
    this.#untilExpired = untilExpired
    this.#mesh = mesh
    this.#questions = questions
    this.#excuses = excuses
  }

  start(clients: number, random: () => number): void {
    for (let i = 0; i < clients; i++) this.#clients.push(this.#client(random))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#clients)
  }

  async ask(question: Question): Promise<Answer> {
    const { statement } = question
    // Every second text is new, so that the parser has work.
    const sql = this.#asked++ % 2 === 0 ? statement.sql : `${statement.sql}\n-- ${this.#asked}`
    const token = await this.tokenFor(statement.as)
    const answer = await send(this.#mesh, token, { ...statement, sql })
    const ended = this.#untilExpired && 'code' in answer && answer.code === 'identity.expired' && isOver(token)
    if (ended) {
      if (this.#tokens.get(statement.as)?.token === token) this.#tokens.delete(statement.as)
      this.seen.counts.renewed = (this.seen.counts.renewed ?? 0) + 1
      if (answer.kind === 'refused') return this.ask(question)
    }
    // Rows that are on their way when their token ends are cut.
    this.#note(question, answer, ended ? ['identity.expired'] : [])
    return answer
  }

  async #client(random: () => number): Promise<void> {
    while (!this.#stopped) {
      const answer = await this.ask(this.#questions[Math.floor(random() * this.#questions.length)]!)
      if (answer.kind === 'unreachable' || answer.kind === 'refused') await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  #note(question: Question, answer: Answer, more: readonly string[]): void {
    const { gate, sql } = question.statement
    const wrong = findWrong(question, answer, new Set([...(this.#excuses.get(gate) ?? []), ...more]))
    if (wrong !== undefined) this.seen.wrong.push(`${gate}: ${sql}: ${wrong}`)
    const key = `${gate} ${answer.kind}${'code' in answer && answer.code !== undefined ? ` ${answer.code}` : ''}`
    this.seen.counts[key] = (this.seen.counts[key] ?? 0) + 1
    if (answer.kind === 'whole') this.seen.receipts.push({ gate, receipt: answer.receipt, rows: answer.count })
    else if (answer.kind === 'cut' && answer.receipt !== undefined) this.seen.receipts.push({ gate, receipt: answer.receipt })
  }

  /** A token outlives the death of its issuer; while that is away, the old one is used. */
  async tokenFor(login: string): Promise<string> {
    const held = this.#tokens.get(login)
    if (held !== undefined && (this.#untilExpired || Date.now() - held.at < tokenLife)) return held.token
    const renew = (): Promise<string | undefined> => tokenOf(this.#mesh, login).catch(() => held?.token)
    const token = await until(renew, answersWithin)
    if (token === undefined) throw new Error(`no token for ${login}`)
    this.#tokens.set(login, { token, at: Date.now() })
    return token
  }
}
