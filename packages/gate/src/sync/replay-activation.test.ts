import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readPolicies } from '@selvage/cedar'
import { parseMesh } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import { activationSet, type CompiledPolicies, compilePolicies, costOf, decide, schemaOf, type Trial } from '@selvage/kernel/policy'
import { describe, expect, test, vi } from 'vitest'
import { officialConfig } from '../config.ts'
import { openOfficial, type TrialEngine } from '../official/index.ts'
import { replayActivation } from './replay-activation.ts'

const tree = fileURLToPath(new URL('../../../../examples/mesh', import.meta.url))
const files = readdirSync(tree, { recursive: true, encoding: 'utf8' })
  .filter(path => /^(mesh\.yaml|guardrails\/.+|domains\/.+)$/.test(path) && /\.(yaml|cedar)$/.test(path))
  .map(path => ({ path, text: readFileSync(join(tree, path), 'utf8') }))

type File = (typeof files)[number]

function rules(more: readonly File[] = [], change: (file: File) => File = same => same): CompiledPolicies {
  const mesh = parseMesh([...files.map(change), ...more], {
    variables: { WORKFORCE_ISSUER: 'https://w.example', PARTNER_ISSUER: 'https://p.example', DEVICES_KEY: 'A'.repeat(43) },
  }).mesh!
  const { policies } = readPolicies([...mesh.guardrails, ...mesh.domains.flatMap(domain => domain.policies)], schemaOf(mesh))
  return compilePolicies(mesh, policies)
}

const official = openOfficial({ ...officialConfig.parse({}), log: () => undefined })
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof SelvageError ? error.code : error),
  )

const randomOf = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

const trialsFrom = (...asked: Parameters<typeof activationSet>): readonly Trial[] =>
  [...activationSet(...asked)].filter(trial => trial !== undefined)

describe('requests on which both engines are tried', () => {
  const compiled = rules()
  test('reach every rule that decides something, and find it holding and not', () => {
    const trials = trialsFrom(compiled, { most: 3_000, random: randomOf(2) })
    const found = new Set<string>()
    const outcomes = new Set<string>()
    for (const trial of trials) {
      const decision = decide(compiled, trial.asker, trial.table, trial.labels)
      if ('kind' in decision) continue
      outcomes.add(decision.rows.kind)
      const refs = [decision.rows, ...decision.columns.flatMap(({ reveal, masks }) => [reveal, ...masks])].flatMap(({ because }) => because)
      for (const { id } of refs) found.add(id)
    }
    expect([...outcomes].sort()).toEqual(['all', 'none', 'where'])
    const written = compiled.written.filter(({ est }) => /"(read|reveal|use)"/.test(JSON.stringify((est as { action: unknown }).action)))
    expect(written.map(({ id }) => id).filter(id => !found.has(id))).toEqual([])
  })

  test('show each rule that an evaluator could forget', () => {
    const rulesWith = (left: string): CompiledPolicies =>
      compilePolicies(
        compiled.world.mesh,
        compiled.written.filter(({ id }) => id !== left),
      )
    const seen = (by: CompiledPolicies, { asker, table, labels, columns }: Trial): string => {
      const found = decide(by, asker, table, labels)
      if ('kind' in found) return 'nothing'
      return JSON.stringify([found.rows, found.columns.filter(({ name }) => columns.includes(name))], (key, value: unknown) =>
        key === 'because' ? undefined : typeof value === 'bigint' ? String(value) : value,
      )
    }
    const trials = [1, 2, 3, 4, 5, 6].flatMap(seed => trialsFrom(compiled, { most: 1_000, random: randomOf(seed) }))
    const unseen = compiled.written
      .filter(({ est }) => /"(read|reveal|use)"/.test(JSON.stringify((est as { action: unknown }).action)))
      .filter(({ id }) => {
        const wrong = rulesWith(id)
        return !trials.some(trial => seen(compiled, trial) !== seen(wrong, trial))
      })
    expect(unseen.map(({ id }) => id)).toEqual([])
  })

  test('are bounded, and the same for the same chance', () => {
    for (const most of [0, 1, 100]) {
      const [one, other] = [1, 1].map(seed => trialsFrom(compiled, { most, random: randomOf(seed) }))
      expect(one).toEqual(other)
      // The last one may go beyond.
      expect(one!.slice(0, -1).reduce((sum, trial) => sum + costOf(compiled, trial), 0)).toBeLessThanOrEqual(most)
    }
  })

  test('are looked for no longer where nobody may declare a purpose', () => {
    const { mesh } = compiled.world
    const silent = compilePolicies({ ...mesh, domains: mesh.domains.map(domain => ({ ...domain, declare: [] })) }, compiled.written)
    const chances = (most: number): number => {
      const random = vi.fn(randomOf(3))
      expect(trialsFrom(silent, { most, random })).toEqual([])
      return random.mock.calls.length
    }
    expect(chances(20) - chances(10)).toBeLessThan(10 * 100)
    expect(chances(1_000) / chances(20)).toBeGreaterThan(2)
  })

  test('stay small, whatever a rule names', () => {
    const list = Array.from({ length: 10_000 }, (_, i) => `"v${i}"`).join()
    const text = `@id("sales/long")
permit (principal, action == Mesh::Action::"read", resource is sales::crm::customer)
when { principal has trainings && (principal.trainings.containsAny([${list}]) || principal.trainings.contains("${'x'.repeat(100_000)}")) };
`
    const long = rules([{ path: 'domains/sales/policies/long.cedar', text }])
    expect(long.written.length).toBe(compiled.written.length + 1)
    const trials = trialsFrom(long, { most: 1_000, random: randomOf(4) })
    const size = JSON.stringify(trials, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)).length
    expect([trials.length > 20, size < 1_000_000]).toEqual([true, true])
  })
})

