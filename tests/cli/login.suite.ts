import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { approveDevice } from '../../packages/testkit/src/oauth/approve-device.ts'
import { type DevMesh, type Ran, selvage } from '../dev-mesh.ts'
import { logIn as runLogin } from './log-in.ts'

const sql = 'SELECT customer_id FROM sales.crm.customer ORDER BY 1 LIMIT 2'
vi.setConfig({ testTimeout: 60_000 })

interface Kept {
  access: string
  accessExpires: number
  refresh: string
  use: unknown
  sessions: Record<string, { handle: string; expires: number }>
}

/** Somebody at a machine of their own: a state folder that knows the mesh, and nothing else. */
export function loginSuite(meshOf: () => DevMesh): void {
  let home: string
  const said: string[] = []
  const secrets = new Set<string>()
  const path = (): string => join(home, 'login.json')
  const kept = (): Kept => JSON.parse(readFileSync(path(), 'utf8')) as Kept
  const change = (more: Partial<Kept>): void => writeFileSync(path(), JSON.stringify({ ...kept(), ...more }))
  const remember = (): void => {
    const { access, refresh, sessions } = kept()
    for (const secret of [access, refresh, ...Object.values(sessions).map(({ handle }) => handle)]) secrets.add(secret)
  }
  async function run(...args: string[]): Promise<Ran> {
    const ran = await selvage([...args, '--state', home])
    said.push(ran.out, ran.err)
    return ran
  }
  const json = async (...args: string[]): Promise<Record<string, Record<string, unknown>>> => JSON.parse((await run(...args, '--json')).out)
  const codeOf = async (...args: string[]): Promise<unknown> => {
    const { code, out } = await run(...args, '--json')
    return code === 0
      ? 'done'
      : ((JSON.parse(out) as { code?: string; error?: string }).code ?? (JSON.parse(out) as { error: string }).error)
  }
  function newHome(name: string): string {
    const dir = join(meshOf().state, name)
    mkdirSync(dir)
    copyFileSync(join(meshOf().state, 'dev.json'), join(dir, 'dev.json'))
    return dir
  }

  async function logIn(answer: (address: URL) => Promise<unknown>, ...args: string[]): Promise<Ran> {
    const ran = await runLogin([...args, '--state', home], answer)
    said.push(ran.out, ran.err)
    return ran
  }
  const approve = (verificationUri: URL): Promise<void> => approveDevice({ verificationUri, login: 'analyst' })
  const refuse = (verificationUri: URL): Promise<void> => approveDevice({ verificationUri, login: 'analyst', refuse: true })

  describe('whoever is logged in', () => {
    beforeAll(() => {
      home = newHome('home')
    })
    afterAll(() => {
      for (const secret of secrets) expect(said.filter(text => text.includes(secret))).toEqual([])
      expect(secrets.size).toBeGreaterThan(4)
    })

    test('is nobody before', async () => {
      expect(await codeOf('purpose', 'use', 'analytics')).toBe('nobody is logged in here')
      expect(await codeOf('logout')).toBe('nobody is logged in here')
      expect((await run('login', 'nowhere')).code).toBe(64)
      expect((await run('login', 'http://issuer.example')).code).toBe(64)
      expect((await run('login', 'http://127.0.0.1:9')).code).toBe(69)
    })

    test('is nobody where the login was refused', async () => {
      const { code, err } = await logIn(refuse)
      expect([code, err]).toEqual([1, expect.stringContaining('whoever was asked refused the login')])
      expect(await codeOf('logout')).toBe('nobody is logged in here')
    })

    test('is who approved, with a key that the token is bound to, in a file that nobody else reads', async () => {
      const { code, out, err } = await logIn(approve)
      expect([code, err]).toEqual([0, expect.stringContaining('the client selvage-cli')])
      expect(out).toContain('logged in at')
      remember()
      expect(statSync(path()).mode & 0o777).toBe(0o600)
      const known = await json('whoami')
      expect(Object.keys(known)).toEqual(Object.keys(meshOf().dev.gates))
      expect(known.sales).toMatchObject({ subject: { id: 'workforce/analyst', roles: ['analyst'] }, client: 'selvage-cli', proof: 'dpop' })
      expect(known.sales).not.toHaveProperty('session')
      expect((await run('whoami', '--gate', 'sales')).out).toMatch(
        /^sales: workforce\/analyst \(User, selvage-cli, proof dpop\)\n.*\nroles\tanalyst\tworkforce\t20/,
      )
    })

    test('asks for a purpose that is stated, or in use', async () => {
      expect(await codeOf('query', sql)).toBe('purpose.missing')
      expect(await codeOf('query', '--purpose', 'analytics', sql)).toBe('done')
      expect(await codeOf('query', '--for', 'rep', sql)).toContain('--for is for an agent')
      expect(await codeOf('purpose', 'use', 'analytics', '--for', 'long')).toContain('--for is a time')
      const { code, out } = await run('purpose', 'use', 'analytics', '--for', '30m', '--because', 'quarterly figures')
      expect([code, out]).toEqual([0, expect.stringMatching(/^gate\tpurpose\tuntil\trefused\nsales\tanalytics\t20/)])
      remember()
      expect((await json('query', sql)).rows).toHaveLength(2)
      expect(await codeOf('why', sql)).toBe('done')
      const { session } = (await json('whoami', '--gate', 'sales')).sales as { session: { expires: string } }
      expect(session).toMatchObject({ purpose: 'analytics', reason: 'quarterly figures' })
      expect(Date.parse(session.expires) - Date.now()).toBeLessThan(30 * 60_000)
    })

    test('has a session anew where the gate has it no longer', async () => {
      const lost = { handle: `svg_session_${'A'.repeat(43)}`, expires: Date.now() + 60_000 }
      change({ sessions: { ...kept().sessions, sales: lost } })
      expect(await codeOf('query', sql)).toBe('done')
      expect(kept().sessions.sales!.handle).not.toBe(lost.handle)
      remember()
    })

    test('is nobody with another key: a copied login is worth nothing', async () => {
      const own = home
      home = newHome('thief')
      copyFileSync(join(own, 'login.json'), path())
      expect(await codeOf('query', sql)).toMatch(/^identity\./)
      expect(await codeOf('whoami', '--gate', 'sales')).toMatch(/^identity\./)
      change({ sessions: {}, accessExpires: 0 })
      expect(await codeOf('query', '--purpose', 'analytics', sql)).toBe('the login is over')
      home = own
      expect(await codeOf('query', sql)).toBe('done')
    })

    test('is renewed when the token ends, by one of two commands at once', async () => {
      const { access } = kept()
      change({ accessExpires: 0, sessions: {} })
      const both = await Promise.all([1, 2].map(() => codeOf('query', '--purpose', 'analytics', sql)))
      expect(both).toEqual(['done', 'done'])
      expect(kept().access).not.toBe(access)
      remember()
    })

    test('works for one purpose at a time, and for none that nobody lets one declare', async () => {
      expect(await codeOf('purpose', 'use', 'analytics')).toBe('done')
      remember()
      const before = kept()
      expect(await codeOf('purpose', 'use', 'treatment')).toMatch(/^purpose\./)
      expect(await codeOf('query', sql)).toBe('purpose.missing')
      // What ended is over at the gates too.
      const now = kept()
      const { use: _use, ...login } = { ...now, use: undefined }
      writeFileSync(path(), JSON.stringify({ ...login, sessions: before.sessions }))
      expect(await codeOf('query', sql)).toBe('identity.session')
      writeFileSync(path(), JSON.stringify(now))
    })

    test('is nobody after: nothing that was kept is worth anything', async () => {
      expect((await logIn(approve, '--purpose', 'analytics')).out).toMatch(/sales\tanalytics\t20/)
      remember()
      const before = readFileSync(path(), 'utf8')
      expect(await json('logout')).toEqual({ untold: [], issuer: true })
      expect(await codeOf('logout')).toBe('nobody is logged in here')
      writeFileSync(path(), before, { mode: 0o600 })
      change({ accessExpires: 0 })
      expect(await codeOf('query', sql)).toBe('the login is over')
      writeFileSync(path(), '{}')
      expect(await codeOf('query', sql)).toContain('does not say who is logged in')
      expect(await codeOf('query', '--as', 'analyst', '--purpose', 'analytics', sql)).toBe('done')
    })

    test('can log in anew, and out, where what was kept cannot be read; a login that is replaced ends', async () => {
      for (const text of ['', '{}', '['.repeat(100_000)]) {
        writeFileSync(path(), text, { mode: 0o600 })
        expect(await codeOf('query', sql)).toContain('does not say who is logged in')
        expect(await codeOf('logout')).toBe('done')
        expect(await codeOf('logout')).toBe('nobody is logged in here')
      }
      rmSync(path(), { force: true })
      writeFileSync(path(), '{}', { mode: 0o644 })
      expect((await logIn(approve)).code).toBe(0)
      remember()
      const first = readFileSync(path(), 'utf8')
      expect((await logIn(approve)).code).toBe(0)
      remember()
      const second = readFileSync(path(), 'utf8')
      writeFileSync(path(), first)
      change({ accessExpires: 0 })
      expect(await codeOf('query', '--purpose', 'analytics', sql)).toBe('the login is over')
      writeFileSync(path(), second)
      expect(await codeOf('logout')).toBe('done')
    })

    test('ends what others could read, at the gates and at its issuer', async () => {
      expect((await logIn(approve, '--purpose', 'analytics')).code).toBe(0)
      remember()
      const before = readFileSync(path(), 'utf8')
      chmodSync(path(), 0o644)
      expect(await codeOf('query', sql)).toContain('others may read')
      expect(await json('logout')).toEqual({ untold: [], issuer: true })
      writeFileSync(path(), before, { mode: 0o600 })
      expect(await codeOf('query', '--purpose', 'analytics', sql)).toBe('done')
      change({ use: undefined })
      expect(await codeOf('query', sql)).toBe('identity.session')
      change({ accessExpires: 0, sessions: {} })
      expect(await codeOf('query', '--purpose', 'analytics', sql)).toBe('the login is over')
      rmSync(path())
    })

    test('keeps nothing that others may read', async () => {
      const loose = newHome('loose')
      writeFileSync(join(loose, 'login.json'), '{}', { mode: 0o644 })
      const { code, err } = await selvage(['query', sql, '--state', loose])
      expect([code, err]).toEqual([1, expect.stringContaining('others may read')])
    })
  })
}
