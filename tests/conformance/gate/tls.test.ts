import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseConfig } from '../../../packages/gate/src/config.ts'
import { athOf, jktOf, signProof } from '../../../packages/identity/src/testing/proof.ts'
import { testKey } from '../../../packages/identity/src/testing/token.ts'
import { SmallMesh } from './small-mesh.ts'
import { domainFiles } from './small-tree.ts'

vi.setConfig({ testTimeout: 60_000 })

const dir = mkdtempSync(join(tmpdir(), 'selvage-tls-'))
const files = (name: string): { key: string; certificate: string } => ({
  key: join(dir, `${name}.key`),
  certificate: join(dir, `${name}.pem`),
})

/** Signed by itself, or by `ca`. */
function makeCertificate(name: string, ca?: string, kind: 'authority' | 'device' = 'authority'): void {
  const { key, certificate } = files(name)
  const by = ca === undefined ? [] : ['-CA', files(ca).certificate, '-CAkey', files(ca).key]
  const leaf = kind === 'device' ? ['-addext', 'basicConstraints=critical,CA:FALSE'] : []
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`]
  execFileSync('openssl', ['req', '-x509', ...options, ...leaf, '-keyout', key, '-out', certificate, ...by], { stdio: 'ignore' })
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const certificateOf = (name: string): X509Certificate => new X509Certificate(readFileSync(files(name).certificate))
const bound = (name: string): object => ({ cnf: { 'x5t#S256': createHash('sha256').update(certificateOf(name).raw).digest('base64url') } })

describe.skipIf(!hasOpenssl())('a gate with TLS (needs openssl)', () => {
  let mesh: SmallMesh

  beforeAll(async () => {
    makeCertificate('gate')
    makeCertificate('ca')
    makeCertificate('client', 'ca')
    makeCertificate('laptop', 'ca', 'device')
    makeCertificate('other-ca')
    makeCertificate('thief', 'ca')
    makeCertificate('alone')
    // Of this test's own requests: the gate's certificate is signed by nobody.
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    mesh = await SmallMesh.ready({ gate: { tls: { ...files('gate'), clientCa: files('ca').certificate } } })
  })
  afterAll(async () => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    await mesh?.close()
    rmSync(dir, { recursive: true, force: true })
  })

  /** The code of a statement that comes on a connection of this client. */
  function ask(headers: Readonly<Record<string, string>>, client?: string): Promise<string> {
    const own = client === undefined ? {} : { key: readFileSync(files(client).key), cert: readFileSync(files(client).certificate) }
    const body = JSON.stringify({ sql: 'SELECT id FROM lab.shop.orders', purpose: 'analytics' })
    const options = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, rejectUnauthorized: false, ...own }
    return new Promise((resolve, reject) => {
      const sent = request(`${mesh.door.url}/v1/sql`, options, async response => {
        const text = Buffer.concat(await response.toArray()).toString()
        resolve(response.statusCode === 200 ? 'taken' : `${(JSON.parse(text) as { code: string }).code}`)
      })
      sent.once('error', reject)
      sent.end(body)
    })
  }
  const bearer = (claims: object): Record<string, string> => ({ authorization: `Bearer ${mesh.token({ ...claims })}` })

  test('speaks TLS, and asks nobody for a certificate whose token names none', async () => {
    expect(mesh.door.url).toMatch(/^https:/)
    expect(await ask(bearer({}))).toBe('taken')
    expect(await ask(bearer({}), 'client')).toBe('taken')
  })

  test('takes a token that is bound to a certificate on its own connection, twice, and on no other', async () => {
    const headers = bearer(bound('client'))
    expect([await ask(headers, 'client'), await ask(headers, 'client')]).toEqual(['taken', 'taken'])
    for (const client of [undefined, 'thief', 'alone']) expect(await ask(headers, client)).toBe('identity.proof')
  })

  test('a certificate that is of no client authority is none', async () => {
    expect(await ask(bearer(bound('alone')), 'alone')).toBe('identity.proof')
  })

  test('a certificate of the organisation’s own authority says that the device is managed, and no other does', async () => {
    const rule = `@id("lab/managed")
forbid (principal, action == Mesh::Action::"read", resource in Mesh::Domain::"lab")
unless { context has device && context.device.source == "device_ca" && context.device has managed && context.device.managed };
`
    const authority = (name: string): string => readFileSync(files(name).certificate, 'utf8').replace(/^/gm, '      ').trimEnd()
    const put = async (name: string, version: number): Promise<number> => {
      const devices = `  - source: device_ca\n    method: managed\n    authority: |\n${authority(name)}\n`
      const tree = domainFiles.map(file =>
        file.path.endsWith('/domain.yaml') ? { ...file, text: file.text.replace('devices:\n', `devices:\n${devices}`) } : file,
      )
      const bundle = mesh.domainBundle({ version, files: [...tree, { path: 'domains/lab/policies/managed.cedar', text: rule }] })
      return (await mesh.putDomain(bundle)).status
    }
    // A device's own certificate is no authority's.
    expect(await put('laptop', 4)).toBe(422)
    expect(await put('ca', 5)).toBe(200)
    expect(await ask(bearer(bound('laptop')), 'laptop')).toBe('taken')
    // One of the same authority that may sign others is no device's; and who proved nothing has none.
    expect(await ask(bearer(bound('client')), 'client')).toBe('policy.denied')
    expect(await ask(bearer({ device: { managed: true } }), 'laptop')).toBe('policy.denied')
    expect(await put('other-ca', 6)).toBe(200)
    expect(await ask(bearer(bound('laptop')), 'laptop')).toBe('policy.denied')
    await mesh.putDomain(mesh.domainBundle({ version: 7 }))
  })

  test('whoever does not speak TLS is cut off, and nobody else', async () => {
    const { hostname, port } = new URL(mesh.door.url)
    const garbage = ['GET /livez HTTP/1.1\r\nHost: x\r\n\r\n', '\x16\x03\x01\xff\xff', '']
    for (const text of garbage) {
      const socket = connect(Number(port), hostname, () => socket.end(text))
      await new Promise(resolve =>
        socket
          .once('close', resolve)
          .once('error', () => undefined)
          .resume(),
      )
    }
    expect(await ask(bearer({}))).toBe('taken')
  })

  test('a proof is for its https address', async () => {
    const key = testKey('proof')
    const token = mesh.token({ cnf: { jkt: jktOf(key) } })
    const htu = `${mesh.door.url}/v1/sql`
    const send = (address: string): Promise<string> => {
      const proof = { jti: address, htm: 'POST', htu: address, iat: Math.floor(Date.now() / 1_000), ath: athOf(token) }
      return ask({ authorization: `DPoP ${token}`, dpop: signProof(proof, key) })
    }
    expect([await send(htu), await send(htu.replace('https:', 'http:'))]).toEqual(['identity.nonce', 'identity.proof'])
  })
})

test('without TLS a gate listens on loopback only', () => {
  const config = (more: object): object => ({
    mesh: 'm',
    domain: 'd',
    port: 1,
    stateDir: 's',
    keys: { centre: '', domain: '', freshness: '' },
    control: 'http://127.0.0.1:1',
    ...more,
  })
  expect(() => parseConfig(config({ host: '0.0.0.0' }))).toThrow('loopback')
  expect(() => parseConfig(config({ host: 'gate.example.org', tls: files('gate') }))).toThrow()
  expect(parseConfig(config({ host: '0.0.0.0', tls: files('gate') }))).toMatchObject({ host: '0.0.0.0' })
})
