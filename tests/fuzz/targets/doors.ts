import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from '../dist-modules.ts'
import { check, type Target, utf8 } from '../target.ts'
import { named, never, scratch } from './refusals.ts'

const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 5)]),
  format: 'der',
  type: 'pkcs8',
})
const publicKey = createPublicKey(privateKey)
type Events = typeof import('../../../packages/identity/src/signals/security-event-token.ts')
type Bundles = typeof import('../../../packages/bundle/src/index.ts')
type Server = ReturnType<typeof import('../../../packages/gate/src/doors/sql-http/server.ts').createDoor>

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'] as const
const requestWords = [
  ...methods.map(method => `${method} `),
  '/v1/sql',
  '/v1/why',
  '/v1/who-saw',
  '/v1/who-can',
  '/v1/see-as',
  '/v1/replay',
  '/v1/sessions',
  '/v1/sessions/current',
  '/v1/whoami',
  '/v1/products',
  '/v1/bundles/domain',
  '/v1/signals/staff',
  'Authorization: Bearer transmitter',
  'application/secevent+jwt',
  '/v1/bundles/centre',
  '/v1/bundles',
  '/v1/freshness',
  '/log/audit/checkpoint',
  '/log/audit/tile/0/000.p/1',
  '/log/audit/tile/entries/x001/000',
  '/readyz',
  '/livez',
  '/metrics',
  '/openapi.json',
  '?',
  '%2e%2e',
  '..',
  '/',
  '%00',
  '%ff',
  '\n',
  '\n\n',
  'Accept: ',
  'application/json',
  'application/x-ndjson',
  ';q=0',
  'Content-Type: ',
  'Authorization: Bearer a.b.c',
  'If-None-Match: ',
  '{"sql":"SELECT 1"}',
  '{',
  '}',
  '[',
  '"',
  ':',
  ',',
  'null',
  '1',
  '"resource":"a.b"',
  '"limit":',
  '"sql":',
  '"parameters":',
  '"__proto__":',
]

interface Asked {
  readonly method: (typeof methods)[number]
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly payload: Buffer
}

/** `METHOD path`, header lines, an empty line, the body. What Node's HTTP parser would refuse is left out. */
function asked(bytes: Buffer): Asked {
  const split = bytes.indexOf('\n\n')
  const [first = '', ...lines] = bytes
    .subarray(0, split < 0 ? bytes.length : split)
    .toString('latin1')
    .split('\n')
  const [method = '', url = ''] = first.split(' ')
  const headers = Object.fromEntries(
    lines.flatMap(line => {
      const [, name = '', value = ''] = /^([A-Za-z-]{1,40}): ([\x20-\x7e]*)$/.exec(line) ?? []
      return name === '' || /^(?:host|content-length|transfer-encoding|expect|connection|upgrade)$/i.test(name)
        ? []
        : [[name.toLowerCase(), value] as const]
    }),
  )
  const at = `/${url.replace(/^\/+/, '').replace(/[^\x21-\x7e]/g, '%20')}`
  return {
    method: methods.find(known => known === method) ?? 'POST',
    url: URL.canParse(at, 'http://x') ? pathOf(new URL(at, 'http://x')) : '/',
    headers,
    payload: split < 0 ? Buffer.alloc(0) : bytes.subarray(split + 2),
  }
}

/** As it is sent: without the dots that an address is walked by. */
const pathOf = ({ pathname, search }: URL): string => pathname + search

const seeds = [
  'POST /v1/sql\nContent-Type: application/json\n\n{"sql":"SELECT 1","purpose":"analytics"}',
  'POST /v1/why\nContent-Type: application/json\n\n{"sql":"SELECT 1","parameters":{"a":1}}',
  'POST /v1/who-saw\nContent-Type: application/json\nAuthorization: Bearer a.b.c\n\n{"resource":"a.b.c","limit":3}',
  'POST /v1/who-can\nContent-Type: application/json\nAuthorization: Bearer a.b.c\n\n{"resource":"a.b.c.d","purpose":"x"}',
  'POST /v1/see-as\nContent-Type: application/json\nAuthorization: Bearer a.b.c\n\n{"login":"a@b","agents":["c","d@b"],"table":"a.b.c"}',
  'POST /v1/replay\nContent-Type: application/json\nAuthorization: Bearer a.b.c\n\n{"index":3,"official":true}',
  'PUT /v1/bundles/domain\nContent-Type: application/json\n\n{"payloadType":"x","payload":"","signatures":[{"sig":""}]}',
  'PUT /v1/bundles/centre\n\n{}',
  'POST /v1/signals/staff\nContent-Type: application/secevent+jwt\nAuthorization: Bearer transmitter\n\neyJhbGciOiJSUzI1NiJ9.e30.AA',
  'POST /v1/sessions\nContent-Type: application/json\nAuthorization: DPoP a.b.c\nDPoP: a.b.c\n\n{"purpose":"analytics","seconds":60}',
  'DELETE /v1/sessions/current\nAuthorization: DPoP svg_session_a\nDPoP: a.b.c\n',
  'GET /v1/whoami\nAuthorization: Bearer a.b.c\n',
  'POST /v1/whoami\nContent-Type: application/json\nAuthorization: Bearer a.b.c\n\n{"session":"svg_session_a"}',
  'POST /v1/devices\nContent-Type: application/jwt\n\neyJhbGciOiJFZERTQSJ9.e30.AA',
  'GET /v1/bundles/centre\nIf-None-Match: "x"\n',
  'GET /v1/freshness\n',
  'GET /log/audit/checkpoint\nAccept: */*\n',
  'GET /log/audit/tile/0/000.p/1\n',
  'GET /v1/products\n',
  'GET /openapi.json\n',
  'DELETE /v1/sql\n',
]

