import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DevMesh, selvage, startDevMesh } from '../dev-mesh.ts'
import { querySuite } from './query.suite.ts'

let mesh: DevMesh
beforeAll(async () => {
  mesh = await startDevMesh({ portBase: 21_100 })
})
afterAll(() => mesh?.stop())

const run = (...args: string[]): ReturnType<typeof selvage> => selvage([...args, '--state', mesh.state])
const sql = 'SELECT customer_id, email FROM sales.crm.customer ORDER BY 1 LIMIT 2'

describe('exit codes, and one JSON document on stdout', () => {
  test.each<[string, string[], number, string]>([
    ['an answer', ['query', '--as', 'rep', '--purpose', 'analytics', sql], 0, 'rows'],
    ['a refusal', ['query', '--as', 'analyst', '--purpose', 'research', sql], 1, 'code'],
    ['an explanation', ['why', '--as', 'rep', '--purpose', 'analytics', sql], 0, 'tables'],
    ['accesses', ['who-saw', 'sales.crm.customer.email', '--as', 'auditor'], 0, 'accesses'],
    ['accesses refused', ['who-saw', 'sales.crm.customer', '--as', 'analyst'], 1, 'code'],
    ['a limit that is none', ['who-saw', 'sales.crm', '--limit', 'many'], 64, 'error'],
    ['a token', ['token', '--as', 'copilot', '--for', 'rep'], 0, 'token'],
    ['a login that is none', ['token', '--as', 'nobody'], 1, 'error'],
    ['an issuer that is none', ['token', '--as', 'rep@nowhere'], 64, 'error'],
    ['a probe of everything', ['doctor'], 0, 'probes'],
    ['a gate that is none', ['query', '--gate', 'moon', 'SELECT 1'], 64, 'error'],
    ['parameters that are none', ['query', '--parameters', '{', 'SELECT 1'], 64, 'error'],
    ['an unknown option', ['query', '--colour', 'SELECT 1'], 64, 'error'],
  ])('%s', async (_, args, code, key) => {
    const ran = await run(...args, '--json')
    expect({ code: ran.code, has: key in (JSON.parse(ran.out) as object) }, ran.err).toEqual({ code, has: true })
  })

  test('no mesh: 69', async () => {
    const ran = await selvage(['query', 'SELECT 1', '--state', join(mesh.state, 'nothing'), '--json'])
    expect(ran.code).toBe(69)
  })
})

describe('what people see', () => {
  test('which columns were changed, and by which rule, beside rows that a pipe gets alone', async () => {
    const { out, err } = await run('query', '--as', 'analyst', '--purpose', 'analytics', sql)
    expect(out).toMatch(/^customer_id\temail\n1\ttok_[a-z2-7]{26}\n2\ttok_/)
    expect(err).toContain('email: token by central/pii (personal data is tokenised outside service provision)')
  })

  test('a mistake: where it stands, and the names that one may know', async () => {
    const { err, code } = await run('query', '--as', 'analyst', '--purpose', 'analytics', 'SELECT emial FROM sales.crm.customer')
    expect({ code, place: err.includes('line 1, column 8'), names: err.includes('email') }).toEqual({ code: 1, place: true, names: true })
  })
})

querySuite(() => mesh)

describe('audit verify', () => {
  test('a folder and an address; another key, a missing folder and an unserved address are told apart', async () => {
    const keys = mesh.dev.verifierKeys
    const key = keys.find(candidate => candidate.startsWith('example/sales/'))!
    const other = keys.find(candidate => candidate.startsWith('example/health/'))!
    const { http, logs } = mesh.dev.gates.sales!
    await new Promise(resolve => setTimeout(resolve, 500))
    const code = async (place: string, vkey: string): Promise<number | null> =>
      (await selvage(['audit', 'verify', place, '--key', vkey])).code
    expect(await code(logs.audit, key)).toBe(0)
    expect(await code(`${http}/log/audit`, key)).toBe(0)
    expect(await code(logs.audit, other)).toBe(1)
    expect(await code(join(logs.audit, 'nowhere'), key)).toBe(64)
    expect(await code('http://127.0.0.1:9/log', key)).toBe(69)
    expect(await code(logs.audit, 'no key')).toBe(64)
  })
})
