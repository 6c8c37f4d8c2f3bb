import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GoIssuer, goIssuerParts, startGoIssuer } from '@selvage/testkit/foreign'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { logIn } from '../cli/log-in.ts'
import { SmallMesh } from '../conformance/gate/small-mesh.ts'
import { domainFiles } from '../conformance/gate/small-tree.ts'
import { type Ran, selvage } from '../dev-mesh.ts'
import { describeIssuer } from './issuer-suite.ts'

vi.setConfig({ testTimeout: 60_000 })

const sql = 'SELECT id FROM lab.shop.orders'
const people = ['ada', 'grace'].map(login => ({ login, claims: { roles: ['analyst'] } }))

/** What its tokens look like. */
const files = domainFiles.map(({ path, text }) => ({
  path,
  text: text
    .replace('audience: selvage:small\n', 'audience: selvage:small\n    kind: login\n    token: { type: JWT, client: client_id }\n')
    .replace('[ES256]', '[RS256]'),
}))

describeIssuer('the command line, logged in where no token is bound to a key', goIssuerParts, () => {
  let issuer: GoIssuer
  let mesh: SmallMesh
  beforeAll(async () => {
    issuer = await startGoIssuer({ people, programs: [], audience: 'selvage:small' })
    mesh = await SmallMesh.ready({ files, issuer: { url: issuer.issuer } })
  }, 300_000)
  afterAll(async () => {
    await mesh?.close()
    await issuer?.stop()
  })

  /** As a person does it in a browser: the page asks for name and password, and the next has a button that is a script. */
  const approveAs =
    (username: string) =>
    async (address: URL): Promise<void> => {
      const form = new URLSearchParams({ username, password: issuer.secrets.person, user_code: address.searchParams.get('user_code')! })
      const { headers } = await fetch(new URL('/device/login', address), { method: 'POST', body: form, redirect: 'manual' })
      const cookie = headers.getSetCookie()[0]!.split(';')[0]!
      const { ok } = await fetch(new URL('/device/confirm?action=allowed', address), { headers: { cookie } })
      expect(ok).toBe(true)
    }

  /** A machine's state folder, which knows the mesh. */
  function homeOf(name: string): string {
    const dir = join(mesh.dir, name)
    mkdirSync(dir)
    const dev = {
      mesh: 'small',
      control: mesh.controlUrl,
      gates: { lab: { http: mesh.door.url, logs: { audit: mesh.auditDir } } },
      issuers: { staff: issuer.issuer },
      logins: [],
      verifierKeys: [mesh.verifierKey],
      tree: mesh.dir,
      data: 'sample',
    }
    writeFileSync(join(dir, 'dev.json'), JSON.stringify(dev))
    return dir
  }

  const run = (home: string, ...args: string[]): Promise<Ran> => selvage([...args, '--state', home])
  const json = async (home: string, ...args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse((await run(home, ...args, '--json')).out) as Record<string, unknown>
  const handleOf = (home: string): string =>
    (JSON.parse(readFileSync(join(home, 'login.json'), 'utf8')) as { sessions: { lab: { handle: string } } }).sessions.lab.handle

  it('is told so, and asks with its token alone, in a session of whoever has that', async () => {
    const home = homeOf('ada')
    const { code, err } = await logIn(['staff', '--purpose', 'analytics', '--state', home], approveAs('ada'))
    expect([code, err]).toEqual([0, expect.stringContaining('this issuer binds no token to the key of this machine')])
    expect((await json(home, 'whoami')).lab).toMatchObject({
      subject: { id: 'staff/ada', roles: ['analyst'] },
      proof: 'bearer',
      session: { purpose: 'analytics' },
    })
    expect((await json(home, 'query', sql)).rows).toHaveLength(3)
  })

  it('has nothing of another’s session, nor of its own without a token', async () => {
    const [ada, grace] = [join(mesh.dir, 'ada'), homeOf('grace')]
    await logIn(['staff', '--purpose', 'analytics', '--state', grace], approveAs('grace'))
    expect((await json(grace, 'query', sql)).rows).toHaveLength(3)
    const own = JSON.parse(readFileSync(join(grace, 'login.json'), 'utf8')) as { access: string; sessions: object }
    const stolen = { lab: { handle: handleOf(ada), expires: Date.now() + 60_000 } }
    writeFileSync(join(grace, 'login.json'), JSON.stringify({ ...own, use: undefined, sessions: stolen }))
    expect((await json(grace, 'query', sql)).code).toBe('identity.session')
    const alone = await fetch(`${mesh.door.url}/v1/sql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${handleOf(ada)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ sql }),
    })
    expect(alone.status).toBe(401)
  })

  it('is logged out: the session is over at the gate, and the issuer is asked for what it can end', async () => {
    const home = join(mesh.dir, 'ada')
    const before = readFileSync(join(home, 'login.json'), 'utf8')
    // Without a refresh token there is nothing to renew with: the session lasts until it ends by itself.
    writeFileSync(join(home, 'login.json'), JSON.stringify({ ...JSON.parse(before), accessExpires: 0 }))
    expect(await json(home, 'logout')).toMatchObject({ untold: ['lab'] })
    writeFileSync(join(home, 'login.json'), before, { mode: 0o600 })
    expect(await json(home, 'logout')).toMatchObject({ untold: [] })
    writeFileSync(join(home, 'login.json'), JSON.stringify({ ...JSON.parse(before), use: undefined }), { mode: 0o600 })
    expect((await json(home, 'query', sql)).code).toBe('identity.session')
  })
})
