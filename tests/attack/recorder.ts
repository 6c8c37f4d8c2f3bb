import type { Call } from '../conformance/door/door.ts'
import type { Wire } from './wire.ts'

/** Stands for a text of the corpus: wherever it comes out is where a hostile text comes in. */
export const mark = 'hostile-mark'

/** Stands for a door, and notes where in each request the mark is, as `textsOf` names it. */
export class Recorder implements Wire {
  readonly url = 'http://gate.example'
  readonly transmitter = 'Bearer transmitter'
  readonly found = new Set<string>()
  readonly #paths: readonly string[]

  /** @param paths of the document, as `/v1/sessions/{session}` */
  constructor(paths: readonly string[]) {
    this.#paths = paths
  }

  token = async (): Promise<string> => 'token'

  as = (_who: string, path: string, body: object, headers: Readonly<Record<string, string>> = {}): ReturnType<Wire['as']> =>
    this.call(path, { body, headers })

  sql: Wire['sql'] = (who, purpose, sql, more = {}, headers = {}) =>
    this.as(who, '/v1/sql', { sql, ...(purpose === undefined ? {} : { purpose }), ...more }, headers)

  async call(path: string, { method = 'POST', body, headers = {} }: Call = {}): ReturnType<Wire['call']> {
    const route = this.#routeOf(method, path)
    const note = (what: string): void => void this.found.add(route).add(`${route} ${what}`)
    if (typeof body === 'string' && says(body)) note('body')
    if (typeof body === 'object') for (const at of marked(body)) note(`body${at}`)
    for (const [name, value] of Object.entries(headers)) if (says(value)) this.#header(note, name)
    for (const [name, value] of Object.entries(parametersIn(route, path))) if (value.includes(mark)) note(`path.${name}`)
    if (path.includes(mark)) this.found.add(route)
    return { status: 401, text: '' }
  }

  async raw(bytes: string | Buffer): ReturnType<Wire['raw']> {
    const [head = '', body = ''] = bytes.toString('utf8').split('\r\n\r\n')
    const [line = '', ...lines] = head.split('\r\n')
    const [method = '', path = ''] = line.split(' ')
    const headers = Object.fromEntries(
      lines.map(text => [text.slice(0, text.indexOf(':')).toLowerCase(), text.slice(text.indexOf(':') + 1)]),
    )
    return this.call(path, { method, headers, body })
  }

  #header(note: (what: string) => void, name: string): void {
    this.found.add(`header.${name.toLowerCase()}`)
    note(`header.${name.toLowerCase()}`)
  }

  #routeOf(method: string, path: string): string {
    const bare = path.split('?', 1)[0]!
    const known = this.#paths.includes(bare) ? bare : this.#paths.find(pattern => patternOf(pattern).test(bare))
    return `${method} ${known ?? bare}`
  }
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/\{path\}$/, '(?<path>.+)').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)

const parametersIn = (route: string, path: string): Readonly<Record<string, string>> =>
  patternOf(route.slice(route.indexOf(' ') + 1)).exec(path.split('?', 1)[0]!)?.groups ?? {}

/** As it stands, or in a part of a compact JWS. */
const says = (text: string): boolean =>
  text.includes(mark) || text.split('.').some(part => Buffer.from(part, 'base64url').toString('utf8').includes(mark))

function marked(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.includes(mark) ? [''] : []
  if (Array.isArray(value)) return value.flatMap(one => marked(one).map(at => `[]${at}`))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, one]) => [
    ...(name.includes(mark) ? ['.KEY'] : []),
    ...marked(one).flatMap(at => [`.${name}${at}`, `.*${at}`]),
  ])
}