/** Codes with which a gate without rules may say that it is its own fault. */
const own = new Set(['policy.missing', 'policy.signature'])

async function judge(server: Server, bytes: Buffer, isProblem: (body: unknown, status: number) => string | undefined): Promise<string> {
  const { method, url, headers, payload } = asked(bytes)
  const answer = await server.inject({ method, url, headers: { host: 'x', ...headers }, payload })
  const { statusCode } = answer
  if (statusCode < 400) return `${method} ${statusCode}`
  if (method === 'HEAD') return `HEAD ${statusCode}`
  // It says what a gate lacks: a state, and no refusal.
  if (url.startsWith('/readyz') && statusCode === 503) return 'not ready'
  const type = String(answer.headers['content-type'])
  if (type.startsWith('application/json') && url.startsWith('/v1/signals/')) return `${method} ${wordOf(answer.body)}`
  check(type.startsWith('application/problem+json'), 'a refusal is a problem document')
  const code = isProblem(JSON.parse(answer.body), statusCode)
  check(code !== undefined, 'a refusal has a code of the table and its status')
  // Or nothing behind the check of names is ever asked.
  check(code !== 'request.host', 'the door is asked under its own name')
  check(statusCode < 500 || own.has(code), 'no request brings the door to a fault')
  return `${method} ${code}`
}

/** RFC 8935 has words of its own. */
function wordOf(body: string): string {
  const { err, description, ...rest } = JSON.parse(body) as Readonly<Record<string, unknown>>
  check(/^(invalid_request|authentication_failed)$/.test(String(err)), 'a refused event is told by a word of its specification')
  check(typeof description === 'string' && Object.keys(rest).length === 0, 'and by nothing else')
  return String(err)
}

async function problems(): Promise<(body: unknown, status: number) => string | undefined> {
  const { errorTable } = await load<typeof import('../../../packages/kernel/src/model/index.ts')>('kernel/model/index')
  return (body, status) => {
    const { code } = Object(body) as { code?: unknown }
    return typeof code === 'string' && Object.hasOwn(errorTable, code) && errorTable[code as keyof typeof errorTable].http === status
      ? code
      : undefined
  }
}

