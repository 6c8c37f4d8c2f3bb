import {
  type Entity,
  type EntityValue,
  type Environment,
  entityValue,
  missingEntity,
  type Node,
  type RecordValue,
  recordValue,
  type Uid,
} from '../cedar/index.ts'
import { SelvageError } from '../model/index.ts'
import { circumstanceValues } from './circumstances.ts'
import type { CompiledPolicies } from './compile.ts'
import type { RuleRef } from './decision.ts'
import type { Expr } from './expr.ts'
import { meshUid } from './mesh-uid.ts'
import { type Action, actions, type MaskTransform } from './policy.ts'
import { residualOf } from './residual.ts'
import type { Rule } from './rule.ts'
import { type Candidates, rulesFor, type ScopedRule } from './rule-index.ts'
import { FALSE, isFalse, or, TRUE } from './simplify.ts'
import { labelsAmong } from './statement.ts'
import type { Value as Known } from './term.ts'
import { actionAncestors, type Principal, type Resource, type World } from './world.ts'

/** A rule and the rows in which it takes effect; never constantly false. */
export interface HeldRule {
  readonly ref: RuleRef
  readonly expr: Expr
}

export interface HeldMask extends HeldRule {
  readonly transform: MaskTransform
}

/** What one subject's question found: `permits` and `forbids` are H, `masks` the masking guardrails. */
export interface HeldRules {
  readonly permits: readonly HeldRule[]
  readonly forbids: readonly HeldRule[]
  readonly masks: readonly HeldMask[]
}

/** One subject with one purpose. */
export interface Standing {
  readonly world: World
  readonly principal: Principal
  readonly purpose: Uid
  /** As closures know it: of what is touched they know nothing. */
  readonly context: RecordValue
  /** What the statement touches; undefined: there is none, and each resource is asked about with its own. */
  readonly labels: readonly string[] | undefined
  /**
   * Of rules that ask neither what is done nor where: one table asks the same for each action and column. INVARIANT: what
   * was found of a thing of the mesh is never taken for a row: only a row has the attributes that a rule may ask for.
   */
  readonly effects: Readonly<Record<Resource['kind'], Map<Rule, Expr>>>
  /** What was found among some candidates: what one asks for its answer, one asks to know whether a table is to be seen. */
  readonly found: Map<Candidates, HeldRules>
}

/** What one subject asks, for one purpose and action; whatever it is asked of. */
export interface Ask {
  readonly standing: Standing
  readonly action: Entity
  /** For conditions that ask nothing of the resource; undefined: they are to be evaluated as the others are. */
  readonly environment: Environment | undefined
}

/** For one table: effects are kept by rule and kind of resource alone. */
export function standingOf({ world }: CompiledPolicies, principal: Principal, purpose: string, labels?: readonly string[]): Standing {
  const stated = world.purposes.get(purpose) ?? entityValue(meshUid('Purpose', purpose))
  const effects = { row: new Map(), entity: new Map() }
  return { world, principal, purpose: stated.uid, context: contextOf(principal, stated), labels, effects, found: new Map() }
}

/** Of each principal, by purposes; what is no purpose of the world's is a key that nobody else holds. */
const contexts = new WeakMap<Principal, WeakMap<EntityValue, RecordValue>>()

function contextOf(principal: Principal, purpose: EntityValue): RecordValue {
  const ofPrincipal = contexts.get(principal) ?? new WeakMap<EntityValue, RecordValue>()
  const known = ofPrincipal.get(purpose)
  if (known !== undefined) return known
  const context = recordValue([['purpose', purpose], ...circumstanceValues(principal.circumstances)])
  contexts.set(principal, ofPrincipal.set(purpose, context))
  return context
}

export function askOf(standing: Standing, action: Action): Ask {
  const { principal, context, world } = standing
  const asked = actionEntities.get(action)!
  // What touches a broken attribute errs, which closures do not know.
  const closed = principal.broken.size === 0
  const environment = closed ? { principal, action: asked, resource: nobody, context, entities: world.entities } : undefined
  return { standing, action: asked, environment }
}

const labelSet = (names: readonly string[]): Known => ({
  kind: 'set',
  items: names.map(name => ({ kind: 'entity', uid: meshUid('Label', name) })),
})
const noLabels = labelSet([])

const nobody = missingEntity({ type: '', id: '' })
const actionEntities: ReadonlyMap<Action, Entity> = new Map(
  actions.map(action => {
    return [action, { ...missingEntity(meshUid('Action', action)), ancestors: actionAncestors.get(action)! }]
  }),
)
const reveal = actionEntities.get('reveal')!
const discover = actionEntities.get('discover')!