describe('among four hundred rules', () => {
  const few = [
    [
      'sales/f',
      'forbid (principal, action, resource in Mesh::Column::"sales.crm.customer.email") when { resource has country && resource.country == "USA" };',
    ],
    ['sales/d', 'forbid (principal, action == Mesh::Action::"discover", resource == Mesh::Column::"sales.crm.customer.city");'],
  ].map(([id, text]) => `@id("${id}") ${text}`)
  const many = Array.from(
    { length: 400 },
    (_, i) =>
      `@id("sales/g${i}") permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Table::"sales.orders.invoice") when { resource has invoice_id && resource.invoice_id == ${i} };`,
  )
  const right = rules([{ path: 'domains/sales/policies/many.cedar', text: [...many, ...few].join('\n') }])
  const without = (id: string): CompiledPolicies =>
    compilePolicies(
      right.world.mesh,
      right.written.filter(policy => policy.id !== id),
    )

  test.each(['sales/f', 'sales/d'])('one that is new, and that ours takes for nothing, is found (%s)', { timeout: 120_000 }, async id => {
    const before = without(id)
    const wrong = { ...before, written: right.written }
    // Chance is the bundle's own: no such rule may have luck.
    for (const seed of ['a', 'b']) {
      const trial = official.trial(engine => replayActivation(engine, wrong, seed, before))
      expect([seed, await codeOf(trial)]).toEqual([seed, 'policy.engines'])
    }
  })

  test('one of old that a label lets reach a column anew is found as well', { timeout: 120_000 }, async () => {
    const labelled = `@id("central/q") forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Label::"quasi") when { resource has city && resource.city == "Boston" };`
    const more = [
      { path: 'domains/sales/policies/many.cedar', text: many.join('\n') },
      { path: 'guardrails/q.cedar', text: labelled },
    ]
    const state = /(- name: state\n(?:.*\n){2} *tags: \[pii)\]/
    const changed = rules(more, ({ path, text }) => ({
      path,
      text: path.includes('sales/products/crm') ? text.replace(state, '$1, quasi]') : text,
    }))
    const forgetting = compilePolicies(
      changed.world.mesh,
      changed.written.filter(({ id }) => id !== 'central/q'),
    )
    const wrong = { ...forgetting, written: changed.written }
    for (const seed of ['a', 'b', 'c']) {
      const trial = official.trial(engine => replayActivation(engine, wrong, seed, rules(more)))
      expect([seed, await codeOf(trial)]).toEqual([seed, 'policy.engines'])
    }
  })

  test('what is new costs as much as in a small set, and is paid for by itself', () => {
    const trialsFor = (most: number) => trialsFrom(right, { most: 0, random: () => 0.3, changed: { before: without('sales/f'), most } })
    const made = trialsFor(4_000)
    expect(made.length).toBe(8)
    expect(made.every(({ table }) => table === 'sales.crm.customer')).toBe(true)
    expect(made.reduce((sum, trial) => sum + costOf(right, trial), 0)).toBeLessThan(8 * 60)
    expect(trialsFor(50).length).toBeLessThan(5)
  })

  test('one table of many rules leaves the others their turn', () => {
    const tables = new Set(trialsFrom(right, { most: 2_000, random: randomOf(7) }).map(({ table }) => table))
    expect([...right.world.tables.keys()].filter(table => !tables.has(table))).toEqual([])
  })
})

