import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { directoryDigest } from '../../packages/cli/src/plan/directory-digest.ts'
import { readTree } from '../../packages/cli/src/tree.ts'
import { type DevMesh, type Ran, root, selvage, startDevMesh } from '../dev-mesh.ts'

interface Applied {
  readonly signed: readonly { readonly who: string; readonly version: number; readonly digest: string; readonly parent: string }[]
  readonly gates: readonly { readonly gate: string; readonly outcome: string; readonly domain: number; readonly centre: number }[]
}

interface Held {
  readonly version: number
  readonly digest: string
  readonly content: string
}

const rule = `@id("sales/closed")
@reason("analysts have no customers any more")
forbid (
  principal in Mesh::Role::"analyst",
  action == Mesh::Action::"read",
  resource is sales::crm::customer
);
`
const central = rule.replace('sales/closed', 'central/closed').replace('is sales::crm::customer', 'in Mesh::Table::"sales.crm.customer"')
const sql = 'SELECT count(*) AS n FROM sales.crm.customer'

describe('rules that people apply to a running mesh', () => {
  const dir = mkdtempSync(join(tmpdir(), 'selvage-apply-'))
  const tree = join(dir, 'tree')
  const closed = join(tree, 'domains/sales/policies/closed.cedar')
  let mesh: DevMesh
  beforeAll(async () => {
    cpSync(join(root, 'examples/mesh'), tree, { recursive: true })
    mesh = await startDevMesh({ portBase: 22_300, tree })
  })
  afterAll(async () => {
    await mesh?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  const run = (...args: string[]): Promise<Ran> => selvage([...args, '--state', mesh.state])
  const json = async <T>(ran: Promise<Ran>): Promise<T & { readonly code: number | null }> => {
    const { code, out, err } = await ran
    expect(out, err).toMatch(/^\{/)
    return { ...(JSON.parse(out) as T), code }
  }
  const apply = (...args: string[]): Promise<Applied & { readonly code: number | null }> => json(run('apply', ...args, '--json'))
  const ask = async (): Promise<string> => {
    const { code, out } = await run('query', '--as', 'analyst', '--purpose', 'analytics', sql, '--json')
    const told = JSON.parse(out) as { readonly rows?: readonly (readonly number[])[]; readonly code?: string }
    return code === 0 ? String(Number(told.rows![0]![0]) > 10) : String(told.code)
  }
  const held = async (): Promise<Held> => {
    const status = (await (await fetch(`${mesh.dev.gates.sales!.http}/v1/bundles`)).json()) as { readonly domain: Held }
    return status.domain
  }

  /** Rows without end, read on and on; resolves with how they ended. */
  async function longQuery(): Promise<{ readonly trailer: Promise<string> }> {
    const { token } = await json<{ token: string }>(run('token', '--as', 'analyst', '--json'))
    const many = Array.from({ length: 6 }, (_, i) => `sales.crm.customer c${i}`).join(', ')
    const response = await fetch(`${mesh.dev.gates.sales!.http}/v1/sql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, accept: 'application/x-ndjson', 'content-type': 'application/json' },
      body: JSON.stringify({ sql: `SELECT c0.customer_id, c1.country FROM ${many}`, purpose: 'analytics' }),
    })
    expect(response.status).toBe(200)
    const reader = response.body!.getReader()
    await reader.read()
    const drain = async (): Promise<string> => {
      let tail = ''
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return tail.split('\n').findLast(line => line !== '') ?? ''
        tail = (tail + Buffer.from(value).toString('utf8')).slice(-100_000)
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    }
    return { trailer: drain() }
  }

  test('what is in force needs no applying', async () => {
    const { code, signed } = await apply()
    expect([code, signed]).toEqual([0, []])
    expect((await run('apply')).out).toBe('nothing to apply: this is in force\n')
  })

  test('a rule is changed, applied by its plan, ends what is running, and is reverted', async () => {
    const before = await held()
    expect(await ask()).toBe('true')
    const { trailer } = await longQuery()
    writeFileSync(closed, rule)

    // A plan that somebody made before something moved.
    const plan = join(dir, 'plan.json')
    const save = (change: object): void =>
      writeFileSync(
        plan,
        JSON.stringify({
          mesh: 'example',
          directory: directoryDigest(readTree(tree)),
          signers: [{ who: 'sales', before: before.content, after: 'a'.repeat(64), ...change }],
        }),
      )
    save({})
    expect(await run('apply', '--plan', plan)).toMatchObject({ code: 1, err: expect.stringContaining('the texts of sales changed') })
    save({ before: 'b'.repeat(64) })
    expect(await run('apply', '--plan', plan)).toMatchObject({ code: 1, err: expect.stringContaining('what is in force of sales changed') })
    expect(await held()).toEqual(before)

    const planned = await run('plan', '--out', plan)
    expect(planned).toMatchObject({
      code: 2,
      out: expect.stringMatching(/^analyst \(analyst\)\tanalytics\tsales\.crm\.customer\trows\tall\tnone\tloses$/m),
    })
    const directory = join(tree, 'directory.yaml')
    const people = readFileSync(directory, 'utf8')
    writeFileSync(directory, `${people}# one more\n`)
    expect(await run('apply', '--plan', plan)).toMatchObject({ code: 1, err: expect.stringContaining('who is in the directory changed') })
    writeFileSync(directory, people)
    const applied = await apply('--plan', plan)
    expect(await run('plan')).toMatchObject({ code: 0, out: 'no changes\n' })
    expect(applied).toMatchObject({
      code: 0,
      signed: [{ who: 'sales', version: before.version + 1, parent: before.digest }],
      gates: [{ gate: 'sales', outcome: 'active', domain: before.version + 1 }],
    })
    const trailing = JSON.parse(await trailer) as { readonly error?: { readonly code: string } }
    expect(trailing.error?.code).toMatch(/^(policy\.denied|engine\.cancelled)$/)
    expect(await ask()).toBe('policy.denied')
    const after = await held()

    const reverted = await run('apply', '--revert', String(before.version), '--signer', 'sales')
    expect([reverted.code, reverted.out], reverted.err).toEqual([
      0,
      expect.stringContaining(
        `signed    sales version ${before.version + 2}, which says what version ${before.version} said\nactive    gate of sales`,
      ),
    ])
    expect(await held()).toMatchObject({ version: before.version + 2, content: before.content })
    expect(await ask()).toBe('true')

    // The tree still says otherwise, as a plan of now has it.
    save({ after: after.content })
    const again = await apply('--plan', plan)
    expect(again).toMatchObject({ code: 0, signed: [{ version: before.version + 3 }] })
    expect(await ask()).toBe('policy.denied')
    rmSync(closed)
    expect((await apply()).code).toBe(0)
    expect(await ask()).toBe('true')
  }, 180_000)

  test('the centre’s rules go to control, and to every gate', async () => {
    const path = join(tree, 'guardrails', 'more.cedar')
    writeFileSync(path, central)
    const { code, signed, gates } = await apply()
    expect({ code, who: signed.map(({ who }) => who) }).toEqual({ code: 0, who: ['centre'] })
    expect(gates.map(({ gate, outcome, centre }) => [gate, outcome, centre])).toEqual(
      Object.keys(mesh.dev.gates).map(gate => [gate, 'active', signed[0]!.version]),
    )
    expect(await ask()).toBe('policy.denied')
    rmSync(path)
    expect((await apply()).code).toBe(0)
    expect(await ask()).toBe('true')
  }, 180_000)

  test('what gates refused of the centre is not in force: plan and apply say so, and a plan signs for whom it names alone', async () => {
    const [before, plan, other] = [await held(), join(dir, 'plan-centre.json'), join(dir, 'other')]
    // Another name for a purpose, everywhere at once: neither signer's new texts fit the other's of old.
    cpSync(tree, other, { recursive: true })
    for (const { path, text } of readTree(other)) writeFileSync(join(other, path), text.replace(/\bresearch\b/g, 'studies'))
    const refused = await run('apply', other, '--signer', 'centre')
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('sales refused it: policy.invalid')])

    const again = await run('apply', other, '--signer', 'centre')
    expect([again.code, again.out]).toEqual([
      1,
      expect.stringContaining('nothing to sign: it was signed before\npolicy.invalid gate of sales'),
    ])
    const planned = await run('plan', other)
    expect([planned.code, planned.out]).toEqual([2, expect.stringContaining('to sign: centre, sales')])
    expect((await run('plan', tree)).out).toBe('no changes\n')

    writeFileSync(closed, rule)
    expect((await run('plan', tree, '--out', plan)).out).toContain('to sign: sales')
    const { code, signed, gates } = await apply(tree, '--plan', plan, '--wait', '5')
    expect(signed.map(({ who }) => who)).toEqual(['sales'])
    expect([code, gates.map(({ gate, outcome }) => `${gate} ${outcome}`)]).toEqual([
      1,
      Object.keys(mesh.dev.gates).map(gate => `${gate} policy.invalid`),
    ])
    expect(await ask()).toBe('policy.denied')

    // A plan for the centre is one for what control hands out as well.
    writeFileSync(join(tree, 'guardrails', 'more.cedar'), central)
    expect((await run('plan', tree, '--out', plan)).out).toContain('to sign: centre')
    rmSync(join(tree, 'guardrails', 'more.cedar'))
    rmSync(closed)
    const restored = await apply(tree)
    expect([restored.code, restored.signed.map(({ who }) => who)]).toEqual([0, ['centre', 'sales']])
    writeFileSync(closed, rule)
    writeFileSync(join(tree, 'guardrails', 'more.cedar'), central)
    const moved = await run('apply', tree, '--plan', plan, '--signer', 'centre')
    expect([moved.code, moved.err]).toEqual([1, expect.stringContaining('what control hands out of centre changed')])
    rmSync(join(tree, 'guardrails', 'more.cedar'))
    rmSync(closed)
    expect(await held()).toMatchObject({ content: before.content })
    expect(await ask()).toBe('true')
  }, 300_000)

  test('what is refused changes nothing, and is told as such', async () => {
    const before = await held()
    writeFileSync(closed, 'permit (principal, action, resource);\n')
    const broken = await run('apply')
    expect([broken.code, broken.err]).toEqual([1, expect.stringContaining('so nothing is signed')])
    writeFileSync(closed, rule)

    const keys = join(dir, 'keys')
    cpSync(join(mesh.state, 'signers'), keys, { recursive: true })
    const key = join(keys, 'sales.pem')
    chmodSync(key, 0o640)
    const read = await run('apply', '--keys', keys)
    expect([read.code, read.err]).toEqual([64, expect.stringContaining('others may read')])
    rmSync(key)
    symlinkSync(join(mesh.state, 'signers', 'sales.pem'), key)
    expect((await run('apply', '--keys', keys)).err).toContain('is a link')
    rmSync(key)
    expect((await run('apply', '--keys', keys)).err).toContain('is not there')
    // Somebody else's: gates pin another one.
    cpSync(join(keys, 'health.pem'), key)
    const stranger = await run('apply', '--keys', keys)
    expect([stranger.code, stranger.err]).toEqual([1, expect.stringContaining('was not signed with the key of sales')])

    for (const [args, code, said] of [
      [['--revert', '1'], 64, 'whose version is it?'],
      [['--revert', '1', '--signer', 'moon'], 64, 'there is no signer moon'],
      [['--revert', '99', '--signer', 'sales'], 1, 'version 99 of sales is not kept here'],
      [['--revert', 'x', '--signer', 'sales'], 64, 'a version is a whole number'],
      [['--plan', join(dir, 'nothing')], 64, 'there is no plan'],
      [['--plan', closed], 64, 'this is no plan'],
      [['--wait', '0'], 64, '--wait takes'],
    ] as const) {
      const ran = await run('apply', ...args)
      expect([args, ran.code, ran.err]).toEqual([args, code, expect.stringContaining(said)])
    }
    expect(await held()).toEqual(before)
    // No key, nor a part of one, in anything that was said or logged.
    const secret = readFileSync(join(mesh.state, 'signers', 'sales.pem'), 'utf8').split('\n')[1]!
    for (const log of ['control', 'gate-sales']) expect(readFileSync(join(mesh.state, 'logs', `${log}.log`), 'utf8')).not.toContain(secret)
    rmSync(closed)
  }, 180_000)
})
