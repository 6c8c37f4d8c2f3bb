import { SelvageError } from '../model/index.ts'
import type { CompiledPolicies } from './compile.ts'
import type { RuleRef } from './decision.ts'
import type { Expr } from './expr.ts'
import { meshUid } from './mesh-uid.ts'
import type { Action, MaskTransform } from './policy.ts'
import { residualOf } from './residual.ts'
import type { Rule } from './rule.ts'
import { findRules, matchesPrincipal, type ScopedRule } from './rule-index.ts'
import { FALSE, isFalse, or, TRUE } from './simplify.ts'
import type { Principal, Resource } from './world.ts'

/** A rule and the rows in which it takes effect; never constantly false. */
export interface HeldRule {
  readonly ref: RuleRef
  readonly expr: Expr
}

/** What one subject's question found: `permits` and `forbids` are H, `masks` the masking guardrails. */
export interface HeldRules {
  readonly permits: readonly HeldRule[]
  readonly forbids: readonly HeldRule[]
  readonly masks: readonly (HeldRule & { readonly transform: MaskTransform })[]
}

/** Effects that do not hang on the resource's place, by rule: one table asks the same for each of its columns. */
export type EffectMemo = Map<Rule, Expr>

export interface Asked {
  readonly principal: Principal
  readonly purpose: string
  readonly action: Action
  readonly memo?: EffectMemo
}

/** All rules that take effect for one subject, action and resource. */
export function heldRules(compiled: CompiledPolicies, asked: Asked, resource: Resource): HeldRules {
  const index = compiled.rules.get(asked.action)
  const found = index === undefined ? [] : findRules(index, resource)
  const permits: HeldRule[] = []
  const forbids: HeldRule[] = []
  const masks: (HeldRule & { transform: MaskTransform })[] = []
  for (const scoped of found) {
    const { rule } = scoped
    const expr = effectOf(compiled, asked, resource, scoped)
    if (isFalse(expr)) continue
    const transform = asked.action === 'reveal' ? rule.mask : undefined
    if (rule.effect === 'permit') permits.push({ ref: rule.ref, expr })
    else if (transform === undefined) forbids.push({ ref: rule.ref, expr })
    else masks.push({ ref: rule.ref, expr, transform })
  }
  return { permits, forbids, masks }
}

/** Whether some permit could hold for some row. */
export function somePermit(compiled: CompiledPolicies, asked: Asked, resource: Resource): boolean {
  const index = compiled.rules.get(asked.action)
  if (index === undefined) return false
  return findRules(index, resource).some(one => one.rule.effect === 'permit' && !isFalse(effectOf(compiled, asked, resource, one)))
}

function effectOf(compiled: CompiledPolicies, asked: Asked, resource: Resource, { rule, match }: ScopedRule): Expr {
  const memo = rule.asksPlace || match === 'unknown' ? undefined : asked.memo
  const known = memo?.get(rule)
  if (known !== undefined) return known
  const effect = matchesPrincipal(rule.principal, asked.principal) ? evaluateEffect(compiled, asked, resource, rule, match) : FALSE
  memo?.set(rule, effect)
  return effect
}

/** A permit takes effect where its condition holds, a forbid also where it errs. */
function evaluateEffect(compiled: CompiledPolicies, asked: Asked, resource: Resource, rule: Rule, match: ScopedRule['match']): Expr {
  // A permit that hangs on the row's identity never holds, a forbid always does.
  if (match === 'unknown') return rule.effect === 'permit' ? FALSE : TRUE
  const purpose = meshUid('Purpose', asked.purpose)
  const action = meshUid('Action', asked.action)
  try {
    const { holds, errs } = residualOf(rule.body, { world: compiled.world, principal: asked.principal, action, resource, purpose })
    return rule.effect === 'permit' ? holds : or([holds, errs])
  } catch (error) {
    // INVARIANT: a condition that is too large fails closed, as one that errs.
    if (error instanceof SelvageError) return rule.effect === 'permit' ? FALSE : TRUE
    throw error
  }
}
