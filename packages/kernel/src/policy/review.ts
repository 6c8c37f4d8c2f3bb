import type { Column, Mesh, Table } from '../contract/index.ts'
import { type Finding, SelvageError } from '../model/index.ts'
import { reachedRows } from './concern.ts'
import { originOf } from './origin.ts'
import type { MaskTransform, PolicyJson } from './policy.ts'
import { policyFinding } from './problem.ts'
import { attributeProblems } from './review-attributes.ts'
import { nullProblems } from './review-nulls.ts'
import { type Reach, reachOf, reachProblems } from './review-reach.ts'
import { setProblems } from './review-sets.ts'
import { comparable, shadowProblems } from './review-shadow.ts'
import { parseRule, type Rule } from './rule.ts'
import { worldOf } from './world.ts'

/**
 * What a reviewer of the whole mesh is told, beside what the linter says. A gate holds one domain and cannot see it;
 * policies that the linter refuses are left out.
 */
export function reviewPolicies(mesh: Mesh, policies: readonly PolicyJson[]): Finding[] {
  const world = worldOf(mesh)
  const all = rulesOf(policies).map(rule => comparable(world, rule))
  return all.flatMap(({ rule }, at) => {
    const origin = originOf(mesh, rule.policy)
    const problems = [
      ...(origin.kind === 'centre' ? reachProblems(world, rule) : []),
      ...nullProblems(world, rule),
      ...setProblems(world, rule),
      ...attributeProblems(world, rule, origin),
      ...shadowProblems(world, all, at),
    ]
    return problems.map(problem => policyFinding(rule.policy, problem))
  })
}

/** Every guardrail of the centre with every table that it reaches. */
export function guardrailReach(mesh: Mesh, policies: readonly PolicyJson[]): Reach[] {
  const world = worldOf(mesh)
  return rulesOf(policies)
    .filter(rule => originOf(mesh, rule.policy).kind === 'centre')
    .flatMap(rule => reachOf(world, rule))
}

/** The columns that the masks of a policy may fall on. */
export interface MaskReach {
  readonly policy: PolicyJson
  readonly mask: MaskTransform
  readonly columns: readonly { readonly table: Table; readonly column: Column }[]
}

export function maskReach(mesh: Mesh, policies: readonly PolicyJson[]): MaskReach[] {
  const places = [...worldOf(mesh).tables.values()]
  return rulesOf(policies).flatMap(rule => {
    const { mask, policy } = rule
    if (mask === undefined) return []
    const columns = places.flatMap(place => {
      const reached = new Set(reachedRows(rule, place))
      return place.table.columns.filter(({ name }) => reached.has(place.cells.get(name)!)).map(column => ({ table: place.table, column }))
    })
    return [{ policy, mask, columns }]
  })
}

/** Those that are well formed. */
function rulesOf(policies: readonly PolicyJson[]): Rule[] {
  return policies.flatMap(policy => {
    try {
      return [parseRule(policy)]
    } catch (error) {
      if (error instanceof SelvageError) return []
      throw error
    }
  })
}
