import { allNodes, conjuncts, type Node } from '../cedar/index.ts'
import { reachedRows } from './concern.ts'
import type { Problem } from './problem.ts'
import type { Rule } from './rule.ts'
import { truthOf } from './static-truth.ts'
import type { RowResource, World } from './world.ts'

/**
 * `forbid … when { resource has x && … }` does not hold where `x` is NULL, so such a row is shown, and nobody wrote that it
 * is to be. The same of a permit's `unless`. `@nulls("shown")` says that it is meant.
 */
export function nullProblems(world: World, rule: Rule): Problem[] {
  if (rule.policy.annotations.nulls === 'shown') return []
  const asked = new Set([...allNodes(rule.body)].flatMap(node => (node.kind === 'has' && isResource(node.of) ? [node.attribute] : [])))
  if (asked.size === 0) return []
  const shown = [...world.tables.values()].flatMap(place => {
    const resources = reachedRows(rule, place)
    const optional = place.table.columns.filter(column => !column.required && asked.has(column.name))
    return optional.filter(({ name }) => resources.some(one => opens(rule, one, name))).map(({ name }) => `${place.table.id}.${name}`)
  })
  if (shown.length === 0) return []
  return [
    {
      code: 'policy.null_rows',
      severity: 'warning',
      what: `rows without a value are shown: ${listed(shown)}`,
      help: 'Write `if resource has x then … else true`, make the column required, or say that it is meant with `@nulls("shown")`.',
    },
  ]
}

function opens(rule: Rule, resource: RowResource, missing: string): boolean {
  const before = (node: Node): boolean | undefined => truthOf(node, { resource, mayHave: name => resource.attributes.has(name as never) })
  const without = (node: Node): boolean | undefined =>
    truthOf(node, { resource, mayHave: name => name !== missing && resource.attributes.has(name as never) })
  if (rule.effect === 'forbid') return before(rule.body) === undefined && without(rule.body) === false
  return conjuncts(rule.body).some(
    part => part.kind === 'not' && part.of.kind !== 'has' && before(part) === undefined && without(part) === true,
  )
}

const isResource = (node: Node): boolean => node.kind === 'variable' && node.name === 'resource'
const most = 4
export const listed = (names: readonly string[]): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`
