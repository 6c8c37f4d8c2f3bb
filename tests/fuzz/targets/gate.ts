import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from '../dist-modules.ts'
import { check, type Target, utf8 } from '../target.ts'
import { sameJson } from './identity.ts'
import { anyOf, named, never, scratch, selvageErrors } from './refusals.ts'

const words = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  'null',
  'true',
  '1',
  '-1',
  '1.5',
  '1e400',
  '\\u0000',
  '\\ud800',
  '"__proto__":',
  '"constructor"',
  '{}',
  '[]',
  '""',
]
type Answers = typeof import('../../../packages/gate/src/execute/child-answer.ts')

/** What children say in JSON is no error of the table: whoever reads it ends the child. */
const protocol = (error: unknown): string | undefined =>
  error instanceof SyntaxError
    ? 'no JSON'
    : error instanceof Error && /^no [a-z]+(?: of the engine)?$/.test(error.message)
      ? error.message
      : undefined

async function frames(): Promise<Target> {
  const { encodeFrame, FrameError, FrameReader } =
    await load<typeof import('../../../packages/gate/src/execute/frame.ts')>('gate/execute/frame')
  const read = (bytes: Buffer, step: number): string => {
    const reader = new FrameReader(4_096)
    const out: string[] = []
    try {
      for (let at = 0; at < bytes.length; at += step)
        for (const { kind, payload } of reader.push(bytes.subarray(at, at + step))) out.push(`${kind}:${payload.toString('hex')}`)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      out.push('broken')
    }
    return out.join()
  }
  return {
    name: 'frames',
    files: ['gate/execute/frame'],
    seeds: [encodeFrame(11, '{}'), Buffer.concat([encodeFrame(1, 'a'), encodeFrame(2, ''), encodeFrame(255, Buffer.alloc(200, 'x'))])],
    words: ['\0\0\0\0\x0b', '\0\0\0\x02\x0c{}', '\xff\xff\xff\xff', '\0\0\x10\0', '\0\0\x10\x01'],
    longest: 1_024,
    refusal: never,
    run(bytes) {
      const whole = read(bytes, Math.max(1, bytes.length))
      const parts = bytes.length < 2_048 ? [read(bytes, 1), read(bytes, 7)] : []
      // What lies before a broken frame in one part is lost with it: the child ends.
      check(
        parts.every(part => (whole === 'broken' || whole.endsWith(',broken') ? part.endsWith('broken') : part === whole)),
        'the same in parts and as a whole',
      )
      const found = whole.split(',').filter(part => part.includes(':'))
      const again = Buffer.concat(found.map(part => encodeFrame(Number(part.split(':')[0]), Buffer.from(part.split(':')[1]!, 'hex'))))
      check(bytes.subarray(0, again.length).equals(again), 'frames are what was written')
      return `${Math.min(4, found.length)} ${whole.endsWith('broken')}`
    },
  }
}

const failures = [
  '{"columns":[{"name":"a","type":"BIGINT"}]}',
  '{"rows":3,"bytes":20}',
  '{"kind":"engine","error":{"type":"binder","message":"Referenced column \\"x\\" not found Candidate bindings: \\"a\\"","subtype":"COLUMN_NOT_FOUND","position":7,"candidates":["t.a"]}}',
  '{"kind":"engine","error":{"type":"parser","message":"syntax error","subtype":"SYNTAX_ERROR","position":3}}',
  '{"kind":"engine","error":{"type":"not implemented","message":"x"}}',
  '{"kind":"engine","error":{"type":"catalog","message":"Table with name q does not exist"}}',
  '{"kind":"count","statements":2}',
  '{"kind":"parameters","detail":"x"}',
  '{"code":"query.data","detail":"d","help":"h","cause":"c"}',
  '{"engine":{"type":"conversion","message":"Could not convert \'x\' to 3"}}',
]
/** How the engine begins what it says of a text. */
const complaints = [
  'Max expression depth limit',
  'A CTE needs a SELECT',
  'SELECT clause without selection list',
  'VALUES lists must all be the same length',
  'Catalog \\"x\\" does not exist',
  'Mixing named and positional parameters',
  'parameter index 3',
  'Function with name f',
  'time travel',
  'Ambiguous reference',
]
const complained = complaints.flatMap(message =>
  ['', ' '].map(end => `{"kind":"engine","error":{"type":"binder","message":"${message}","position":9}}${end}`),
)
const failureWords = [
  ...words,
  ...complaints.map(message => `"message":"${message}`),
  '"subtype":"MISSING_ENTRY"',
  '"type":"parser"',
  '"type":"out of memory"',
  '"kind":"size"',
  '"position":0',
  ...failures.slice(2).map(text => text.slice(text.indexOf('{', 1), -1)),
  '"kind":"engine"',
  '"code":',
  '"internal.fault"',
  '"position":',
  '"candidates":',
  '"message":"Max expression depth"',
  '"message":"A CTE needs a SELECT"',
  '"message":"No function matches"',
  '"type":"toString"',
]

