import { SelvageError } from '../model/index.ts'
import type { Compiler } from './closure.ts'
import { compileStep, type Step } from './condition-tree.ts'
import { asArray, asRecord, asText, type JsonRecord, malformed, parseUid } from './json.ts'
import { conjuncts, type Node, parseNode } from './node.ts'
import { type Uid, uidKey } from './uid.ts'

/** A uid beside its key, which is asked for often. */
export type KeyedUid = Uid & { readonly key: string }

export type Scope =
  | { readonly op: 'all' }
  | { readonly op: '==' | 'in'; readonly uid: KeyedUid }
  | { readonly op: 'is'; readonly type: string; readonly in: KeyedUid | undefined }

/** Which actions: all, one, or those below one of several. */
export type ActionScope =
  | { readonly op: 'all' }
  | { readonly op: '=='; readonly uid: KeyedUid }
  | { readonly op: 'in'; readonly uids: readonly KeyedUid[] }

/** What a JSON policy says, read once. */
export interface ParsedPolicy {
  readonly effect: 'permit' | 'forbid'
  readonly principal: Scope
  readonly action: ActionScope
  readonly resource: Scope
  /** All its clauses, joined; without one: true. */
  readonly condition: Node
}

/** Values of `?principal` and `?resource`, where a template is linked. */
export type Slots = Readonly<Partial<Record<'?principal' | '?resource', Uid>>>

/** Reads a JSON policy, or a template together with the values of its slots. Throws `policy.invalid`. */
export function parsePolicy(est: unknown, slots: Slots = {}): ParsedPolicy {
  const { effect, principal, action, resource, conditions } = asRecord(est, 'a policy')
  if (effect !== 'permit' && effect !== 'forbid') throw malformed('an effect')
  return {
    effect,
    principal: parseScope(asRecord(principal, 'the principal'), slots),
    action: parseActionScope(asRecord(action, 'the action')),
    resource: parseScope(asRecord(resource, 'the resource'), slots),
    condition: parseConditions(asArray(conditions, 'the conditions')),
  }
}

function parseScope(scope: JsonRecord, slots: Slots): Scope {
  if (scope.op === 'All') return { op: 'all' }
  if (scope.op === '==' || scope.op === 'in') return { op: scope.op, uid: placeOf(scope, slots) }
  if (scope.op !== 'is') throw malformed('a scope')
  const type = asText(scope.entity_type, 'an entity type')
  return { op: 'is', type, in: scope.in === undefined ? undefined : placeOf(asRecord(scope.in, 'the scope'), slots) }
}

function placeOf(scope: JsonRecord, slots: Slots): KeyedUid {
  if (scope.slot === undefined) return keyed(parseUid(scope.entity))
  const given = scope.slot === '?principal' || scope.slot === '?resource' ? slots[scope.slot] : undefined
  if (given === undefined) throw malformed('a slot without a value')
  return keyed(given)
}

const keyed = (uid: Uid): KeyedUid => ({ ...uid, key: uidKey(uid) })

function parseActionScope(scope: JsonRecord): ActionScope {
  if (scope.op === 'All') return { op: 'all' }
  if (scope.op === '==') return { op: '==', uid: keyed(parseUid(scope.entity)) }
  if (scope.op !== 'in') throw malformed('an action scope')
  const listed = scope.entities === undefined ? [scope.entity] : asArray(scope.entities, 'the actions')
  return { op: 'in', uids: listed.map(one => keyed(parseUid(one))) }
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

/** A policy ready to be asked. */
export interface CompiledPolicy {
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly scopes: Pick<ParsedPolicy, 'principal' | 'action' | 'resource'>
  /** What all has to hold, in the order in which it is reached; none: always true. */
  readonly steps: readonly Step[]
}

export function compilePolicy(id: string, { effect, condition, ...scopes }: ParsedPolicy, compiler: Compiler): CompiledPolicy {
  const asked = conjuncts(condition).filter(node => node.kind !== 'literal' || node.value !== true)
  return { id, effect, scopes, steps: asked.map(node => compileStep(node, compiler)) }
}