/** Those of the candidates that take effect for what is asked, in the order of their ids, so that the order of policies means nothing. */
export function heldRules(ask: Ask, candidates: Candidates, resource: Resource): HeldRules {
  const { found, principal } = ask.standing
  const rules = rulesFor(candidates, principal)
  if (rules.length === 0) return nothingHeld
  const permits: HeldRule[] = []
  const forbids: HeldRule[] = []
  const masks: HeldMask[] = []
  for (const scoped of rules) {
    const held = heldRule(ask, resource, scoped)
    if (held === undefined) continue
    if (scoped.rule.effect === 'permit') permits.push(held)
    else if (isMask(held)) masks.push(held)
    else forbids.push(held)
  }
  inOrder(permits)
  inOrder(forbids)
  inOrder(masks)
  const held = { permits, forbids, masks }
  found.set(candidates, held)
  return held
}

const nothingHeld: HeldRules = { permits: [], forbids: [], masks: [] }

/** What two lists of candidates found, as if they had been one. */
export function joinHeld(a: HeldRules, b: HeldRules): HeldRules {
  if (a === nothingHeld) return b
  if (b === nothingHeld) return a
  const join = <R extends HeldRule>(one: readonly R[], other: readonly R[]): readonly R[] => {
    if (one.length === 0) return other
    return other.length === 0 ? one : [...one, ...other].sort(byId)
  }
  return { permits: join(a.permits, b.permits), forbids: join(a.forbids, b.forbids), masks: join(a.masks, b.masks) }
}

const byId = (a: HeldRule, b: HeldRule): number => (a.ref.id < b.ref.id ? -1 : 1)
const isMask = (held: HeldRule): held is HeldMask => 'transform' in held

/** Mostly it is. */
function inOrder(list: HeldRule[]): void {
  if (list.some((held, at) => at > 0 && list[at - 1]!.ref.id > held.ref.id)) list.sort(byId)
}

/** Whether some permit could hold for some row. */
export function somePermit(ask: Ask, candidates: Candidates, resource: Resource): boolean {
  const found = ask.standing.found.get(candidates)
  if (found !== undefined) return found.permits.length > 0
  return rulesFor(candidates, ask.standing.principal).some(
    scoped => scoped.rule.effect === 'permit' && !isFalse(effectOf(ask, resource, scoped)),
  )
}

/** Undefined: it holds for no row. */
function heldRule(ask: Ask, resource: Resource, scoped: ScopedRule): HeldRule | HeldMask | undefined {
  const expr = effectOf(ask, resource, scoped)
  if (isFalse(expr)) return undefined
  const { ref, mask: transform } = scoped.rule
  return transform !== undefined && ask.action === reveal ? { ref, expr, transform } : { ref, expr }
}

function effectOf(ask: Ask, resource: Resource, { rule, match }: ScopedRule): Expr {
  // A permit that hangs on the row's identity never holds, a forbid always does.
  if (match === 'unknown') return rule.effect === 'permit' ? FALSE : TRUE
  if (rule.asksPlace || rule.asksAction || rule.asksStatement) return evaluateEffect(ask, resource, rule)
  const effects = ask.standing.effects[resource.kind]
  const known = effects.get(rule)
  if (known !== undefined) return known
  const effect = evaluateEffect(ask, resource, rule)
  effects.set(rule, effect)
  return effect
}

/** A permit takes effect where its condition holds, a forbid also where it errs. */
function evaluateEffect(ask: Ask, resource: Resource, rule: Rule): Expr {
  const { environment } = ask
  // Closures know nothing of the statement.
  if (environment === undefined || rule.asksStatement) return evaluateResidual(ask, resource, rule, rule.body)
  const guard = rule.guard === undefined ? true : rule.guard(environment)
  if (guard === false) return FALSE
  if (guard !== true) return rule.effect === 'permit' ? FALSE : TRUE
  return rule.rest === undefined ? TRUE : evaluateResidual(ask, resource, rule, rule.rest)
}

/** INVARIANT: what there is to be known hangs on no statement. */
function labelsAsked({ labels, world }: Standing, action: Entity, resource: Resource): Known {
  return labelSet(labels === undefined || action === discover ? labelsAmong(world, resource.ancestors) : labels)
}

function evaluateResidual({ standing, action }: Ask, resource: Resource, rule: Rule, body: Node): Expr {
  const { world, principal, context } = standing
  const labels = rule.asksStatement ? labelsAsked(standing, action, resource) : noLabels
  try {
    const { holds, errs } = residualOf(body, { world, principal, action: action.uid, resource, context, labels })
    return rule.effect === 'permit' ? holds : or([holds, errs])
  } catch (error) {
    // INVARIANT: a condition that is too large fails closed, as one that errs.
    if (error instanceof SelvageError) return rule.effect === 'permit' ? FALSE : TRUE
    throw error
  }
}
