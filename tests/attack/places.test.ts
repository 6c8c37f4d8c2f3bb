import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Door } from '../conformance/door/door.ts'
import { entriesIn } from '../conformance/door/entries.ts'
import { selvage } from '../dev-mesh.ts'
import { corpus, type Hostile, light } from './corpus.ts'
import { places } from './places.ts'
import { type Said, startWordMesh, type WordMesh } from './places-mesh.ts'
import { isFull, seed, share } from './share.ts'
import { obeyed } from './texts.ts'
import type { Wire } from './wire.ts'

const ana = 'ana@staff'
/** What may be told with 5xx: bounds, and a statement that was ended. */
const bounds = ['limit.busy', 'engine.cancelled']

const isText = (text: string): boolean => text.isWellFormed() && !text.includes('\0')
const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)]
const short = unique(corpus.map(({ sql }) => sql).filter(text => isText(text) && text.length < 2_000))
const rows: readonly Said[] = short.map((text, i) => ({ id: i + 1, text }))
/** Line ends in a name are a mistake of the file, and are told as such. */
const physical = unique(
  share(short, 10, 0)
    .map(text => text.slice(0, 60).trim())
    .filter(text => text !== '' && !/[^\P{Cc}]|[\p{Bidi_Control}\ufeff\u2028\ufffe\uffff\u{10ffff}\u{e0000}-\u{e007f}]/u.test(text)),
).slice(0, 80)
/** Without what takes the whole time that a statement may have. */
const some = share(light, 40, 0)
const withNul = light.filter(({ sql }) => sql.includes('\0'))
const sent = isFull
  ? corpus.filter(({ family }) => family !== 'exhaustion' && family !== 'spilling')
  : [...some, ...withNul.filter(one => !some.includes(one))]

/** Milliseconds for all that is sent to one place. */
const patience = isFull ? 900_000 : 60_000

let mesh: WordMesh
let door: Door
let wire: Wire
beforeAll(async () => {
  mesh = await startWordMesh(22_000, physical, rows)
})
// With a token of its own: one lives ten minutes, and a long run takes longer.
beforeEach(async () => {
  door = await Door.of(mesh, 'lab')
  wire = wireOf(door)
})
afterAll(() => mesh?.stop())

const wireOf = (door: Door): Wire => ({
  url: door.url,
  token: as => door.token(as),
  call: (...sent) => door.call(...sent),
  as: (...sent) => door.as(...sent),
  sql: (...sent) => door.sql(...sent),
  raw: (...sent) => door.raw(...sent),
  transmitter: mesh.transmitter,
})

const known = 'SELECT count(*) AS n, max(id) AS m, count(hidden_) AS h FROM (SELECT id, masked AS hidden_ FROM lab.words.said)'
async function expectAlive(): Promise<void> {
  const { body } = await door.sql(ana, 'analytics', known)
  expect(body.rows).toEqual([[`${rows.length}`, `${rows.length}`, `${rows.length}`]])
}