/** Of children that read or ran hostile text: answers, failures, and the errors that the asker is told. */
async function childAnswers(): Promise<Target> {
  const { parseColumns, parseEnded, parseFields } = await load<Answers>('gate/execute/child-answer')
  const { parseAnswer, parseParserFailure } = await load<typeof import('../../../packages/gate/src/parser/answer.ts')>('gate/parser/answer')
  const { fromParser } = await load<typeof import('../../../packages/gate/src/parser/message.ts')>('gate/parser/message')
  const parser = await load<typeof import('../../../packages/gate/src/parser/failure.ts')>('gate/parser/failure')
  const engine = await load<typeof import('../../../packages/gate/src/execute/failure.ts')>('gate/execute/failure')
  const { parseEngineError } = await load<typeof import('../../../packages/gate/src/execute/engine-error.ts')>('gate/execute/engine-error')
  const { problemOf } = await load<typeof import('../../../packages/kernel/src/model/index.ts')>('kernel/model/index')
  const sql = "SELECT é, 'x FROM t"
  const schema = { key: 'k', tables: [{ id: 'a.b.t', columns: [{ name: 'a', type: 'BIGINT' }] }] } as unknown as Parameters<
    typeof parser.failureOf
  >[2]
  return {
    name: 'child-answers',
    files: ['gate/execute/child-answer', 'gate/parser/answer', 'gate/parser/failure', 'gate/execute/failure', 'gate/execute/engine-error'],
    seeds: [...failures, ...complained],
    words: failureWords,
    refusal: protocol,
    run(bytes) {
      parseEngineError(new Error(utf8(bytes)))
      const { error } = engine.failureOf(parseFields(bytes))
      check(problemOf(error, 'r').status >= 400, 'a failure is an error of the table')
      const text = utf8(bytes)
      if (text.includes('"columns"')) return `columns ${Math.min(4, parseColumns(bytes).length)}`
      if (text.includes('"rows"')) return `ended ${parseEnded(bytes).rows >= 0}`
      const failure = parseParserFailure(bytes)
      check(parseAnswer({ kind: fromParser.failed, payload: bytes }).kind === 'failed', 'a failure is an answer')
      const told = parser.failureOf(failure, sql, bytes.length % 2 === 0 ? undefined : schema)
      const problem = problemOf(told, 'r')
      check(problem.status >= 400 && problem.detail.length < 400, 'a failure is an error of the table')
      // What is said of parameters is the child's own text.
      return `${problem.code} ${failure.kind === 'parameters' ? '' : problem.detail.slice(0, 20)}`
    },
  }
}

