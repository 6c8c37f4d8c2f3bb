import { type Scope, uidKey } from '../cedar/index.ts'
import { originOf } from './origin.ts'
import type { Problem } from './problem.ts'
import { follows, type Part, partsOf } from './review-part.ts'
import { rowType } from './row-type.ts'
import type { Rule } from './rule.ts'
import type { World } from './world.ts'

/** A rule beside what its condition is made of. */
export interface Shadowed {
  readonly rule: Rule
  readonly ofCentre: boolean
  readonly parts: readonly Part[]
}

export const comparable = (world: World, rule: Rule): Shadowed => ({
  rule,
  ofCentre: originOf(world.mesh, rule.policy).kind === 'centre',
  parts: partsOf(world, rule),
})

/**
 * Whatever the rule does is done already: removing it changes no row, cell or mask. (A permit of what is forbidden may still
 * show that a table exists.)
 * @param all every rule, this one among them
 */
export function shadowProblems(world: World, all: readonly Shadowed[], at: number): Problem[] {
  const one = all[at]!
  const above = all.findIndex((other, index) => index !== at && hides(world, other, one) && (index < at || !hides(world, one, other)))
  if (above < 0) return []
  const by = all[above]!.rule
  return [
    {
      code: 'policy.no_effect',
      severity: 'warning',
      what: `it has no effect: \`${by.policy.id}\` ${by.effect === one.rule.effect ? 'does all of it' : 'forbids all of it'}`,
      help: 'Remove it, or correct its scope or condition.',
    },
  ]
}

/** What the centre demands is not idle because a domain does it too: the domain may stop. */
function hides(world: World, by: Shadowed, one: Shadowed): boolean {
  if (one.ofCentre && !by.ofCentre) return false
  if (!isAsStrong(by.rule, one.rule) || !asksLess(by, one)) return false
  for (const action of one.rule.action) if (!by.rule.action.has(action)) return false
  return coversPrincipal(by.rule.principal, one.rule.principal) && coversResource(world, by.rule.resource, one.rule.resource)
}

function isAsStrong(by: Rule, one: Rule): boolean {
  if (one.effect === 'permit') return by.mask === undefined
  return by.effect === 'forbid' && (by.mask === undefined || by.mask === one.mask)
}

/** A permit holds only where all of it does; a forbid also where it errs, so what is asked first counts. */
function asksLess(by: Shadowed, one: Shadowed): boolean {
  if (one.rule.effect === 'permit') return by.parts.every(part => one.parts.some(stricter => follows(part, stricter)))
  return by.parts.every((part, index) => one.parts[index] !== undefined && follows(part, one.parts[index]))
}

function coversPrincipal(by: Scope, one: Scope): boolean {
  if (by.op === 'all') return true
  if (by.op === 'is') return one.op === 'is' && one.type === by.type && (by.in === undefined || one.in?.key === by.in.key)
  if (by.op === '==') return one.op === '==' && one.uid.key === by.uid.key
  return placeOf(one)?.key === by.uid.key
}

const placeOf = (scope: Scope) => (scope.op === 'all' ? undefined : scope.op === 'is' ? scope.in : scope.uid)

function coversResource(world: World, by: Scope, one: Scope): boolean {
  if (by.op === 'all') return true
  if (by.op === '==') return one.op === '==' && one.uid.key === by.uid.key
  if (by.op === 'is' && (one.op !== 'is' || one.type !== by.type)) return false
  const outer = placeOf(by)
  return outer === undefined || placesAbove(world, one).has(outer.key)
}

/** All that whatever the scope names is in. */
function placesAbove(world: World, scope: Scope): ReadonlySet<string> {
  const inner = placeOf(scope)
  const type = scope.op === 'is' ? scope.type : undefined
  const place = type === undefined ? undefined : [...world.tables.values()].find(({ table }) => rowType(table) === type)
  const own = inner === undefined ? [] : (world.ancestors.get(uidKey(inner)) ?? [inner.key])
  return new Set([...own, ...(place?.row.ancestors ?? [])])
}
