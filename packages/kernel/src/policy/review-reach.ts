import type { TableId } from '../model/index.ts'
import { reachedRows } from './concern.ts'
import type { Problem } from './problem.ts'
import type { Rule } from './rule.ts'
import { truthOf } from './static-truth.ts'
import type { TablePlace, World } from './world.ts'

/** What a guardrail can do on a table that its scope reaches. `waived`: never, and the centre signed that it is so meant. */
export interface Reach {
  readonly rule: string
  readonly table: TableId
  readonly kind: 'fires' | 'never' | 'waived'
}

/** A guardrail is signed with its annotations, so a waiver in it is the centre's own word. */
export function waivers(rule: Rule): readonly string[] {
  const { annotations } = rule.policy
  if (!Object.hasOwn(annotations, 'waiver')) return []
  return (annotations.waiver ?? '').split(',').map(name => name.trim())
}

export function reachOf(world: World, rule: Rule): Reach[] {
  const waived = waivers(rule)
  return [...world.tables].flatMap(([table, place]) => {
    const fires = canFire(rule, place)
    if (fires === undefined) return []
    return [{ rule: rule.policy.id, table, kind: fires ? 'fires' : waived.includes(table) ? 'waived' : 'never' } as const]
  })
}

/** Undefined: scope and labels leave the table out. */
function canFire(rule: Rule, place: TablePlace): boolean | undefined {
  const meant = reachedRows(rule, place).filter(resource => truthOf(rule.body, { resource, mayHave: () => true }) !== false)
  if (meant.length === 0) return undefined
  return meant.some(resource => truthOf(rule.body, { resource, mayHave: name => resource.attributes.has(name as never) }) !== false)
}

/** A condition on an attribute that a table does not have lets all its rows through, silently. */
export function reachProblems(world: World, rule: Rule): Problem[] {
  const reach = reachOf(world, rule)
  const never = reach
    .filter(one => one.kind === 'never')
    .map(({ table }) => ({
      code: 'policy.guardrail_never',
      what: `it can never fire on ${table}, which lacks the columns that it asks for`,
      help: `Add the column, or let the centre sign the exception in the guardrail: \`@waiver("${table}")\`.`,
    }))
  const needed = new Set(reach.filter(one => one.kind === 'waived').map(one => String(one.table)))
  const idle = waivers(rule).filter(name => !needed.has(name))
  return [
    ...never,
    ...idle.map(name => ({
      code: 'policy.waiver_idle',
      severity: 'warning' as const,
      what: `the waiver for \`${name.slice(0, 200)}\` excuses nothing`,
      help: 'Remove it: the table does not exist, is not reached, or the guardrail can fire on it.',
    })),
  ]
}
