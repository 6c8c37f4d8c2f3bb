import type { Environment } from './closure.ts'
import type { Node } from './node.ts'
import type { Value } from './value.ts'

/** `context.purpose`: an attribute of what a request names. */
export interface Path {
  readonly of: 'principal' | 'resource' | 'context'
  readonly attribute: string
}

/** What has to be so for the conditions before a guard not to err. */
interface Precondition extends Path {
  readonly type: 'any' | 'long'
}

/**
 * One conjunct of a condition, `path == literal`. Where the preconditions hold and the path has another value, the
 * whole condition is false and does not err: so policies can be found by the value.
 */
export interface Guard {
  readonly path: Path
  readonly literal: Primitive
  readonly preconditions: readonly Precondition[]
}

/** No object is equal to one of these, so a map finds them as `==` does. */
export type Primitive = string | bigint | boolean

/** All guards of a condition, up to the first conjunct of which it cannot be told here when it errs. */
export function findGuards(condition: Node): readonly Guard[] {
  const guards: Guard[] = []
  const preconditions: Precondition[] = []
  for (const conjunct of conjuncts(condition)) {
    const needed = findPreconditions(conjunct)
    if (needed === undefined) break
    preconditions.push(...needed)
    const guard = findEquality(conjunct)
    if (guard !== undefined) guards.push({ ...guard, preconditions: [...preconditions] })
  }
  return guards
}

/** The parts that all have to hold, in the order in which they are reached. */
export function conjuncts(node: Node): readonly Node[] {
  return node.kind === 'and' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node]
}

function findEquality(node: Node): Pick<Guard, 'path' | 'literal'> | undefined {
  if (node.kind !== 'binary' || node.op !== '==') return undefined
  const [path, other] = findPath(node.left) === undefined ? [node.right, node.left] : [node.left, node.right]
  const found = findPath(path)
  if (found === undefined || other.kind !== 'literal' || typeof other.value === 'object') return undefined
  return { path: found, literal: other.value }
}

/** Undefined: it may err in another way than by a missing attribute or one that is no number. */
function findPreconditions(node: Node): readonly Precondition[] | undefined {
  if (node.kind !== 'binary') return undefined
  if (node.op !== '==' && node.op !== '<' && node.op !== '<=') return undefined
  const type = node.op === '==' ? 'any' : 'long'
  const sides = [node.left, node.right].map((side): readonly Precondition[] | undefined => {
    const path = findPath(side)
    if (path !== undefined) return [{ ...path, type }]
    return side.kind === 'literal' && (type === 'any' || typeof side.value === 'bigint') ? [] : undefined
  })
  return sides.every(side => side !== undefined) ? sides.flat() : undefined
}

function findPath(node: Node): Path | undefined {
  if (node.kind !== 'get' || node.of.kind !== 'variable' || node.of.name === 'action') return undefined
  return { of: node.of.name, attribute: node.attribute }
}

export const pathKey = ({ of, attribute }: Path): string => `${of}.${attribute}`

export function valueAt({ of, attribute }: Path, environment: Environment): Value | undefined {
  if (of !== 'context') return environment[of].attributes.get(attribute)
  const { context } = environment
  return typeof context === 'object' && context.kind === 'record' ? context.fields.get(attribute) : undefined
}

export function holds(precondition: Precondition, environment: Environment): boolean {
  const value = valueAt(precondition, environment)
  return precondition.type === 'long' ? typeof value === 'bigint' : value !== undefined
}