async function loadMessages(): Promise<Target> {
  const { parseFromChild } = await load<typeof import('../../../packages/gate/src/publish/wire.ts')>('gate/publish/wire')
  const { parseDecided, parseRead } = await load<typeof import('../../../packages/gate/src/official/answer.ts')>('gate/official/answer')
  return {
    name: 'load-messages',
    files: ['gate/publish/wire', 'gate/official/answer'],
    seeds: [
      '{"kind":"progress","table":"t","rows":3,"stage":"read"}',
      '{"kind":"done","tables":[{"table":"t","rows":1,"quarantined":0,"findings":[{"rule":"r","severity":"error","rows":1}]}],"files":[{"path":"a","size":1,"sha256":"x"}]}',
      '{"kind":"refused","problems":[{"file":"f","line":2,"what":"w","help":"h"}]}',
      '{"kind":"failed","what":"x"}',
      '{"kind":"note","file":"f","what":"w"}',
      '[{"visible":true,"cells":{"a":null,"b":[],"c":["token","partial"]}}]',
      '{"policies":[{"id":"a/b","path":"p","line":1,"effect":"permit","annotations":{"id":"a/b"},"est":{}}],"findings":[],"unsound":[{"code":"c","severity":"error","file":"f","line":1,"column":2,"what":"w","help":"h"}]}',
    ],
    words: [...words, '"kind":', '"done"', '"rows":', '"problems":', '"stage":'],
    // Whoever reads it ends the child: `engine.unavailable`.
    refusal: named('SyntaxError', 'ZodError', 'ZodRealError', '$ZodError'),
    run(bytes) {
      if (utf8(bytes).startsWith('[')) {
        const rows = parseDecided(bytes)
        check(sameJson(parseDecided(Buffer.from(JSON.stringify(rows))), rows), 'rows are read as they were written')
        return `${rows.length > 0}`
      }
      if (utf8(bytes).startsWith('{"policies"')) {
        const read = parseRead(bytes)
        check(sameJson(parseRead(Buffer.from(JSON.stringify(read))), read), 'an answer is read as it was written')
        return `${read.policies.length} ${read.findings.length} ${read.unsound.length}`.slice(0, 8)
      }
      const message = parseFromChild(utf8(bytes))
      check(sameJson(parseFromChild(JSON.stringify(message)), message), 'a message is read as it was written')
      return message.kind
    },
  }
}

const sqlBody = '{"sql":"SELECT 1","parameters":[1,"x",null,true],"purpose":"analytics","reason":"because"}'