/** The whole door of a gate that has no rules yet: what is read before anybody is known, and bundles under a pinned key. */
async function gateDoor(): Promise<Target> {
  const { createDoor } = await load<typeof import('../../../packages/gate/src/doors/sql-http/server.ts')>('gate/doors/sql-http/server')
  const { parseConfig } = await load<typeof import('../../../packages/gate/src/config.ts')>('gate/config')
  const { openTelemetry } = await load<typeof import('../../../packages/gate/src/telemetry.ts')>('gate/telemetry')
  const identity = await load<typeof import('../../../packages/identity/src/index.ts')>('identity/index')
  const { parseSecurityEventToken } = await load<Events>('identity/signals/security-event-token')
  const { openBundle, signBundle } = await load<Bundles>('bundle/index')
  const { SelvageError } = await load<typeof import('../../../packages/kernel/src/model/index.ts')>('kernel/model/index')
  const { SessionStore } = await load<typeof import('../../../packages/gate/src/sessions/store.ts')>('gate/sessions/store')
  const { x } = publicKey.export({ format: 'jwk' })
  const trust = new identity.DeviceTrust([
    { source: 'mdm' as never, method: 'managed', maxAge: 900, key: { kty: 'OKP', crv: 'Ed25519', x: x! } },
  ])
  const auditDir = scratch()
  mkdirSync(join(auditDir, 'tile', '0', '000.p'), { recursive: true })
  writeFileSync(join(auditDir, 'checkpoint'), 'x\n')
  writeFileSync(join(auditDir, 'tile', '0', '000.p', '1'), Buffer.alloc(32))
  const config = parseConfig({
    mesh: 'm',
    domain: 'd',
    port: 0,
    stateDir: auditDir,
    keys: { centre: '', domain: '', freshness: '' },
    control: 'http://127.0.0.1:1',
    hosts: ['x'],
    limits: { requestBytes: 2_048 },
  })
  const generation = (): never => {
    throw new SelvageError('policy.missing')
  }
  const gate = {
    config,
    clock: Date.now,
    random: randomBytes,
    log: () => undefined,
    telemetry: openTelemetry({ entries: () => 0, children: () => 0, staleIssuers: () => 0, silent: () => 0, standing: () => 0 }),
    auditDir,
    generation,
    standing: identity.createStanding({ now: Date.now }),
    sender: identity.createSenderChecker({ now: Date.now, uptime: () => performance.now(), random: randomBytes }),
    sessions: new SessionStore({ perSubject: 1, inAll: 1 }),
    devices: { take: async (text: string) => void trust.verify(text, Date.now()) },
  }
  const sync = {
    generation,
    offerDomain: async (envelope: string) => openBundle(envelope, publicKey),
    readiness: () => ({ ready: false }),
    describe: () => ({}),
    close: async () => undefined,
  }
  const signals: Parameters<typeof createDoor>[2] = {
    admit: (_alias, authorization) => {
      if (authorization !== 'Bearer transmitter') throw new SelvageError('signal.sender')
    },
    receive: async (_alias, text) => void parseSecurityEventToken(text),
  }
  type Parts = Parameters<typeof createDoor>
  const server = createDoor(gate as unknown as Parts[0], sync as unknown as Parts[1], signals)
  const bundle = signBundle(
    {
      kind: 'domain',
      mesh: 'm',
      domain: 'd',
      version: 1,
      issued: '2026-11-25T00:00:00Z',
      expires: '2027-11-25T00:00:00Z',
      variables: {},
      files: [],
    } as unknown as Parameters<typeof signBundle>[0],
    { id: 'k', privateKey },
  )
  const isProblem = await problems()
  return {
    name: 'gate-door',
    files: [
      'server',
      'sql',
      'why',
      'who-saw',
      'oversight',
      'replay',
      'products',
      'bundles',
      'logs',
      'addresses',
      'sessions',
      'whoami',
      'devices',
    ].map(file => `gate/doors/sql-http/${file}`),
    seeds: [...seeds, `PUT /v1/bundles/domain\n\n${bundle}`],
    words: requestWords,
    longest: 1_024,
    refusal: never,
    run: bytes => judge(server, bytes, isProblem),
    close: async () => {
      await server.close()
      rmSync(auditDir, { recursive: true })
    },
  }
}

async function controlDoor(): Promise<Target> {
  const { createServer } = await load<typeof import('../../../packages/control/src/server.ts')>('control/server')
  const { openCentre } = await load<typeof import('../../../packages/control/src/centre.ts')>('control/centre')
  const { signBundle } = await load<Bundles>('bundle/index')
  const stateDir = scratch()
  const centre = openCentre({
    mesh: 'm',
    stateDir,
    centreKey: publicKey,
    key: { id: 'f', privateKey },
    now: () => Date.parse('2026-12-01T00:00:00Z'),
  })
  const server = createServer(centre, () => undefined, ['x'])
  const bundle = signBundle(
    {
      kind: 'centre',
      mesh: 'm',
      version: 2,
      issued: '2026-11-25T00:00:00Z',
      expires: '2027-11-25T00:00:00Z',
      variables: {},
      files: [],
    } as unknown as Parameters<typeof signBundle>[0],
    { id: 'k', privateKey },
  )
  const isProblem = await problems()
  return {
    name: 'control-door',
    files: ['control/server', 'control/centre'],
    seeds: [...seeds.filter(seed => /bundles\/centre|freshness/.test(seed)), `PUT /v1/bundles/centre\n\n${bundle}`],
    words: requestWords,
    longest: 1_024,
    refusal: never,
    run: bytes => judge(server as unknown as Server, bytes, isProblem),
    close: async () => {
      await server.close()
      rmSync(stateDir, { recursive: true })
    },
  }
}

const state = JSON.stringify({
  mesh: 'example',
  control: 'http://127.0.0.1:1',
  gates: {
    sales: { http: 'http://127.0.0.1:2', logs: { audit: 'http://127.0.0.1:2/log/audit' } },
    health: { http: 'x', logs: { audit: 'y' } },
  },
  issuers: { workforce: 'http://127.0.0.1:3' },
  logins: ['rep'],
  verifierKeys: ['k'],
  tree: '/x',
  data: 'sample',
})
const people = 'workforce:\n  - { login: rep, kind: User, roles: [a], attributes: { x: 1 } }\n  - login: bot\n    kind: Agent\n'