describe('an activation', { timeout: 120_000 }, () => {
  test('is let through where the engines agree', async () => {
    const { requests, rows } = await official.trial(engine => replayActivation(engine, rules(), 'a'))
    expect([requests > 30, rows > 100]).toEqual([true, true])
  })

  test('keeps nobody waiting while its requests are made', async () => {
    const [right, none] = [rules(), compilePolicies(rules().world.mesh, [])]
    let turns = 0
    const turn = (): void => {
      turns += 1
      next = setImmediate(turn)
    }
    let next = setImmediate(turn)
    await official.trial(engine => {
      const asked: Pick<TrialEngine, 'decideAll'> = {
        decideAll: message => {
          clearImmediate(next)
          return engine.decideAll(message)
        },
      }
      return replayActivation(asked, right, 'a', none)
    })
    expect(turns).toBeGreaterThan(5)
  })

  /**
   * Ours decides by other rules than those that it is said to have: as if it had a bug. That a permit of few is forgotten, which
   * closes, is found where it is new.
   */
  test.each([
    ['forgets a guardrail that masks', 'central/pii'],
    ['forgets a guardrail that hides rows', 'central/phi-training'],
    ['forgets a permit', 'sales/own-customers'],
  ])('is refused where ours %s', async (_, id) => {
    const right = rules()
    const wrong = compilePolicies(
      right.world.mesh,
      right.written.filter(policy => policy.id !== id),
    )
    expect(right.written.length - wrong.written.length).toBe(1)
    const before = id === 'sales/own-customers' ? wrong : undefined
    const trial = official.trial(engine => replayActivation(engine, { ...wrong, written: right.written }, 'a', before))
    expect(await codeOf(trial)).toBe('policy.engines')
  })

  test.each([
    [
      'shows a column that a rule hides',
      'forbid (principal, action == Mesh::Action::"discover", resource == Mesh::Column::"sales.crm.customer.email");',
    ],
    [
      'shows a table that a rule hides',
      'forbid (principal, action == Mesh::Action::"discover", resource in Mesh::Table::"sales.crm.customer");',
    ],
    [
      'lets a purpose be declared that a rule forbids',
      'forbid (principal in Mesh::Role::"analyst", action == Mesh::Action::"declare", resource in Mesh::Domain::"sales");',
    ],
    ['hides a table that a rule shows', 'permit (principal, action == Mesh::Action::"discover", resource in Mesh::Product::"sales.crm");'],
  ])('is refused where ours %s', async (_, text) => {
    const right = rules([{ path: 'domains/sales/policies/known.cedar', text: `@id("sales/known") ${text}` }])
    const wrong = { ...rules(), written: right.written }
    expect(right.written.length).toBe(rules().written.length + 1)
    expect(await codeOf(official.trial(engine => replayActivation(engine, wrong, 'a', rules())))).toBe('policy.engines')
    expect(await codeOf(official.trial(engine => replayActivation(engine, right, 'a', rules())))).toBe('none')
  })

  test('is refused where the official one comes to no end', async () => {
    const slow = openOfficial({ ...officialConfig.parse({ timeoutMs: 1_000 }), timeoutMs: 1, log: () => undefined })
    expect(await codeOf(slow.trial(engine => replayActivation(engine, rules(), 'a')))).toBe('policy.engines')
  })
})
