import { SelvageError } from '../model/index.ts'
import type { RuleRef } from './decision.ts'
import { asArray, asRecord, asText, type JsonRecord, type Node, parseNode, parseUid, someNode } from './node.ts'
import { type Action, actions, isAction, isMaskTransform, type MaskTransform, type PolicyJson, ruleRef } from './policy.ts'
import { type Uid, uidKey } from './uid.ts'

/** A uid beside its key, which is asked for often. */
type KeyedUid = Uid & { readonly key: string }

export type Scope =
  | { readonly op: 'all' }
  | { readonly op: '==' | 'in'; readonly uid: KeyedUid }
  | { readonly op: 'is'; readonly type: string; readonly in: KeyedUid | undefined }

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
  /** The condition asks about the resource's type or parents, so it may differ from column to column. */
  readonly asksPlace: boolean
}

/** Reads a JSON policy. Throws `policy.invalid` for one that is not well formed. */
export function parseRule(policy: PolicyJson): Rule {
  const est = asRecord(policy.est, 'a policy')
  if (est.effect !== policy.effect) throw new SelvageError('policy.invalid', { detail: 'A JSON policy has another effect than it says.' })
  const body = parseConditions(asArray(est.conditions, 'the conditions'))
  const actionIds = parseActions(asRecord(est.action, 'the action'))
  return {
    policy,
    ref: ruleRef(policy),
    effect: policy.effect,
    mask: maskOf(policy),
    principal: parseScope(asRecord(est.principal, 'the principal')),
    action: expandActions(actionIds),
    actionIds,
    resource: parseScope(asRecord(est.resource, 'the resource')),
    body,
    asksPlace: someNode(body, asksPlace),
  }
}

/** A transform that nobody knows masks everything. */
function maskOf(policy: PolicyJson): MaskTransform | undefined {
  if (!Object.hasOwn(policy.annotations, 'mask')) return undefined
  const mask = policy.annotations.mask ?? ''
  return isMaskTransform(mask) ? mask : 'null'
}

function parseScope(scope: JsonRecord): Scope {
  if (scope.op === 'All') return { op: 'all' }
  if ((scope.op === '==' || scope.op === 'in') && scope.slot === undefined) return { op: scope.op, uid: keyed(parseUid(scope.entity)) }
  if (scope.op === 'is') {
    const within = scope.in === undefined ? undefined : keyed(parseUid(asRecord(scope.in, 'the scope').entity))
    return { op: 'is', type: asText(scope.entity_type, 'an entity type'), in: within }
  }
  throw new SelvageError('policy.invalid', { detail: 'A scope of a JSON policy is not understood.' })
}

const keyed = (uid: Uid): KeyedUid => ({ ...uid, key: uidKey(uid) })

function parseActions(scope: JsonRecord): readonly string[] | 'all' {
  if (scope.op === 'All') return 'all'
  if (scope.op !== '==' && scope.op !== 'in') throw new SelvageError('policy.invalid', { detail: 'An action scope is not understood.' })
  const uids = (scope.entities === undefined ? [scope.entity] : asArray(scope.entities, 'the actions')).map(parseUid)
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

function parseConditions(clauses: readonly unknown[]): Node {
  const bodies = clauses.map((clause): Node => {
    const { kind, body } = asRecord(clause, 'a condition')
    const node = parseNode(body)
    if (kind === 'unless') return { kind: 'not', of: node }
    if (kind === 'when') return node
    throw new SelvageError('policy.invalid', { detail: 'A condition is neither when nor unless.' })
  })
  const [first, ...rest] = bodies
  if (first === undefined) return { kind: 'literal', value: true }
  return rest.reduce((left, right): Node => ({ kind: 'and', left, right }), first)
}

/** Over-approximate: any `in` or `is` counts, and any use of the resource other than for an attribute. */
function asksPlace(node: Node): boolean {
  if (node.kind === 'is') return true
  return node.kind === 'binary' && (node.op === 'in' || node.op === '==') && someNode(node, isResource)
}
const isResource = (node: Node): boolean => node.kind === 'variable' && node.name === 'resource'