/** What the command line reads of a running mesh (`dev.json`), of its people, and of a plan that was saved. */
async function commandLine(): Promise<Target> {
  const { gateOf, readDevState } = await load<typeof import('../../../packages/cli/src/state.ts')>('cli/state')
  const { readPeople } = await load<typeof import('../../../packages/cli/src/dev/mesh.ts')>('cli/dev/mesh')
  const { parsePlan } = await load<typeof import('../../../packages/cli/src/plan/plan-file.ts')>('cli/plan/plan-file')
  const dir = scratch()
  return {
    name: 'command-line',
    files: ['cli/state', 'cli/dev/mesh', 'cli/plan/plan-file'],
    seeds: [
      state,
      people,
      `{"mesh":"example","directory":"${'cd'.repeat(32)}","signers":[{"who":"sales","before":null,"after":"${'ab'.repeat(32)}"}]}`,
      `issuers:\n${people.replace(/^/gm, '  ')}`,
      '{"code":"query.syntax","title":"t","detail":"d","help":"h","ref":"r","position":{"line":1,"column":2},"rules":[{"id":"a/b","reason":"x"}]}',
    ],
    words: [
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      '\n',
      '  - ',
      '"gates":{',
      '"signers":[',
      '"before":',
      '"(":',
      '"a.b":',
      '&a ',
      '*a',
      'kind: User',
      'login: ',
      'null',
      '"rules":',
      '"position":',
      '1',
      '"code":',
      '"__proto__":',
      '"data":"real"',
    ],
    longest: 1_024,
    // `CommandError`: a sentence for people and an exit code.
    refusal: named('CommandError'),
    run(bytes) {
      const text = utf8(bytes)
      if (!text.startsWith('{')) {
        writeFileSync(join(dir, 'people.yaml'), bytes)
        return `people ${Object.keys(readPeople(dir)).length}`
      }
      if (text.includes('"signers"')) {
        const { signers } = parsePlan(text)
        check(
          signers.every(({ who, after }) => /^[a-z]/.test(who) && after.length === 64),
          'a plan names signers and digests',
        )
        return `plan ${signers.length}`
      }
      writeFileSync(join(dir, 'dev.json'), bytes)
      const { http, domain } = gateOf(readDevState(dir), 'SELECT * FROM sales.crm.customer')
      check(typeof http === 'string' && typeof domain === 'string', 'a gate has an address')
      return `gate ${domain}`
    },
    close: () => rmSync(dir, { recursive: true }),
  }
}

async function issuedToken(): Promise<Target> {
  const { publicKey: issuerKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { readIssuedToken } =
    await load<typeof import('../../../packages/testkit/src/issuer/issued-token.ts')>('testkit/issuer/issued-token')
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return {
    name: 'issued-token',
    files: ['testkit/issuer/issued-token'],
    seeds: [
      `${encode({ alg: 'ES256', typ: 'at+jwt' })}.${encode({ iss: 'i', aud: 'a', sub: 's', exp: 9e9 })}.${Buffer.alloc(64).toString('base64url')}`,
      'a.b.c',
      '..',
    ],
    words: ['.', '=', '-', '_', 'AAAA', 'eyJ'],
    longest: 512,
    refusal: never,
    run(bytes) {
      const found = readIssuedToken(utf8(bytes), 'i', 'a', issuerKey)
      check(found === undefined, 'nothing that the issuer did not sign is taken')
      return 'refused'
    },
  }
}

async function purposeDetail(): Promise<Target> {
  const { readPurpose } =
    await load<typeof import('../../../packages/testkit/src/issuer/purpose-detail.ts')>('testkit/issuer/purpose-detail')
  return {
    name: 'purpose-detail',
    files: ['testkit/issuer/purpose-detail'],
    seeds: ['[{"type":"selvage","purpose":"analytics"}]', '[{"type":"selvage","purpose":"service-provision"},{}]', '[]'],
    words: ['"type":', '"selvage"', '"purpose":', '"__proto__":', '[', ']', '{', '}', ',', '<', '&', 'null'],
    longest: 512,
    refusal: never,
    run(bytes) {
      const found = readPurpose(utf8(bytes))
      if (found === undefined) return 'refused'
      check(/^[a-z][a-z0-9_-]{0,62}$/.test(found), 'a purpose is a name')
      return `purpose ${found.length}`
    },
  }
}

export const doorTargets: Readonly<Record<string, () => Promise<Target>>> = {
  'gate-door': gateDoor,
  'control-door': controlDoor,
  'command-line': commandLine,
  'issued-token': issuedToken,
  'purpose-detail': purposeDetail,
}
