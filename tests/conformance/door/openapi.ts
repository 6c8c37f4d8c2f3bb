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
    const operation = this.#document.paths[path.replace(logFile, '/log/{name}/{path}')]?.[method.toLowerCase()]
    // What is not in the document is refused, and refusals have one form.
    const answer: Answer = operation?.responses[String(status)] ?? operation?.responses.default ?? refused
    const content = answer.content ?? {}
    const schema = content[type]?.schema
    if (schema === undefined) throw new Error(`${method} ${path}: ${status} may not be ${type}`)
    if (type === 'application/x-ndjson') this.#checkLines(text)
    else if (/[/+]json$/.test(type)) this.#checkValue(schema, JSON.parse(text))
    const problem = type === 'application/problem+json' ? (JSON.parse(text) as { status: number }) : undefined
    if (problem !== undefined && problem.status !== status) throw new Error(`status ${status} tells ${problem.status}`)
  }

  #checkLines(text: string): void {
    if (!text.endsWith('\n')) throw new Error('the last line has no end')
    const lines = text.slice(0, -1).split('\n')
    this.#checkValue(component('AnswerHeader'), JSON.parse(lines[0]!))
    this.#checkValue(component('AnswerTrailer'), JSON.parse(lines.at(-1)!))
    for (const line of lines.slice(1, -1)) this.#checkValue({ type: 'array' }, JSON.parse(line))
  }

  #checkValue(schema: object, value: unknown): void {
    const text = JSON.stringify(schema).replaceAll('"#/', '"door#/')
    const validate = this.#compiled.get(text) ?? this.#ajv.compile(JSON.parse(text) as object)
    this.#compiled.set(text, validate)
    if (!validate(value)) throw new Error(`${this.#ajv.errorsText(validate.errors)}: ${JSON.stringify(value).slice(0, 300)}`)
  }
}

const logFile = /^\/log\/[^/]+\/.+$/
const component = (name: string): object => ({ $ref: `#/components/schemas/${name}` })
const refused = { content: { 'application/problem+json': { schema: component('Problem') } } }