/** As the framework reads a body: JSON, then its shape. */
async function requestBody(): Promise<Target> {
  const { parseSqlRequest } = await load<typeof import('../../../packages/gate/src/decide/request.ts')>('gate/decide/request')
  const limits = { statementBytes: 200, reasonBytes: 50, parameters: 5 } as unknown as Parameters<typeof parseSqlRequest>[1]
  return {
    name: 'sql-request',
    files: ['gate/decide/request'],
    seeds: [sqlBody, '{"sql":"x","parameters":{"a":1,"b":"é"}}', '{"sql":"\\ud83d\\ude00"}', '[]', '"x"', 'null'],
    words: [
      ...words,
      '"sql":',
      '"parameters":',
      '"purpose":',
      '"reason":',
      '"extra":',
      '\\ud83d',
      '\\ude00',
      'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    ],
    longest: 1_024,
    refusal: anyOf(await selvageErrors('request.malformed', 'request.too_large'), named('SyntaxError')),
    run(bytes) {
      const body: unknown = JSON.parse(utf8(bytes))
      const asked = parseSqlRequest(body, limits)
      check(
        asked.sql.isWellFormed() && !asked.sql.includes('\0') && Buffer.byteLength(asked.sql) <= 200,
        'a statement is text within its bound',
      )
      check(Object.keys(asked.parameters ?? {}).length <= 5, 'there are no more parameters than are allowed')
      check(sameJson(parseSqlRequest(JSON.parse(JSON.stringify(asked)), limits), asked), 'a request is read as it was written')
      return `${Array.isArray(asked.parameters)} ${typeof asked.parameters} ${typeof asked.reason}`
    },
  }
}

const config = JSON.stringify({
  mesh: 'example',
  domain: 'sales',
  port: 7_000,
  stateDir: '/x',
  keys: { centre: 'a', domain: 'b', freshness: 'c' },
  control: 'http://127.0.0.1:1',
  engine: { children: 2 },
  limits: { parameters: 3 },
})

/** Files of the operator, read once at the start. */
async function configs(): Promise<Target> {
  const gate = await load<typeof import('../../../packages/gate/src/config.ts')>('gate/config')
  const control = await load<typeof import('../../../packages/control/src/config.ts')>('control/config')
  const dir = scratch()
  const path = join(dir, 'c.json')
  return {
    name: 'config',
    files: ['gate/config', 'control/config'],
    seeds: [config, '{"mesh":"example","port":1,"stateDir":"/x","centreKey":"k"}'],
    words: [...words, '"host":"0.0.0.0"', '"host":"::1"', '"limits":{', '"engine":{', '"parser":{', '"port":', '"control":', '"attached":'],
    longest: 1_024,
    refusal: named('SyntaxError', 'ZodError', 'ZodRealError', '$ZodError'),
    run(bytes) {
      const text = utf8(bytes)
      if (text.includes('centreKey')) {
        writeFileSync(path, bytes)
        check(['127.0.0.1', '::1'].includes(control.readConfig(path).host), 'control listens on loopback only')
        return 'control'
      }
      const read = gate.parseConfig(JSON.parse(text))
      check(['127.0.0.1', '::1', 'localhost'].includes(read.host) && read.engine.children <= 16, 'a gate listens on loopback only')
      check(sameJson(gate.parseConfig(JSON.parse(JSON.stringify(read))), read), 'a configuration is read as it was written')
      return 'gate'
    },
    close: () => rmSync(dir, { recursive: true }),
  }
}

async function manifests(): Promise<Target> {
  const { findManifest } = await load<typeof import('../../../packages/gate/src/publish/manifest.ts')>('gate/publish/manifest')
  const dir = scratch()
  const digest = 'ab'.repeat(32)
  const whole = {
    product: 'a.b',
    contractDigest: digest,
    planDigest: digest,
    sourceDigest: digest,
    tokenKeyId: 'k',
    bytes: 3,
    published: '2026-11-25T00:00:00Z',
  }
  return {
    name: 'manifest',
    files: ['gate/publish/manifest'],
    seeds: [
      JSON.stringify({
        ...whole,
        tables: [
          {
            table: 't',
            rows: 1,
            quarantined: 0,
            findings: [{ rule: 'r', severity: 'error', rows: 1 }],
            columns: [{ name: 'a', type: 'BIGINT', token: 's' }],
          },
        ],
      }),
    ],
    words: [...words, '"tables":', '"columns":', '"published":', digest],
    longest: 2_048,
    refusal: never,
    async run(bytes) {
      writeFileSync(join(dir, 'manifest.json'), bytes)
      const found = await findManifest(dir)
      if (found === undefined) return 'none'
      check(
        found.tables.every(({ columns }) => columns.every(({ name }) => /^[a-z][a-z0-9_]*$/.test(name))),
        'names are names',
      )
      return `whole ${found.tables.length}`
    },
    close: () => rmSync(dir, { recursive: true }),
  }
}

/** The plan as the engine gives it (its texts hold what the asker wrote), through the check that reads it. */
async function plans(): Promise<Target> {
  const { PlanCheck } = await load<typeof import('../../../packages/gate/src/execute/plan-check.ts')>('gate/execute/plan-check')
  type Arguments = Parameters<InstanceType<typeof PlanCheck>['check']>
  const plan =
    '[{"name":"PROJECTION","children":[{"name":"SEQ_SCAN","children":[],"extra_info":{"Table":"d.p.t","Projections":["a","b.c"],"Filters":["a>1","optional: b=\'x\'"]}}],"extra_info":{}}]'
  let shown = ''
  const statement = {
    parameterCount: 0,
    run: async () => ({ getRows: async () => [['physical_plan', shown]] }),
    destroySync: () => undefined,
  }
  const known = { getRows: () => [['a'], ['b'], ['c'], ['secret']] }
  const connection = { prepare: async () => statement, runAndReadAll: async () => known } as unknown as Arguments[0]
  let number = 0
  return {
    name: 'plan',
    files: ['gate/execute/plan-check'],
    seeds: [plan, plan.replace('"Filters":["a>1","optional: b=\'x\'"]', '"Filters":"secret IS NULL"'), '[]'],
    words: [
      ...words,
      '"Table":',
      '"Projections":',
      '"Filters":',
      '"extra_info":',
      '"children":',
      "'x",
      "''",
      'secret',
      'a',
      'b~token',
      'b~set',
      '(',
      '"d.p.t"',
    ],
    refusal: anyOf(await selvageErrors('engine.refused'), named('SyntaxError')),
    async run(bytes) {
      shown = utf8(bytes)
      number += 1
      const message = {
        sql: `${number}`,
        templates: [],
        separator: ',',
        columnsAllowed: { 'd.p.t': ['a', 'b', 'c'] },
      } as unknown as Arguments[1]
      await new PlanCheck().check(connection, message)
      check(!/"Table":"d\.p\.t","Projections":\["secret"/.test(shown), 'a column that is not allowed is refused')
      return 'passed'
    },
  }
}

export const gateTargets: Readonly<Record<string, () => Promise<Target>>> = {
  frames,
  'child-answers': childAnswers,
  'load-messages': loadMessages,
  'sql-request': requestBody,
  config: configs,
  manifest: manifests,
  plan: plans,
}
