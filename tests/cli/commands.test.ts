import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DevMesh, selvage, startDevMesh } from '../dev-mesh.ts'
import { guideSuite } from './guide.suite.ts'
import { loginSuite } from './login.suite.ts'
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
    ['who can', ['who-can', 'sales.crm.customer.email', '--as', 'auditor'], 0, 'sights'],
    ['who can, refused', ['who-can', 'sales.crm.customer', '--as', 'analyst'], 1, 'code'],
    ['seen as somebody', ['see-as', 'rep', '--domain', 'sales', '--as', 'sales-owner'], 0, 'sights'],
    ['seen as somebody, refused', ['see-as', 'rep', 'sales.crm.customer', '--as', 'rep'], 1, 'code'],
    ['seen as somebody everywhere', ['see-as', 'rep'], 0, 'sales'],
    ['seen as somebody, by one who oversees a part', ['see-as', 'researcher', '--as', 'sales-owner'], 0, 'health'],
    ['seen as somebody, by one who oversees nothing', ['see-as', 'rep', '--as', 'rep'], 1, 'code'],
    ['decided again', ['replay', 'sales:0'], 0, 'outcome'],
    ['decided again, where there is no entry', ['replay', 'sales:99999'], 1, 'code'],
    ['decided again, of one of several domains', ['replay', '0'], 64, 'error'],
    ['decided again, of two domains', ['replay', 'sales:0', '--domain', 'health'], 64, 'error'],
    ['decided again, of no entry', ['replay', 'sales:x'], 64, 'error'],
    ['decided again, of no domain', ['replay', 'moon:0'], 64, 'error'],
    ['a limit that is none', ['who-saw', 'sales.crm', '--limit', 'many'], 64, 'error'],
    ['a token', ['token', '--as', 'copilot', '--for', 'rep'], 0, 'token'],
    ['a login that is none', ['token', '--as', 'nobody'], 1, 'error'],
    ['an issuer that is none', ['token', '--as', 'rep@nowhere'], 64, 'error'],
    ['nothing to apply', ['apply'], 0, 'signed'],
    ['a version without its signer', ['apply', '--revert', '1'], 64, 'error'],
    ['a probe of everything', ['doctor'], 0, 'probes'],
    ['a gate that is none', ['query', '--gate', 'moon', 'SELECT 1'], 64, 'error'],
    ['parameters that are none', ['query', '--parameters', '{', 'SELECT 1'], 64, 'error'],
    ['an unknown option', ['query', '--colour', 'SELECT 1'], 64, 'error'],
  ])('%s', async (_, args, code, key) => {
    const ran = await run(...args, '--json')
    expect({ code: ran.code, has: key in (JSON.parse(ran.out) as object) }, ran.err).toEqual({ code, has: true })
  })

  test('what was refused is decided again, and who asks of one login is told of each domain', async () => {
    const { receipt } = JSON.parse((await run('who-saw', 'sales.crm.customer', '--json')).out) as { receipt: { index: number } }
    const asked = await run('query', '--as', 'rep', '--purpose', 'research', 'SELECT email FROM sales.crm.customer')
    expect(asked.code).toBe(1)
    const entry = receipt.index + 1
    expect(await run('replay', `sales:${entry}`)).toMatchObject({ code: 0, out: expect.stringContaining('agrees') as string })
    expect((await run('replay', String(entry))).err).toContain(`sales:${entry} or `)
    const seen = await run('see-as', 'rep', '--as', 'sales-owner')
    expect(seen.out).toContain('sales.crm.customer')
    expect(seen.err).toContain('health: policy.denied')
    expect((await run('see-as', 'researcher', '--as', 'steward')).out).toContain('health.care.patients')
    expect((await run('who-saw', 'sales.crm.customer', '--as', 'steward')).code).toBe(1)
    const all = await run('see-as', 'researcher', '--json')
    expect(Object.keys(JSON.parse(all.out) as object).sort()).toEqual(['census', 'health', 'sales'])
  })

  test.each([[['query', 'SELECT 1']], [['apply']], [['doctor']], [['tour']]])('no mesh, %j: 69', async args => {
    const { code, out } = await selvage([...args, '--state', join(mesh.state, 'nothing'), '--json'])
    expect({ code, keys: Object.keys(JSON.parse(out) as object) }).toEqual({ code: 69, keys: ['error', 'help'] })
  })

  describe('a mesh of which a part is gone', () => {
    /** The same mesh as somebody sees it for whom parts of it are elsewhere. */
    function stateWith(name: string, change: (dev: DevMesh['dev']) => object): string {
      const dir = join(mesh.state, name)
      mkdirSync(dir)
      writeFileSync(join(dir, 'dev.json'), JSON.stringify({ ...mesh.dev, ...change(structuredClone(mesh.dev)) }))
      return dir
    }
    const gates = (http: string) => (dev: DevMesh['dev']) => ({
      gates: Object.fromEntries(Object.entries(dev.gates).map(([name, gate]) => [name, { ...gate, http }])),
    })

    test('a gate, an issuer, or another server in a gate’s place: 69 for every command', async () => {
      const gone = stateWith('gate-gone', gates('http://127.0.0.1:9'))
      const other = stateWith('gate-other', dev => gates(dev.issuers.workforce!)(dev))
      const unknown = stateWith('issuer-gone', dev => ({ issuers: { ...dev.issuers, workforce: 'http://127.0.0.1:9' } }))
      const query = ['query', '--as', 'analyst', '--purpose', 'analytics', sql]
      for (const [args, state, said] of [
        [query, gone, 'the gate cannot be reached'],
        [query, other, 'is no gate'],
        [query, unknown, 'the issuer workforce cannot be reached'],
        [['why', '--as', 'analyst', sql], gone, 'the gate cannot be reached'],
        [['who-saw', 'sales.crm'], other, 'is no gate'],
        [['doctor'], gone, 'not everything answers'],
      ] as const) {
        const { code, err } = await selvage([...args, '--state', state])
        expect({ args, code, err }).toEqual({ args, code: 69, err: expect.stringContaining(said) })
      }
    })
  })

  test.each(['dev', 'tour', 'check', 'apply', 'token', 'query', 'why', 'who-saw', 'who-can', 'see-as', 'replay', 'audit verify', 'doctor'])(
    'help of %s has an example',
    async command => {
      const { code, out, err } = await selvage([...command.split(' '), '--help'])
      expect({ code, out, err }).toEqual({ code: 0, out: expect.stringContaining(`\nExample:\n`), err: '' })
      expect(out).toMatch(new RegExp(`^Usage: selvage ${command} `))
    },
  )

  test.each([
    [[], 'Usage: selvage'],
    [['nonesuch'], 'unknown command'],
    [['query'], 'missing required argument'],
    [['why', 'a', 'b'], 'too many arguments'],
    [['token'], '--as <login[@issuer]>'],
    [['audit'], 'verify'],
    [['audit', 'verify', 'x'], '--key <vkey>'],
    [['tour', '--fast'], 'unknown option'],
    [['check', '/nonesuch'], 'there is no mesh.yaml'],
    [['dev', '--port-base', '80'], 'from 1024 to 65000'],
  ] as [string[], string][])('wrong usage, %j: 64, and what is wrong on stderr', async (args, said) => {
    const { code, out, err } = await selvage(args)
    expect({ code, out, err }).toEqual({ code: 64, out: '', err: expect.stringContaining(said) })
  })
})

describe('what people see', () => {
  test('who may not see accesses is told what they would need', async () => {
    const { err, code } = await run('who-saw', 'sales.crm.customer', '--as', 'analyst')
    expect({ code, err }).toEqual({
      code: 1,
      err: 'selvage: policy.denied: You may not see who saw this, or it does not exist.\n  It needs the action `audit`; ask the owner of the product.\n',
    })
    expect((await run('who-saw', 'sales', '--as', 'auditor')).err).toContain('Such as sales.crm, sales.crm.customer or')
    expect((await run('why', '--as', 'rep', '--purpose', 'analytics', 'SELECT id FROM health.care.patients')).err).not.toContain(
      'selvage why',
    )
  })

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

guideSuite('why-was-i-denied.md', () => mesh)
guideSuite('who-may-see-what.md', () => mesh)
querySuite(() => mesh)
loginSuite(() => mesh)

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
