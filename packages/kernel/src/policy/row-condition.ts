import { SelvageError } from '../model/index.ts'
import type { ConditionalMask, RowCondition, RuleRef } from './decision.ts'
import type { Expr } from './expr.ts'
import type { HeldMask, HeldRule, HeldRules } from './held-rule.ts'
import { and, exprKey, FALSE, isFalse, isTrue, not, or } from './simplify.ts'

/** Some permit and no forbid. */
export function rowCondition(held: HeldRules): RowCondition {
  const always = held.forbids.filter(rule => isTrue(rule.expr))
  if (always.length > 0) return { kind: 'none', because: refs(always) }
  if (held.permits.length === 0) return { kind: 'none', because: [] }
  const sure = held.permits.filter(rule => isTrue(rule.expr))
  const permits = sure.length > 0 ? sure : held.permits
  const expr = fitting(() => and([or(permits.map(rule => rule.expr)), ...held.forbids.map(rule => not(rule.expr))]))
  if (isFalse(expr)) return { kind: 'none', because: refs(held.forbids) }
  // What takes away comes first: it is what people ask about.
  const because = [...refs(held.forbids), ...refs(permits)]
  return isTrue(expr) ? { kind: 'all', because } : { kind: 'where', expr, because }
}

/** What each of a chain allows; nobody: nothing. */
export function everyCondition(conditions: readonly RowCondition[]): RowCondition {
  if (conditions.length === 1) return conditions[0]!
  const denied = conditions.filter(condition => condition.kind === 'none')
  if (denied.length > 0 || conditions.length === 0) return { kind: 'none', because: merged(denied.flatMap(one => one.because)) }
  const because = merged(conditions.flatMap(one => one.because))
  const expr = fitting(() => and(conditions.flatMap(one => (one.kind === 'where' ? [one.expr] : []))))
  if (isFalse(expr)) return { kind: 'none', because }
  return isTrue(expr) ? { kind: 'all', because } : { kind: 'where', expr, because }
}

/** The masks of all of a chain; those of one transform and condition are one. */
export function everyMask(chain: readonly HeldRules[]): readonly ConditionalMask[] {
  if (chain.every(held => held.masks.length === 0)) return none
  const out = new Map<string, HeldMask[]>()
  for (const held of chain)
    for (const mask of held.masks) {
      const key = isTrue(mask.expr) ? mask.transform : `${mask.transform} ${exprKey(mask.expr)}`
      const alike = out.get(key)
      if (alike === undefined) out.set(key, [mask])
      else alike.push(mask)
    }
  const sorted = out.size === 1 ? [...out] : [...out].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([, alike]) => {
    const { transform, expr } = alike[0]!
    return { transform, when: isTrue(expr) ? true : expr, because: refs(alike) }
  })
}

const none: readonly ConditionalMask[] = []

/** A condition that is too large hides every row. */
function fitting(make: () => Expr): Expr {
  try {
    return make()
  } catch (error) {
    if (error instanceof SelvageError) return FALSE
    throw error
  }
}

/** In the order of ids, so that the order of policies means nothing; each once. */
export function refs(rules: readonly HeldRule[]): RuleRef[] {
  const list = rules.map(rule => rule.ref)
  const inOrder = list.every((ref, at) => at === 0 || list[at - 1]!.id < ref.id)
  return inOrder ? list : merged(list).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Each rule once, where it stands first. */
export function merged(list: readonly RuleRef[]): RuleRef[] {
  return [...new Map(list.map(ref => [ref.id, ref])).values()]
}
