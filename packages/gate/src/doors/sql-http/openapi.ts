import { errorTable } from '@selvage/kernel/model'

/** The door as OpenAPI 3.1 has it. Every response that a suite sees is validated against it. */

const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` })
const object = (required: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}): object => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
})
const list = (items: object): object => ({ type: 'array', items })
const text = { type: 'string' }
const count = { type: 'integer', minimum: 0 }
const hexDigest = { type: 'string', pattern: '^[0-9a-f]{64}$' }
const instant = { type: 'string', format: 'date-time' }
const nullable = (schema: object): object => ({ oneOf: [schema, { type: 'null' }] })
const scalar = { type: ['string', 'number', 'boolean', 'null'] }

const schemas = {
  SqlRequest: object(
    { sql: { type: 'string', minLength: 1 } },
    {
      parameters: { oneOf: [list(scalar), { type: 'object', additionalProperties: scalar }] },
      purpose: text,
      session: { ...text, description: 'Its handle, in place of a purpose.' },
      reason: text,
    },
  ),
  Receipt: object({ origin: text, index: count, leaf: hexDigest }),
  Protection: object({ kind: { enum: ['clear', 'partial', 'generalize', 'token', 'null', 'conditional'] } }, { rule: text, reason: text }),
  Column: object({ name: text, type: text, protection: ref('Protection') }),
  Answer: object({ statement: text, columns: list(ref('Column')), rows: list({ type: 'array' }), receipt: ref('Receipt') }),
  AnswerHeader: object({ statement: text, columns: list(ref('Column')), receipt: ref('Receipt') }),
  AnswerTrailer: { oneOf: [object({ rows: count, receipt: ref('Receipt') }), object({ error: ref('Problem'), receipt: ref('Receipt') })] },
  Rule: object({ id: text }, { reason: text }),
  Change: {
    oneOf: [
      object({ kind: { const: 'purpose' }, purpose: text }),
      object({ kind: { const: 'role' }, role: text }, { agent: text }),
      object(
        { kind: { const: 'attribute' }, name: text, value: { type: ['string', 'integer', 'boolean'] }, among: { type: 'boolean' } },
        { agent: text },
      ),
      object({ kind: { const: 'group' }, group: text }),
      object({ kind: { const: 'device' }, device: { enum: ['asserted', 'managed', 'attested'] } }),
      object({ kind: { const: 'signal' }, signal: { enum: ['managed', 'encrypted', 'patched'] } }),
      object({ kind: { const: 'observed' } }),
      object({ kind: { const: 'method' }, method: { enum: ['managed', 'attested'] } }),
      object({ kind: { const: 'proof' }, proof: { enum: ['dpop', 'mtls'] } }),
      object({ kind: { const: 'known' }, degraded: list(text) }),
      object({ kind: { const: 'grant' }, domain: text }),
    ],
    description: 'Of whoever asks, of an agent, or of the circumstances; decided anew with all changes of one list, more is shown.',
  },
  Explanation: object({
    purpose: text,
    labels: { ...list(text), description: 'Of all tables and columns that the statement touches.' },
    columns: list(ref('Column')),
    tables: list(
      object({
        table: text,
        rows: object({
          visible: { enum: ['all', 'some', 'none'] },
          rules: list(ref('Rule')),
          wouldChange: list(object({ changes: list(ref('Change')), visible: { enum: ['some', 'all'] } })),
        }),
        columns: list(
          object({
            name: text,
            used: { type: 'boolean' },
            protection: ref('Protection'),
            rules: list(ref('Rule')),
            wouldChange: list(object({ changes: list(ref('Change')), kind: text })),
          }),
        ),
      }),
    ),
    receipt: ref('Receipt'),
  }),
  Products: object({
    products: list(
      object(
        {
          id: text,
          version: text,
          readable: { type: 'boolean' },
          tables: list(object({ id: text, name: text, columns: list(object({ name: text, type: text })) })),
        },
        { description: text },
      ),
    ),
  }),
  WhoSawRequest: object({ resource: text }, { purpose: text, limit: { type: 'integer', minimum: 1, maximum: 10_000 } }),
  WhoSaw: object({
    accesses: list(
      object({
        origin: text,
        index: count,
        time: instant,
        subject: text,
        agents: list(text),
        purpose: text,
        table: text,
        columns: list(text),
        rules: list(text),
      }),
    ),
    truncated: { type: 'boolean' },
    receipt: ref('Receipt'),
  }),
  SessionRequest: object({ purpose: text }, { reason: text, seconds: { type: 'integer', minimum: 1, maximum: 86_400 } }),
  Session: object({
    session: { type: 'string', pattern: '^svg_session_[A-Za-z0-9_-]{43}$', description: 'The handle, told this once.' },
    expires: instant,
    subject: text,
    actors: list(text),
    purpose: text,
    proof: ref('Proof'),
    device: { enum: ['unknown', 'asserted', 'managed', 'attested'] },
    receipt: ref('Receipt'),
  }),
  SessionEnded: object({ receipt: ref('Receipt') }),
  Proof: { enum: ['bearer', 'dpop', 'mtls'], description: 'How the sender’s key was proven, as rules see it.' },
  WhoAmIRequest: object({ session: text }),
  WhoAmI: object(
    {
      subject: object({
        id: text,
        kind: { enum: ['User', 'Workload'] },
        roles: list(text),
        groups: list(text),
        attributes: list(object({ name: text, value: {}, source: text, observed: instant, expires: instant }, {})),
      }),
      actors: list(object({ id: text, roles: list(text) })),
      issuer: text,
      observed: { ...instant, description: 'When the token was issued that says so.' },
      expires: instant,
      proof: ref('Proof'),
      degraded: { ...list(text), description: 'What the gate cannot know at this moment.' },
      purposes: { ...list(text), description: 'That you may declare.' },
    },
    {
      client: text,
      device: object(
        { method: { enum: ['asserted', 'managed', 'attested'] }, source: text, observed: instant },
        { managed: { type: 'boolean' }, encrypted: { type: 'boolean' }, patched: { type: 'boolean' } },
      ),
      session: object({ purpose: text, opened: instant, expires: instant }, { reason: text }),
    },
  ),
  Sight: {
    ...object(
      {
        login: { ...text, description: '`login@issuer`, as the directory has it.' },
        kind: { enum: ['User', 'Workload'] },
        purpose: text,
        table: text,
        rows: object(
          { visible: { enum: ['all', 'some'] }, rules: list(text) },
          { condition: { ...text, description: 'Told to whoever may administer the table.' } },
        ),
        columns: list(object({ name: text, protection: text, rules: list(text) })),
      },
      { agents: list(text) },
    ),
    description: 'What one login may see of one table for one purpose, decided from the rules. Columns that show nothing are left out.',
  },
  WhoCanRequest: object({ resource: text }, { purpose: text }),
  WhoCan: object({
    sights: list(ref('Sight')),
    directory: {
      ...object({ logins: count, elsewhere: count, digest: hexDigest }),
      description: 'How many logins were looked at, and how many are of issuers that this domain does not trust.',
    },
    receipt: ref('Receipt'),
  }),
  SeeAsRequest: object(
    { login: text },
    { agents: { ...list(text), description: 'Agents of the same issuer, through whom they would ask.' }, table: text },
  ),
  SeeAs: object({ sights: list(ref('Sight')), receipt: ref('Receipt') }),
  ReplayRequest: object({ index: count }, { official: { type: 'boolean' } }),
  Replayed: object(
    {
      index: count,
      outcome: { enum: ['agrees', 'differs', 'unknown'] },
      why: list(text),
      receipt: ref('Receipt'),
    },
    { official: list(object({ table: text, rows: count, differences: count })) },
  ),
  BundleRef: object({ version: count, digest: hexDigest }),
  HeldBundle: object({
    version: count,
    digest: hexDigest,
    content: { ...hexDigest, description: 'Of what it says, apart from when and in which version it was signed.' },
    issued: instant,
    expires: instant,
  }),
  Activation: {
    ...object({ generation: count, centre: count, domain: count, readMs: count, triedMs: count, ms: count, requests: count, rows: count }),
    description:
      'Versions in force. `requests`, `rows`: what both engines were tried on; times in milliseconds, each with what came before.',
  },
  Bundles: object({
    centre: nullable(ref('HeldBundle')),
    domain: nullable(ref('HeldBundle')),
    freshness: nullable(object({ mesh: text, version: count, digest: hexDigest, issued: instant })),
    active: nullable(ref('Activation')),
    refused: list(
      object(
        { kind: { enum: ['centre', 'domain'] }, code: { enum: Object.keys(errorTable) }, time: instant, times: count },
        { version: count },
      ),
    ),
  }),
  Ready: object({ ready: { type: 'boolean' } }, { why: text, degraded: { type: 'array', items: { const: 'signals-stale' } } }),
  RefusedEvent: object({ err: text, description: text }),
  Problem: object(
    {
      type: text,
      title: text,
      status: { type: 'integer' },
      code: { enum: Object.keys(errorTable) },
      detail: text,
      help: text,
      ref: { type: 'string', pattern: '^[0-9a-f]{16}$' },
    },
    { position: object({ line: { type: 'integer', minimum: 1 }, column: { type: 'integer', minimum: 1 } }), rules: list(ref('Rule')) },
  ),
}

const json = (name: string): object => ({ 'application/json': { schema: ref(name) } })
const refused = { description: 'Refused; the code says why.', content: { 'application/problem+json': { schema: ref('Problem') } } }
const answers = (content: object, description: string): object => ({ '200': { description, content }, default: refused })
const body = (name: string): object => ({ required: true, content: json(name) })
const securitySchemes = {
  token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT (RFC 9068)' },
  stream: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'What this gate gave to a transmitter for its stream.' },
  bound: {
    type: 'http',
    scheme: 'dpop',
    description: 'A token that is bound to a key, or the handle of a session, with one proof in `DPoP` (RFC 9449).',
  },
}
/** Either alone. */
const bearer = [{ token: [] }, { bound: [] }]

export const openApi = {
  openapi: '3.1.0',
  info: { title: 'Selvage gate', version: '0.1.0', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
  components: { schemas, securitySchemes },
  paths: {
    '/v1/sql': {
      post: {
        summary: 'Ask SQL of the products of this domain.',
        security: bearer,
        requestBody: body('SqlRequest'),
        responses: answers(
          {
            ...json('Answer'),
            'application/x-ndjson': {
              schema: { description: 'A line AnswerHeader, one array per row, a line AnswerTrailer.', type: 'string' },
            },
          },
          'The rows and cells that the rules allow.',
        ),
      },
    },
    '/v1/why': {
      post: {
        summary: 'Explain what a statement would give; nothing is run.',
        security: bearer,
        requestBody: body('SqlRequest'),
        responses: answers(json('Explanation'), 'Per table and column: outcome and deciding rules.'),
      },
    },
    '/v1/sessions': {
      post: {
        summary: 'Open a session: who you are now, for a purpose, for a while.',
        security: bearer,
        requestBody: body('SessionRequest'),
        responses: { '201': { description: 'Its handle counts with your key.', content: json('Session') }, default: refused },
      },
    },
    '/v1/sessions/{session}': {
      delete: {
        summary: 'End a session, and what runs in it.',
        security: bearer,
        parameters: [
          { name: 'session', in: 'path', required: true, schema: text, description: 'Its handle; `current`: the one you come with.' },
        ],
        responses: answers(json('SessionEnded'), 'It is over.'),
      },
    },
    '/v1/whoami': {
      get: {
        summary: 'What this gate knows of you, from where, and since when.',
        security: bearer,
        responses: answers(json('WhoAmI'), 'You.'),
      },
      post: {
        summary: 'The same, in a session that is named by its handle.',
        security: bearer,
        requestBody: body('WhoAmIRequest'),
        responses: answers(json('WhoAmI'), 'You.'),
      },
    },
    '/v1/products': {
      get: { summary: 'The products that you may discover.', security: bearer, responses: answers(json('Products'), 'Products.') },
    },
    '/v1/who-saw': {
      post: {
        summary: 'Who was given rows of a product, table or column. Needs `audit` on it.',
        security: bearer,
        requestBody: body('WhoSawRequest'),
        responses: answers(json('WhoSaw'), 'Accesses, newest first.'),
      },
    },
    '/v1/who-can': {
      post: {
        summary: 'Who of the directory may see a table or a column, by which rules. Needs `audit` or `administer` on it.',
        security: bearer,
        requestBody: body('WhoCanRequest'),
        responses: answers(json('WhoCan'), 'Each login with each purpose for which something is shown.'),
      },
    },
    '/v1/see-as': {
      post: {
        summary: 'What a login of the directory may see of tables that you may audit or administer. Never data.',
        security: bearer,
        requestBody: body('SeeAsRequest'),
        responses: answers(json('SeeAs'), 'By table and purpose; nothing of one whom the directory does not name.'),
      },
    },
    '/v1/replay': {
      post: {
        summary:
          'Decide an audited statement again, answered or refused, from the rules that its entry names. Needs `audit` on its tables.',
        security: bearer,
        requestBody: body('ReplayRequest'),
        responses: answers(json('Replayed'), 'Whether it agrees with the record.'),
      },
    },
    '/v1/bundles': {
      get: { summary: 'Which rules are in force: versions and digests.', responses: answers(json('Bundles'), 'Bundles and freshness.') },
    },
    '/v1/bundles/domain': {
      put: {
        summary: 'Deliver the domain’s bundle. Its signature is the only authority there is.',
        requestBody: { required: true, content: { '*/*': { schema: { description: 'A DSSE envelope.', type: 'string' } } } },
        responses: answers(json('BundleRef'), 'The bundle is in force.'),
      },
    },
    '/v1/devices': {
      post: {
        summary: 'What a device management observed of one device. Its signature is the only authority there is.',
        requestBody: {
          required: true,
          content: { 'application/jwt': { schema: { description: 'A JWS of type device-posture+jwt, in compact form.', type: 'string' } } },
        },
        responses: { '204': { description: 'Taken, or nothing new.' }, default: refused },
      },
    },
    '/v1/signals/{issuer}': {
      post: {
        summary: 'Push a security event of an issuer (RFC 8935). Its transmitter sends the authorization of its stream.',
        parameters: [{ name: 'issuer', in: 'path', required: true, schema: text, description: 'The issuer’s alias.' }],
        security: [{ stream: [] }],
        requestBody: { required: true, content: { 'application/secevent+jwt': { schema: text } } },
        responses: {
          '202': { description: 'It counts, also after a restart, and stands in the audit log.' },
          '400': {
            description: 'It is not to be sent again as it is. A problem where the request itself is none, whoever sent it.',
            content: { ...json('RefusedEvent'), ...refused.content },
          },
          '401': { description: 'Its sender is not the transmitter.', content: json('RefusedEvent') },
          default: refused,
        },
      },
    },
    '/log/{name}/{path}': {
      get: {
        summary: 'A log as C2SP tlog-tiles has it: checkpoint, tiles, entry bundles.',
        parameters: [
          { name: 'name', in: 'path', required: true, schema: text },
          { name: 'path', in: 'path', required: true, schema: text, description: 'Several segments.' },
        ],
        responses: answers(
          { 'text/plain': { schema: text }, 'application/octet-stream': { schema: { description: 'Bytes.' } } },
          'The file.',
        ),
      },
    },
    '/openapi.json': {
      get: {
        summary: 'This document.',
        responses: { '200': { description: 'It.', content: { 'application/json': { schema: { type: 'object' } } } } },
      },
    },
    '/metrics': {
      get: {
        summary: 'Counts and durations, for Prometheus.',
        responses: { '200': { description: 'Metrics.', content: { 'text/plain': { schema: text } } } },
      },
    },
    '/readyz': {
      get: {
        summary: 'Whether statements are answered now.',
        responses: { '200': { description: 'Yes.', content: json('Ready') }, '503': { description: 'No.', content: json('Ready') } },
      },
    },
    '/livez': {
      get: {
        summary: 'Whether the process lives.',
        responses: { '200': { description: 'It does.', content: { 'application/json': { schema: { type: 'object' } } } } },
      },
    },
  },
} as const
