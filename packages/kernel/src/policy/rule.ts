import {
  type ActionScope,
  type Closure,
  Compiler,
  conjuncts,
  type Node,
  nodeChildren,
  parsePolicy,
  type Scope,
  someNode,
} from '../cedar/index.ts'
import { SelvageError } from '../model/index.ts'
import type { RuleRef } from './decision.ts'
import { type Action, actions, isAction, isMaskTransform, type MaskTransform, type PolicyJson, ruleRef } from './policy.ts'
import { readsStatement } from './statement.ts'

/** A policy ready to be evaluated. */
export interface Rule {
  readonly policy: PolicyJson
  readonly ref: RuleRef
  readonly effect: 'permit' | 'forbid'
  /** Of a forbid: it softens `reveal` instead of denying it. For every other action it stays a plain forbid. */
  readonly mask: MaskTransform | undefined
  readonly principal: Scope
  readonly action: ReadonlySet<Action>
  /** Actions as written, to be told in findings. */
  readonly actionIds: readonly string[] | 'all'
  readonly resource: Scope
  readonly body: Node
  /** Conjuncts that ask nothing of the resource, if there are such: one value for all rows. */
  readonly guard: Closure | undefined
  /** What has to hold beside the guard; undefined: nothing. */
  readonly rest: Node | undefined
  /** The condition asks for more of the resource than its attributes, so it may differ from column to column. */
  readonly asksPlace: boolean
  /** Neither its condition nor its principal scope asks for more than the purpose: one effect for everybody and everywhere. */
  readonly asksPurposeAlone: boolean
  /** The condition asks what is done, so it may differ from action to action. */
  readonly asksAction: boolean
  /** The condition asks what the statement touches. */
  readonly asksStatement: boolean
}

/** Reads a JSON policy. Throws `policy.invalid` for one that is not well formed. */
export function parseRule(policy: PolicyJson, compiler = new Compiler()): Rule {
  const parsed = parsePolicy(policy.est)
  if (parsed.effect !== policy.effect)
    throw new SelvageError('policy.invalid', { detail: 'A JSON policy has another effect than it says.' })
  const actionIds = actionIdsOf(parsed.action)
  return {
    policy,
    ref: ruleRef(policy),
    effect: policy.effect,
    mask: maskOf(policy),
    principal: parsed.principal,
    action: expandActions(actionIds),
    actionIds,
    resource: parsed.resource,
    body: parsed.condition,
    ...split(parsed.effect, parsed.condition, compiler),
    asksPlace: asksPlace(parsed.condition),
    asksPurposeAlone: parsed.principal.op === 'all' && asksPurposeAlone(parsed.condition),
    asksAction: someNode(parsed.condition, namesAction),
    asksStatement: readsStatement(parsed.condition),
  }
}

/**
 * A permit takes effect only where all of its conjuncts hold, so those that ask nothing of the resource may come first,
 * wherever they stand. A forbid takes effect also where one errs that is reached: of its conjuncts the leading ones may.
 */
function split(effect: 'permit' | 'forbid', condition: Node, compiler: Compiler): Pick<Rule, 'guard' | 'rest'> {
  const parts = conjuncts(condition)
  const asksNothing = (part: Node): boolean => !someNode(part, isResource)
  const first = parts.findIndex(part => !asksNothing(part))
  const count = first < 0 ? parts.length : first
  const leading = effect === 'permit' ? parts.filter(asksNothing) : parts.slice(0, count)
  const guard = joined(leading)
  return {
    guard: guard === undefined ? undefined : compiler.compile(guard),
    rest: joined(parts.filter(part => !leading.includes(part))),
  }
}

const joined = (parts: readonly Node[]): Node | undefined =>
  parts.length === 0 ? undefined : parts.reduce((left, right): Node => ({ kind: 'and', left, right }))

/** A transform that nobody knows masks everything. */
function maskOf(policy: PolicyJson): MaskTransform | undefined {
  if (!Object.hasOwn(policy.annotations, 'mask')) return undefined
  const mask = policy.annotations.mask ?? ''
  return isMaskTransform(mask) ? mask : 'null'
}

function actionIdsOf(scope: ActionScope): readonly string[] | 'all' {
  if (scope.op === 'all') return 'all'
  const uids = scope.op === 'in' ? scope.uids : [scope.uid]
  if (uids.some(uid => uid.type !== 'Mesh::Action' || !(isAction(uid.id) || uid.id === 'use'))) {
    throw new SelvageError('policy.invalid', { detail: 'A policy names an action that does not exist.' })
  }
  // `action == use` is never asked.
  return uids.filter(uid => scope.op === 'in' || uid.id !== 'use').map(uid => uid.id)
}

function expandActions(ids: readonly string[] | 'all'): ReadonlySet<Action> {
  if (ids === 'all') return new Set(actions)
  return new Set(ids.flatMap(id => (id === 'use' ? (['read', 'reveal'] as const) : isAction(id) ? [id] : [])))
}

/** Any use of the resource other than for an attribute, which all cells of a row have alike. */
function asksPlace(node: Node): boolean {
  if (isResource(node)) return true
  if ((node.kind === 'get' || node.kind === 'has') && isResource(node.of)) return false
  return nodeChildren(node).some(asksPlace)
}
function asksPurposeAlone(node: Node): boolean {
  if (node.kind === 'get' && node.of.kind === 'variable' && node.of.name === 'context') return node.attribute === 'purpose'
  // Another literal may be whoever asks, or what is asked for: then it has their place and attributes.
  if (node.kind === 'entity') return node.uid.type === 'Mesh::Purpose'
  return node.kind !== 'variable' && nodeChildren(node).every(asksPurposeAlone)
}
const namesAction = (node: Node): boolean =>
  (node.kind === 'variable' && node.name === 'action') || (node.kind === 'entity' && node.uid.type === 'Mesh::Action')
const isResource = (node: Node): boolean => node.kind === 'variable' && node.name === 'resource'
