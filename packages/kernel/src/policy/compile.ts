import { Compiler } from '../cedar/index.ts'
import type { Mesh } from '../contract/index.ts'
import { SelvageError } from '../model/index.ts'
import { generatedPolicies } from './generated.ts'
import { lintPolicies } from './lint.ts'
import { type Action, actions, type PolicyJson } from './policy.ts'
import { parseRule } from './rule.ts'
import { indexRules, type RuleIndex } from './rule-index.ts'
import { readsAge } from './statement.ts'
import type { TablePlan } from './table-plan.ts'
import { type TablePlace, type World, worldOf } from './world.ts'

/** Policies that passed the linter, ready to decide. Immutable; only `compilePolicies` makes it. */
export interface CompiledPolicies {
  readonly '~compiled': true
  readonly world: World
  readonly rules: ReadonlyMap<Action, RuleIndex>
  /** As they were given: without the generated ones. */
  readonly written: readonly PolicyJson[]
  /** Of the tables that were asked about. */
  readonly plans: WeakMap<TablePlace, TablePlan>
  /** Some rule asks what a statement touches; else no decision depends on it. */
  readonly askStatement: boolean
  /** Some rule asks how long ago a device was observed, so that decisions change as time goes by. */
  readonly askAge: boolean
}

/**
 * Makes policies ready to decide, with the generated ones among them. The order of `policies` means nothing.
 * Throws `policy.invalid`, the findings as its cause, where the linter finds an error.
 */
export function compilePolicies(mesh: Mesh, policies: readonly PolicyJson[]): CompiledPolicies {
  const errors = lintPolicies(mesh, policies).filter(finding => finding.severity === 'error')
  if (errors.length > 0) throw new SelvageError('policy.invalid', { cause: errors })
  const compiler = new Compiler()
  const rules = [...generatedPolicies(mesh), ...policies].map(policy => parseRule(policy, compiler))
  const byAction = new Map(actions.map(action => [action, indexRules(rules, action)]))
  const askStatement = rules.some(rule => rule.asksStatement)
  const askAge = rules.some(rule => readsAge(rule.body))
  return { '~compiled': true, world: worldOf(mesh), rules: byAction, plans: new WeakMap(), askStatement, askAge, written: policies }
}
