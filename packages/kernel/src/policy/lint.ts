import type { Mesh } from '../contract/index.ts'
import { type Finding, SelvageError } from '../model/index.ts'
import { fenceProblems } from './lint-fence.ts'
import { labelProblems } from './lint-labels.ts'
import { maskProblems } from './lint-mask.ts'
import { nameProblems } from './lint-names.ts'
import { statementProblems } from './lint-statement.ts'
import { textProblems } from './lint-texts.ts'
import { translationProblems } from './lint-translation.ts'
import { originOf } from './origin.ts'
import type { PolicyJson } from './policy.ts'
import { type Problem, policyFinding } from './problem.ts'
import { parseRule, type Rule } from './rule.ts'
import { type World, worldOf } from './world.ts'

/**
 * What the validator cannot see: who may write what, masks, labels, and whether every engine can carry the rule
 * out. All problems are told; whoever loads a bundle refuses it for one of severity `error`.
 */
export function lintPolicies(mesh: Mesh, policies: readonly PolicyJson[]): Finding[] {
  const world = worldOf(mesh)
  return [...duplicates(policies), ...policies.flatMap(policy => lintPolicy(world, policy))]
}

function lintPolicy(world: World, policy: PolicyJson): Finding[] {
  const rule = findRule(policy)
  if ('code' in rule) return [policyFinding(policy, rule)]
  const origin = originOf(world.mesh, policy)
  const problems = [
    ...textProblems(rule),
    ...fenceProblems(rule, origin),
    ...maskProblems(rule),
    ...nameProblems(world, rule, origin),
    ...labelProblems(world, rule),
    ...statementProblems(rule),
    ...translationProblems(world, rule),
  ]
  return problems.map(problem => policyFinding(policy, problem))
}

function findRule(policy: PolicyJson): Rule | Problem {
  try {
    return parseRule(policy)
  } catch (error) {
    if (error instanceof SelvageError)
      return { code: 'policy.malformed', what: error.message, help: 'Translate it with the official engine.' }
    throw error
  }
}

function duplicates(policies: readonly PolicyJson[]): Finding[] {
  const seen = new Set<string>()
  const again = policies.filter(policy => seen.size === seen.add(policy.id).size)
  return again.map(policy =>
    policyFinding(policy, { code: 'policy.duplicate_id', what: 'another policy has this id', help: 'Give each policy its own id.' }),
  )
}
