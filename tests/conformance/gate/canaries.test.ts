import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SmallMesh } from './small-mesh.ts'

/** Stands in every place that somebody from outside fills: claims, headers, texts, values, names, rows of the data. */
const canary = /CANARY|ca-na-ry/i

/** Where the data themselves lie, and the texts of the mesh, which are signed and public to its gates. */
const apart = /^(?:data|gate\/products|gate\/bundles|control\/centre\.bundle\.json)(?:\/|$)/

describe('what a gate writes, says and keeps', () => {
  let mesh: SmallMesh
  beforeAll(async () => {
    mesh = await SmallMesh.ready({ gate: { engine: { children: 1, timeoutMs: 3_000 } } })
  })
  afterAll(() => mesh?.close())

  const filesBelow = (dir: string): readonly string[] =>
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .map(path => join(dir, path))
      .filter(path => statSync(path).isFile() && !apart.test(relative(mesh.dir, path)))

  /** In which of them, and in which outputs, somebody could read it. */
  function found(patterns: readonly RegExp[]): readonly string[] {
    const texts = filesBelow(mesh.dir).map(path => [relative(mesh.dir, path), readFileSync(path)] as const)
    const all = [...texts, ['stdout and stderr', Buffer.from(mesh.output)] as const]
    const holds = (bytes: Buffer): boolean =>
      patterns.some(pattern => pattern.test(bytes.toString('latin1')) || pattern.test(bytes.toString('utf16le')))
    return all.filter(([path, bytes]) => holds(bytes) || patterns.some(pattern => pattern.test(path))).map(([path]) => path)
  }

  const statements: readonly (readonly [sql: string, more?: object])[] = [
    ['SELECT \'CANARY-text\' AS "CANARY-alias"'],
    ["SELECT id, email FROM lab.shop.orders WHERE country <> 'CANARY-literal'"],
    ['SELECT $1::VARCHAR, $2::VARCHAR', { parameters: ['CANARY-parameter', 'CANARY-other'], reason: 'CANARY-reason' }],
    ['SELECT $name::DATE', { parameters: { name: 'CANARY-date' } }],
    ['SELECT email::INTEGER FROM lab.shop.orders'],
    ["SELECT error(email || 'CANARY-error') FROM lab.shop.orders"],
    ["SELECT strptime(email, '%Y') FROM lab.shop.orders"],
    ['SELECT CANARY_column FROM lab.shop.orders'],
    ['SELECT * FROM lab.shop.CANARY_table'],
    ["SELECT 'CANARY-open"],
    ["ATTACH 'CANARY-file'"],
    ["SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range = length('CANARY-slow')"],
    ["SELECT repeat('CANARY', 100000) FROM range(2000)"],
  ]

  test('holds nothing of what was asked, of whom, with which token, nor of the rows', async () => {
    const tokens = [
      mesh.token({ sub: 'CANARY-subject', jti: 'CANARY-id', client_id: 'CANARY-client', roles: ['analyst', 'CANARY-role'] }),
      mesh.token({ sub: 'ca-na-ry', device: { canary: 'CANARY-device' }, CANARY: 'CANARY-claim' }),
      mesh.token({ iss: 'http://127.0.0.1:7/CANARY-issuer' }),
      mesh.token({ exp: 7, sub: 'CANARY-expired' }),
    ]
    for (const token of tokens)
      for (const path of ['/v1/sql', '/v1/why'])
        for (const [sql, more] of statements.slice(0, token === tokens[0] ? undefined : 6))
          await mesh.ask(sql, { token, path, more: more ?? {} })
    const headers = {
      authorization: `Bearer ${tokens[0]}`,
      'x-canary': 'CANARY-header',
      cookie: 'CANARY-cookie',
      accept: 'application/x-ndjson',
    }
    await mesh.door.call('/v1/sql', { body: { sql: 'SELECT 1', purpose: 'CANARY-purpose' }, headers })
    await mesh.door.call('/v1/who-saw', { body: { resource: 'CANARY.shop' }, headers })
    await mesh.door.call('/v1/who-can', { body: { resource: 'CANARY.shop.orders' }, headers })
    await mesh.door.call('/v1/see-as', { body: { login: 'CANARY-login' }, headers })
    await mesh.door.call('/CANARY-address?CANARY=1', { method: 'GET', headers })
    await mesh.door.call('/v1/sql', { body: '{"CANARY":', headers: { ...headers, 'content-type': 'application/json' } })
    await mesh.door.call('/v1/sql', { body: 'x', headers: { ...headers, 'content-type': 'text/CANARY' } })
    await mesh.door.call('/v1/sql', { body: { sql: 'SELECT 1' }, headers: { authorization: 'Bearer CANARY.CANARY.CANARY' } })
    await mesh.door.raw(`CANARY /v1/sql HTTP/1.1\r\nHost: CANARY\r\nCANARY\r\n\r\n`)
    await mesh.putDomain('CANARY-bundle')
    await fetch(`${mesh.controlUrl}/CANARY`, { method: 'PUT', body: 'CANARY', headers: { 'x-canary': 'CANARY' } })
    await fetch(`${mesh.controlUrl}/v1/bundles/centre`, { method: 'PUT', body: 'CANARY' })
    await new Promise(resolve => setTimeout(resolve, 500))
    const parts = tokens.flatMap(token => token.split('.')).map(part => new RegExp(part.slice(0, 40)))
    const rows = [/ada@example|grace@example/]
    expect(found([canary, ...parts, ...rows])).toEqual([])
    // They did leave their traces: what is not in them was left out, not lost.
    for (const event of ['request.refused', 'policy.invalid', 'query.data', 'limit.time', 'publish.failed'])
      expect([event, mesh.output.includes(event)]).toEqual([event, true])
    expect(filesBelow(join(mesh.auditDir, 'tile')).length).toBeGreaterThan(0)
    await mesh.gate!.stop()
    expect(found([canary, ...parts, ...rows])).toEqual([])
  })

  test('the search finds what is planted: in a file, in a name, in what is said', () => {
    mkdirSync(join(mesh.dir, 'gate', 'temp'), { recursive: true })
    writeFileSync(join(mesh.dir, 'gate', 'temp', 'x'), Buffer.concat([Buffer.alloc(9), Buffer.from('CANARY')]))
    writeFileSync(join(mesh.dir, 'gate', 'CANARY-name'), '')
    mesh.output += '{"event":"x","sql":"CANARY"}'
    expect(found([canary]).toSorted()).toEqual(['gate/CANARY-name', 'gate/temp/x', 'stdout and stderr'])
  })
})
