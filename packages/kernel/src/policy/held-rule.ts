import { type Entity, type Environment, entityValue, missingEntity, type Node, recordValue, type Uid, uidKey } from '../cedar/index.ts'
import { SelvageError } from '../model/index.ts'
import type { CompiledPolicies } from './compile.ts'
import type { RuleRef } from './decision.ts'
import type { Expr } from './expr.ts'
import { meshUid } from './mesh-uid.ts'
import { type Action, actions, type MaskTransform } from './policy.ts'
import { residualOf } from './residual.ts'
import type { Rule } from './rule.ts'
import { findRulesFor, type RuleIndex, type ScopedRule } from './rule-index.ts'
import { FALSE, isFalse, or, TRUE } from './simplify.ts'
import type { Principal, Resource, World } from './world.ts'

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

/** What one subject asks, for one purpose and action; whatever it is asked of. */
export interface Ask {
  readonly principal: Principal
  readonly purpose: Uid
  readonly action: Uid
  readonly rules: RuleIndex
  readonly world: World
  /** For conditions that ask nothing of the resource; undefined: they are to be evaluated as the others are. */
  readonly environment: Environment | undefined
  /** Effects that do not hang on the resource's place: one table asks the same for each of its columns. */
  readonly memo: Map<Rule, Expr>
}

export function askOf({ world, rules }: CompiledPolicies, principal: Principal, purpose: string, action: Action): Ask {
  const asked = actionEntities.get(action)!
  const stated = meshUid('Purpose', purpose)
  const context = recordValue([['purpose', world.entities.get(uidKey(stated)) ?? entityValue(stated)]])
  // What touches a broken attribute errs, which closures do not know.
  const environment =
    principal.broken.size > 0 ? undefined : { principal, action: asked, resource: nobody, context, entities: world.entities }
  return { principal, purpose: stated, action: asked.uid, rules: rules.get(action)!, world, environment, memo: new Map() }
}

const nobody = missingEntity({ type: '', id: '' })
const use = meshUid('Action', 'use')
const actionEntities: ReadonlyMap<Action, Entity> = new Map(
  actions.map(action => {
    const own = missingEntity(meshUid('Action', action))
    const above = action === 'read' || action === 'reveal' ? [uidKey(use)] : []
    return [action, { ...own, ancestors: new Set([own.key, ...above]) }]
  }),
)

/** All rules that take effect for what is asked, in the order of their ids, so that the order of policies means nothing. */
export function heldRules(ask: Ask, resource: Resource): HeldRules {
  const permits: HeldRule[] = []
  const forbids: HeldRule[] = []
  const masks: (HeldRule & { transform: MaskTransform })[] = []
  for (const scoped of findRulesFor(ask.rules, resource, ask.principal)) {
    const { rule } = scoped
    const expr = effectOf(ask, resource, scoped)
    if (isFalse(expr)) continue
    const transform = ask.action.id === 'reveal' ? rule.mask : undefined
    if (rule.effect === 'permit') permits.push({ ref: rule.ref, expr })
    else if (transform === undefined) forbids.push({ ref: rule.ref, expr })
    else masks.push({ ref: rule.ref, expr, transform })
  }
  for (const list of [permits, forbids, masks]) list.sort(byId)
  return { permits, forbids, masks }
}

const byId = (a: HeldRule, b: HeldRule): number => (a.ref.id < b.ref.id ? -1 : 1)

/** Whether some permit could hold for some row. */
export function somePermit(ask: Ask, resource: Resource): boolean {
  return findRulesFor(ask.rules, resource, ask.principal).some(
    scoped => scoped.rule.effect === 'permit' && !isFalse(effectOf(ask, resource, scoped)),
  )
}

function effectOf(ask: Ask, resource: Resource, { rule, match }: ScopedRule): Expr {
  // A permit that hangs on the row's identity never holds, a forbid always does.
  if (match === 'unknown') return rule.effect === 'permit' ? FALSE : TRUE
  if (rule.asksPlace) return evaluateEffect(ask, resource, rule)
  const known = ask.memo.get(rule)
  if (known !== undefined) return known
  const effect = evaluateEffect(ask, resource, rule)
  ask.memo.set(rule, effect)
  return effect
}

/** A permit takes effect where its condition holds, a forbid also where it errs. */
function evaluateEffect(ask: Ask, resource: Resource, rule: Rule): Expr {
  const { environment } = ask
  if (environment === undefined) return evaluateResidual(ask, resource, rule, rule.body)
  const guard = rule.guard === undefined ? true : rule.guard(environment)
  if (guard === false) return FALSE
  if (guard !== true) return rule.effect === 'permit' ? FALSE : TRUE
  return rule.rest === undefined ? TRUE : evaluateResidual(ask, resource, rule, rule.rest)
}

function evaluateResidual({ world, principal, action, purpose }: Ask, resource: Resource, rule: Rule, body: Node): Expr {
  try {
    const { holds, errs } = residualOf(body, { world, principal, action, resource, purpose })
    return rule.effect === 'permit' ? holds : or([holds, errs])
  } catch (error) {
    // INVARIANT: a condition that is too large fails closed, as one that errs.
    if (error instanceof SelvageError) return rule.effect === 'permit' ? FALSE : TRUE
    throw error
  }
}
