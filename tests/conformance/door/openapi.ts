import { type Code, errorTable } from '@selvage/kernel/model'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly responses: Readonly<Record<string, Answer>>
}

interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}

/** What a response was, as the document has to have it. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly type: string
  readonly text: string
}

/** Validates responses of a door against the document that the door itself serves. */
export class OpenApi {
  readonly #document: Document
  readonly #ajv: Ajv2020
  readonly #compiled = new Map<string, ValidateFunction>()

  private constructor(document: Document) {
    this.#document = document
    // The document's own words, such as `openapi`, are no keywords of JSON Schema.
    this.#ajv = new Ajv2020({ strict: false, allErrors: true })
    this.#ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/)
    this.#ajv.addSchema(document, 'door')
  }

  static async of(door: string): Promise<OpenApi> {
    return new OpenApi((await (await fetch(`${door}/openapi.json`)).json()) as Document)
  }

  /** Throws an Error that says what does not fit. */
  check({ method, path, status, type, text }: Seen): void {
    const operation =
      this.#document.paths[
        path.replace(logFile, '/log/{name}/{path}').replace(ofIssuer, '/v1/signals/{issuer}').replace(oneSession, '/v1/sessions/{session}')
      ]?.[method.toLowerCase()]
    // What is not in the document is refused, and refusals have one form.
    const answer: Answer = operation?.responses[String(status)] ?? operation?.responses.default ?? refused
    if (answer.content === undefined && text === '' && type === '') return
    const content = answer.content ?? {}
    const schema = content[type]?.schema
    if (Object.keys(content).length === 0 && type === '' && text === '') return
    if (schema === undefined) throw new Error(`${method} ${path}: ${status} may not be ${type}`)
    if (type === 'application/x-ndjson') this.#checkLines(text)
    else if (/[/+]json$/.test(type)) this.#checkValue(schema, JSON.parse(text))
    if (status === 200 && type === 'application/json' && path === '/v1/sql') {
      const { columns, rows } = JSON.parse(text) as { columns: readonly unknown[]; rows: unknown }
      this.#checkValue(list(columns.length), rows)
    }
    const problem = type === 'application/problem+json' ? (JSON.parse(text) as { status: number }) : undefined
    if (problem !== undefined && problem.status !== status) throw new Error(`status ${status} tells ${problem.status}`)
  }

  #checkLines(text: string): void {
    if (!text.endsWith('\n')) throw new Error('the last line has no end')
    const lines = text.slice(0, -1).split('\n')
    this.#checkValue(component('AnswerHeader'), JSON.parse(lines[0]!))
    this.#checkValue(component('AnswerTrailer'), JSON.parse(lines.at(-1)!))
    const { columns } = JSON.parse(lines[0]!) as { columns: readonly unknown[] }
    const rows = lines.slice(1, -1).map(line => JSON.parse(line) as unknown)
    this.#checkValue(list(columns.length), rows)
    const trailer = JSON.parse(lines.at(-1)!) as { rows?: number }
    if (trailer.rows !== undefined && trailer.rows !== rows.length) throw new Error(`${rows.length} rows, and ${trailer.rows} are told`)
  }

  #checkValue(schema: object, value: unknown): void {
    const text = JSON.stringify(schema).replaceAll('"#/', '"door#/')
    const validate = this.#compiled.get(text) ?? this.#ajv.compile(JSON.parse(text) as object)
    this.#compiled.set(text, validate)
    if (!validate(value)) throw new Error(`${this.#ajv.errorsText(validate.errors)}: ${JSON.stringify(value).slice(0, 300)}`)
  }
}

/** Rows of as many values as there are columns. */
const list = (columns: number): object => ({ type: 'array', items: { type: 'array', minItems: columns, maxItems: columns } })

/** Of a refusal: it is kept by nobody, says when to come back if that helps, and asks for a token if one is needed. */
export function checkHeaders({ status, text }: Pick<Seen, 'status' | 'text'>, headers: Headers): void {
  const { code } = JSON.parse(text) as { code: Code }
  const told = ['cache-control', 'retry-after', 'www-authenticate'].map(name => headers.get(name) ?? '').join('; ')
  const right = ['no-store', errorTable[code].retry ? '1' : '', status === 401 ? challengeOf(code) : ''].join('; ')
  if (told !== right) throw new Error(`${code} with headers "${told}", not "${right}"`)
}

const algorithms = 'algs="ES256 EdDSA Ed25519 RS256"'
const challenges: Readonly<Record<string, string>> = {
  'identity.missing': `Bearer, DPoP ${algorithms}`,
  'identity.proof': `DPoP error="invalid_dpop_proof", ${algorithms}`,
  'identity.nonce': `DPoP error="use_dpop_nonce", ${algorithms}`,
}
const challengeOf = (code: Code): string => challenges[code] ?? `Bearer error="invalid_token", DPoP ${algorithms}`

const logFile = /^\/log\/[^/]+\/.+$/
const ofIssuer = /^\/v1\/signals\/[^/]+$/
const oneSession = /^\/v1\/sessions\/[^/]+$/
const component = (name: string): object => ({ $ref: `#/components/schemas/${name}` })
const refused = { content: { 'application/problem+json': { schema: component('Problem') } } }
