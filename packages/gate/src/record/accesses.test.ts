import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalJson, type Name } from '@selvage/kernel/model'
import { type LogWriter, openLog } from '@selvage/ledger/io'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Keys, openKeys } from '../keys.ts'
import type { LogReader } from './access-index.ts'
import { type Access, newestAccesses } from './accesses.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-accesses-'))
const size = 20_000
let audit: LogWriter
let keys: Keys
let gate: LogReader
const logged: string[] = []

const ask = async (resource: string, limit = 100): Promise<readonly Access[]> => {
  const { accesses, truncated } = await newestAccesses(gate, { parts: resource.split('.') as Name[], limit, mayAudit: () => true })
  expect(truncated).toBe(accesses.length === limit)
  return accesses
}

/** Every third entry released rows of `a`, every hundredth of `b`; `rare` was used once, long ago. */
function released(i: number, person = `staff/p${i % 50}`): Promise<unknown> {
  const table = i % 100 === 0 ? 'd.p.b' : i % 3 === 0 ? 'd.p.a' : 'd.q.c'
  const column = (name: string): object => ({ name, masks: [], rules: ['d/column'] })
  const detail = {
    subject: person,
    agents: [],
    sql: 'SELECT x',
    reason: '',
    rows: { [table]: ['d/row'] },
    columns: { [table]: [column(i === 300 ? 'rare' : 'x')] },
  }
  const entry = { event: 'released', actor: keys.pseudonym(person), time: i, purpose: 'p', tables: [{ table }] }
  return audit.append(Buffer.from(canonicalJson(entry)), keys.seal(person, canonicalJson(JSON.parse(JSON.stringify(detail)))))
}

beforeAll(async () => {
  keys = openKeys(join(dir, 'keys'), 'd')
  const { privateKey } = generateKeyPairSync('ed25519')
  const auditDir = join(dir, 'log')
  audit = await openLog({
    dir: auditDir,
    origin: 'm/d/a/audit/2026',
    privateKey,
    now: Date.now,
    onFatal: error => expect(error).toBe(undefined),
  })
  gate = { audit, auditDir, keys, log: event => logged.push(event) }
  for (let i = 0; i < size; i += 2_000) await Promise.all(Array.from({ length: 2_000 }, (_, j) => released(i + j)))
  await audit.publish()
})
afterAll(async () => {
  await audit.close()
  rmSync(dir, { recursive: true, force: true })
})

describe('accesses in a log of 20,000 entries', () => {
  test('newest first, no more than one beyond the limit, by table, product and column', async () => {
    const found = await ask('d.p.b', 10)
    expect(found.map(access => access.index)).toEqual(Array.from({ length: 10 }, (_, i) => size - 100 * (i + 1)))
    expect(found[0]).toMatchObject({ subject: 'staff/p0', rules: ['d/column', 'd/row'], columns: ['x'], purpose: 'p' })
    const product = await ask('d.p', 1_000_000)
    expect(product).toHaveLength(Array.from({ length: size }, (_, i) => i).filter(i => i % 100 === 0 || i % 3 === 0).length)
    expect((await ask('d.p.b.rare')).map(access => access.index)).toEqual([300])
    expect(await ask('d.pp')).toEqual([])
  })

  test('in a time that is bound by the answer, once the log was read', async () => {
    await ask('d.p.a', 1)
    const started = performance.now()
    await ask('d.p.a', 100)
    await ask('d.q.c.x', 100)
    const some = performance.now() - started
    await ask('d.p.a.never', 100)
    const all = performance.now() - started - some
    // Generous: the machine is shared. Alone it takes about a tenth.
    expect({ some: some < 1_500, all: all < 8_000, took: [some, all] }).toMatchObject({ some: true, all: true })
  })

  test('what is appended and published later is found', async () => {
    const { index } = (await released(60_000)) as { index: number }
    await audit.publish()
    expect((await ask('d.p.b', 1))[0]!.index).toBe(index)
  })

  test('an erased detail leaves the table, the time and a pseudonym', async () => {
    const { index } = (await released(60_300)) as { index: number }
    await audit.eraseDetail(index)
    const found = await ask('d.p.b', 1)
    expect(found[0]).toMatchObject({ index, subject: expect.stringMatching(/^erased:[0-9a-f]{32}$/), columns: [], rules: [] })
    expect((await ask('d.p.b.x', 1))[0]!.index).toBe(index)
  })

  test('so does the loss of a person’s key, and no new key is made', async () => {
    const { index } = (await released(60_600, 'staff/gone')) as { index: number }
    await audit.publish()
    rmSync(join(dir, 'keys', 'subjects', `${keys.pseudonym('staff/gone')}.key`))
    expect((await ask('d.p.b', 1))[0]).toMatchObject({ index, subject: `erased:${keys.pseudonym('staff/gone')}` })
  })

  test('a detail that is not what was written is told to the operator, and not to whoever asks', async () => {
    const entry = { event: 'released', actor: keys.pseudonym('staff/p1'), time: 1, purpose: 'p', tables: [{ table: 'd.p.b' }] }
    await audit.append(Buffer.from(canonicalJson(entry)), Buffer.alloc(100))
    await audit.publish()
    expect((await ask('d.p.b', 1))[0]).toMatchObject({ subject: expect.stringMatching(/^erased:/) })
    expect(logged).toEqual(['audit.detail_unreadable'])
  })
})