/** What is refused before it is read would let anything pass. */
describe('what a text is part of is read', () => {
  it.each<[string, number, RegExp]>([
    ['the session', 401, /"identity\.session"/],
    ['the reason of a session', 201, /"svg_session_/],
    ['the session to end', 401, /"identity\.session"/],
    ['the session that one is asked of', 401, /"identity\.session"/],
    ['a record of a device', 400, /"device\.malformed"/],
    ['what a record of a device says', 401, /"device\.source"/],
    ['an event', 400, /"invalid_request"/],
    ['what an event says', 400, /"err":"invalid_/],
    ['what a bundle says', 422, /"policy\./],
    ['a proof', 401, /"identity\.proof"/],
    ['the id of a proof', 401, /"identity\.nonce"/],
    ['the table that is asked about', 400, /Name a table/],
  ])('%s', async (name, status, told) => {
    const answered = await places[name]!(wire, { family: 'plain', sql: 'x' })
    expect({ status: answered.status, text: answered.text }).toEqual({ status, text: expect.stringMatching(told) })
  })
})

describe(`${sent.length} hostile texts at a running gate (seed ${seed})`, () => {
  it.each(Object.entries(places))(
    'as %s',
    async (_, send) => {
      for (const hostile of sent) {
        const { status, text } = await send(wire, hostile)
        expectNoFault(status, text, hostile)
        expect(text.replaceAll(JSON.stringify(hostile.sql).slice(1, -1), '')).not.toMatch(ownCanary(hostile))
      }
      await expectAlive()
    },
    patience,
  )

  it(
    'comes back as it was sent: as a literal, a name, a parameter and a value in the data',
    async () => {
      for (const { sql: text } of sent.filter(({ sql }) => isText(sql) && sql.length < 2_000)) {
        const { body } = await door.sql(
          ana,
          'analytics',
          `SELECT '${text.replaceAll("'", "''")}' AS a, $1 AS "${text.replaceAll('"', '""')}", text FROM lab.words.said WHERE text = $1`,
          { parameters: [text] },
        )
        expect(body.rows).toEqual([[text, text, text]])
        expect(body.columns.map(({ name }) => name)).toEqual(['a', text, 'text'])
      }
    },
    patience,
  )
})

/** The canaries of this mesh, unless the statement says the word itself. */
const ownCanary = ({ sql, parameters }: Hostile): RegExp =>
  /SECRET/i.test(sql + JSON.stringify(parameters ?? '')) ? /SECRET00/ : /SECRET\d/

function expectNoFault(status: number, text: string, { sql }: Hostile): void {
  const code = /"code":"([a-z_.]+)"/.exec(text)?.[1] ?? ''
  if (status >= 500 && !bounds.includes(code)) expect({ sql, status, code }).toEqual({ sql, status: 'no fault', code })
  // 0: a request line or header that is none, on which the connection was closed.
  expect(status === 0 || (status >= 200 && status <= 503)).toBe(true)
}

describe('values in the data, and names in the files', () => {
  it('every text is given as it stands in the file', async () => {
    const { body } = await door.sql(ana, 'analytics', 'SELECT id, text, masked FROM lab.words.said ORDER BY id')
    expect(body.rows.map(([, text]) => text)).toEqual(rows.map(({ text }) => text))
    for (const [, , masked] of body.rows) expect(masked).toMatch(/^tok_[a-z2-7]{26}$/)
  })

  it('columns are called as the contract says, whatever their names in the file', async () => {
    const { body } = await door.sql(ana, 'analytics', 'SELECT * FROM lab.words.odd')
    expect(body.rows).toEqual([physical.map((_, i) => `value ${i}`)])
    expect(body.columns.map(({ name }) => name)).toEqual(physical.map((_, i) => `c${i}`))
  })

  it('the command line shows them without a sign that a terminal obeys', async () => {
    for (const more of [[], ['--json']]) {
      const { code, out, err } = await selvage([
        'query',
        '--as',
        ana,
        '--purpose',
        'analytics',
        '--state',
        mesh.state,
        ...more,
        'SELECT id, text FROM lab.words.said ORDER BY id',
      ])
      expect({ code, err: /\n {4}at /.test(err) }).toEqual({ code: 0, err: false })
      expect(out.split('\n').length).toBeGreaterThan(rows.length)
      expect(obeyed(out)).toBeUndefined()
      expect(obeyed(err)).toBeUndefined()
    }
  })

  it('a statement on the command line ends in an answer or in one sentence', async () => {
    for (const { sql } of share(light, 250, 1)
      .filter(({ sql }) => isText(sql) && sql.length < 60_000)
      .slice(0, 60)) {
      const { code, out, err } = await selvage([
        'query',
        '--as',
        ana,
        '--purpose',
        'analytics',
        '--state',
        mesh.state,
        '--because',
        sql,
        '--',
        sql,
      ])
      expect([0, 1, 64]).toContain(code)
      expect(obeyed(out + err)).toBeUndefined()
      expect(err).not.toMatch(/\n {4}at |node:internal/)
    }
  }, 300_000)
})

describe('what is left behind', () => {
  it('no log holds a text that was sent, nor a value; no entry either', async () => {
    const logs = readdirSync(join(mesh.state, 'logs')).map(name => [name, readFileSync(join(mesh.state, 'logs', name), 'utf8')] as const)
    for (const [name, text] of [...logs, ['what dev printed', mesh.output().replace(/^ +npx selvage.*$/gm, '')] as const])
      expect({
        name,
        found: text
          .split('\n')
          .filter(line => /SECRET|SELECT|DROP |p_crm|first_name|\p{Bidi_Control}/u.test(line))
          .slice(0, 3),
      }).toEqual({ name, found: [] })
    const entries = await entriesIn(mesh.dev.gates.lab!.logs.audit, 0, sent.length)
    for (const { raw } of entries) expect(raw.toString('utf8')).not.toMatch(/SECRET|SELECT|DROP |p_crm|first_name/)
    expect(entries.length).toBeGreaterThan(sent.length * 10)
  })

  it('the log verifies, and says who saw what', async () => {
    const verified = await selvage(['audit', 'verify', mesh.dev.gates.lab!.logs.audit, '--key', mesh.dev.verifierKeys[0]!, '--json'])
    expect(verified.code).toBe(0)
    const saw = await selvage(['who-saw', 'lab.words.said', '--as', ana, '--state', mesh.state])
    expect({ code: saw.code, obeyed: obeyed(saw.out) }).toEqual({ code: 0, obeyed: undefined })
  })

  it('nothing was written, made or changed beside the gate’s own state', () => {
    const kept = readdirSync(mesh.tree, { recursive: true })
      .map(String)
      .filter(path => /\.\w+$/.test(path))
      .sort()
    expect(kept).toEqual([
      'data/words/odd.csv',
      'data/words/said.csv',
      'directory.yaml',
      'domains/lab/domain.yaml',
      'domains/lab/policies/access.cedar',
      'domains/lab/products/words/contract.odcs.yaml',
      'guardrails/baseline.yaml',
      'guardrails/taxonomy.yaml',
      'mesh.yaml',
      'people.yaml',
    ])
  })
})
