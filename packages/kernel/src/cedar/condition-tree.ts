import { type Closure, type Compiler, type Environment, failed } from './closure.ts'
import type { Node } from './node.ts'
import type { CompiledPolicy } from './policy.ts'
import type { Primitive } from './value.ts'

/** One conjunct of a condition. Of the form `of == value`, policies that ask `of` for other values need not be asked. */
export type Step =
  | { readonly kind: 'test'; readonly test: Closure }
  | { readonly kind: 'value'; readonly of: Closure; readonly value: Primitive }

export function compileStep(node: Node, compiler: Compiler): Step {
  if (node.kind === 'binary' && node.op === '==') {
    const [literal, other] = node.left.kind === 'literal' ? [node.left, node.right] : [node.right, node.left]
    if (literal.kind === 'literal' && typeof literal.value !== 'object')
      return { kind: 'value', of: compiler.compile(other), value: literal.value }
  }
  return { kind: 'test', test: compiler.compile(node) }
}

export interface Found {
  readonly permits: string[]
  readonly forbids: string[]
  readonly errors: string[]
}

/**
 * Policies by their conjuncts in Cedar's order: what several begin with is asked once, and where it does not hold, or
 * errs, none of them is looked at any more.
 */
export class ConditionTree {
  /** All that they ask holds here. */
  readonly #here: CompiledPolicy[] = []
  readonly #tests: { readonly test: Closure; readonly next: ConditionTree }[] = []
  readonly #values: { readonly of: Closure; readonly next: Map<unknown, ConditionTree> }[] = []

  constructor(policies: Iterable<CompiledPolicy>) {
    for (const policy of policies) this.#add(policy)
  }

  #add(policy: CompiledPolicy): void {
    const leaf = policy.steps.reduce<ConditionTree>((tree, step) => tree.#after(step), this)
    leaf.#here.push(policy)
  }

  #after(step: Step): ConditionTree {
    const next = new ConditionTree([])
    if (step.kind === 'test') {
      const known = this.#tests.find(one => one.test === step.test)
      if (known === undefined) this.#tests.push({ test: step.test, next })
      return known?.next ?? next
    }
    const known = this.#values.find(one => one.of === step.of)
    const byValue = known?.next ?? new Map<unknown, ConditionTree>()
    if (known === undefined) this.#values.push({ of: step.of, next: byValue })
    const found = byValue.get(step.value) ?? next
    byValue.set(step.value, found)
    return found
  }

  /** Adds the policies that hold and those that err. */
  find(environment: Environment, found: Found): void {
    for (const { id, effect } of this.#here) (effect === 'permit' ? found.permits : found.forbids).push(id)
    for (const { test, next } of this.#tests) {
      const value = test(environment)
      if (value === true) next.find(environment, found)
      else if (value !== false) next.#fail(found)
    }
    for (const { of, next } of this.#values) {
      const value = of(environment)
      if (value !== failed) next.get(value)?.find(environment, found)
      else for (const tree of next.values()) tree.#fail(found)
    }
  }

  #fail(found: Found): void {
    for (const { id } of this.#here) found.errors.push(id)
    for (const { next } of this.#tests) next.#fail(found)
    for (const { next } of this.#values) for (const tree of next.values()) tree.#fail(found)
  }
}
