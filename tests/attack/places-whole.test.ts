import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openApi } from '../../packages/gate/src/doors/sql-http/openapi.ts'
import { root } from '../dev-mesh.ts'
import { places } from './places.ts'
import { mark, Recorder } from './recorder.ts'
import { textsOf } from './taken-texts.ts'

/** What has no place, and why. */
const exceptions: Readonly<Record<string, string>> = {
  'GET /v1/bundles': 'reads nothing of a request',
  'GET /openapi.json': 'reads nothing of a request',
  'GET /metrics': 'reads nothing of a request',
  'GET /readyz': 'reads nothing of a request',
}

const recorded = async (sent: typeof places): Promise<ReadonlySet<string>> => {
  const door = new Recorder(Object.keys(openApi.paths))
  for (const send of Object.values(sent)) await send(door, { family: 'mark', sql: mark })
  return door.found
}

const without = async (document: unknown, sent: typeof places = places): Promise<readonly string[]> => {
  const found = await recorded(sent)
  return textsOf(document).filter(text => !found.has(text) && exceptions[text] === undefined)
}

describe('places', () => {
  it('every route and text of the document has a place, or a reason to have none', async () => {
    expect(textsOf(openApi).length).toBeGreaterThan(60)
    expect(await without(openApi)).toEqual([])
  })

  it('no reason is given for what is not there, or has a place', async () => {
    const found = await recorded(places)
    expect(Object.keys(exceptions).filter(text => !textsOf(openApi).includes(text) || found.has(text))).toEqual([])
  })

  it('every route of the door stands in the document', () => {
    expect(routes.length).toBeGreaterThan(15)
    expect(routes.filter(route => !textsOf(openApi).includes(route))).toEqual([])
  })
})

/** As its sources register them. */
const folder = join(root, 'packages/gate/src/doors/sql-http')
const routes = readdirSync(folder)
  .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .flatMap(name => [...readFileSync(join(folder, name), 'utf8').matchAll(/\.(get|post|put|delete|patch)(?:<.*>)?\(\s*'(\/[^']*)'/g)])
  .map(([, method = '', path = '']) => `${method.toUpperCase()} ${path.replace(/:(\w+)/g, '{$1}').replace('*', '{path}')}`)

describe('a place that is missing is caught', () => {
  const string = { type: 'string' }
  const post = (schema: object): object => ({ post: { requestBody: { content: { 'application/json': { schema } } } } })
  const withPath = (path: string, methods: object): object => ({ ...openApi, paths: { ...openApi.paths, [path]: methods } })
  const withSchema = (name: string, schema: object): object => ({
    ...openApi,
    components: { ...openApi.components, schemas: { ...openApi.components.schemas, [name]: schema } },
  })

  it.each<[string, object, readonly string[]]>([
    ['a route', withPath('/v1/new', { get: {} }), ['GET /v1/new']],
    ['a method', withPath('/v1/products', { get: {}, delete: {} }), ['DELETE /v1/products']],
    [
      'a part of a path',
      withPath('/v1/sql/{statement}', { get: { parameters: [{ name: 'statement', in: 'path' }] } }),
      ['GET /v1/sql/{statement}', 'GET /v1/sql/{statement} path.statement'],
    ],
    ['a scheme', withPath('/v1/products', { get: { security: [{ cookie: [] }] } }), ['header.of a scheme cookie']],
    [
      'a field, of a list, of an object, by any name',
      withPath(
        '/v1/who-saw',
        post({
          properties: { resource: string, more: { properties: { a: string, b: { items: { oneOf: [string, { type: 'null' }] } } } } },
        }),
      ),
      ['POST /v1/who-saw body.more.a', 'POST /v1/who-saw body.more.b[]'],
    ],
    [
      'a field of a schema that two routes have',
      withSchema('SqlRequest', { properties: { sql: string, tag: { type: ['string', 'null'] } } }),
      ['POST /v1/sql body.tag', 'POST /v1/why body.tag'],
    ],
    [
      'names that are free',
      withSchema('ReplayRequest', { properties: { labels: { additionalProperties: string } } }),
      ['POST /v1/replay body.labels.KEY', 'POST /v1/replay body.labels.*'],
    ],
  ])('%s that is new', async (_, document, texts) => {
    expect(await without(document)).toEqual(texts)
  })

  it.each([
    ['the session', 'POST /v1/sql body.session'],
    ['the reason of a session', 'POST /v1/sessions body.reason'],
    ['the session to end', 'DELETE /v1/sessions/{session}'],
    ['the session that one is asked of', 'POST /v1/whoami body.session'],
    ['whose event it is', 'POST /v1/signals/{issuer} path.issuer'],
    ['who sends an event', 'POST /v1/signals/{issuer} header.authorization'],
    ['the table that is asked about', 'POST /v1/see-as body.table'],
    ['for what it was seen', 'POST /v1/who-saw body.purpose'],
    ['a list of parameters to explain', 'POST /v1/why body.parameters[]'],
    ['the path of a log', 'GET /log/{name}/{path} path.path'],
  ])('%s, taken away', async (name, text) => {
    const { [name]: gone, ...rest } = places
    expect(gone).toBeDefined()
    expect(await without(openApi, rest)).toContain(text)
  })
})
