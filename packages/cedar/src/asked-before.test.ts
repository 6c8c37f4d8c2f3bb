import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMesh, tableOf } from '../test/differences.ts'
import { onlyRules } from '../test/example-mesh.ts'
import { type GeneratedAsker, generatedAgent, generatedAsker } from '../test/generated-askers.ts'
import { generatedNamedRules, generatedRules } from '../test/generated-rules.ts'
import { type Kernel, kernel, parsed } from '../test/released.ts'

const sets = Number(process.env.SELVAGE_ASKED_BEFORE_SETS ?? 150)
const customer = tableOf(openMesh, 'sales.crm.customer').id

interface Case {
  readonly rules: Record<string, string>
  readonly askers: readonly GeneratedAsker[]
}

/** Alike but for a login, a purpose, or an agent. */
const alike: fc.Arbitrary<readonly GeneratedAsker[]> = fc
  .tuple(generatedAsker, fc.constantFrom('User' as const, 'Workload' as const), fc.array(generatedAgent, { minLength: 1, maxLength: 2 }))
  .map(([one, kind, actors]) =>
    [kind, 'other'].flatMap(login =>
      ['analytics', 'research'].flatMap(purpose =>
        [[], actors].map(actors => ({ ...one, subject: { ...one.subject, kind, id: `workforce/${login}` }, purpose, actors })),
      ),
    ),
  )
  .chain(askers => fc.shuffledSubarray(askers, { minLength: askers.length }))
const cases: fc.Arbitrary<Case> = fc.record({
  rules: fc.oneof({ weight: 3, arbitrary: generatedNamedRules }, { weight: 1, arbitrary: generatedRules }),
  askers: alike,
})

/** Who gets another answer from rules that were asked before than from rules that nobody has asked. */
function changed({ rules, askers }: Case, by: Kernel): readonly GeneratedAsker[] {
  const mesh = onlyRules(openMesh, rules)
  const policies = parsed(mesh)
  const answer = (compiled: ReturnType<Kernel['compilePolicies']>, asker: GeneratedAsker): string =>
    JSON.stringify([by.decide(compiled, asker, customer), [...by.discoverable(compiled, asker)]], (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
  const asked = by.compilePolicies(mesh, policies)
  return askers.filter(asker => answer(asked, asker) !== answer(by.compilePolicies(mesh, policies), asker))
}

/** The bug that this is for: what was found for one counted for others. */
function sharing(keyOf: (asker: GeneratedAsker) => string): Kernel {
  const known = new WeakMap<object, Map<string, ReturnType<Kernel['decide']>>>()
  return {
    ...kernel,
    decide: (compiled, asker, table, labels) => {
      const found = known.get(compiled) ?? new Map<string, ReturnType<Kernel['decide']>>()
      known.set(compiled, found)
      const key = keyOf(asker)
      const decision = found.get(key) ?? kernel.decide(compiled, asker, table, labels)
      found.set(key, decision)
      return decision
    },
  }
}

describe('what others asked before', () => {
  it('changes nothing', { timeout: 240_000 }, () => {
    fc.assert(
      fc.property(cases, one => {
        expect(changed(one, kernel)).toEqual([])
      }),
      { numRuns: sets },
    )
  })

  const catches = (planted: Kernel): boolean => fc.sample(cases, { numRuns: 200, seed: 7 }).some(one => changed(one, planted).length > 0)
  it.each<[string, Kernel]>([
    [
      'by kind, roles, attributes and purpose',
      sharing(({ subject: { kind, roles, attributes }, purpose }) => JSON.stringify([kind, roles, attributes, purpose])),
    ],
    ['by person, not by agent', sharing(({ subject, purpose }) => JSON.stringify([subject, purpose]))],
    ['whatever for', sharing(({ subject, actors }) => JSON.stringify([subject, actors]))],
  ])('a planted bug is caught: answers shared %s', { timeout: 120_000 }, (_, planted) => {
    expect(catches(planted)).toBe(true)
  })
})
