import { allNodes, type Node, nodeChildren, someNode } from '../cedar/index.ts'
import { reachedRows } from './concern.ts'
import type { Problem } from './problem.ts'
import type { Rule } from './rule.ts'
import { type KnownRows, truthOf } from './static-truth.ts'
import type { RowResource, World } from './world.ts'

/**
 * `forbid … when { resource has x && … }` does not hold where `x` is NULL, so such a row is shown, and nobody wrote that it
 * is to be, whatever else stands beside it. The same of a permit's `unless`. `@nulls("shown")` says that it is meant.
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
      help: `Write \`if resource has x then … else ${rule.effect === 'forbid'}\`, make the column required, or say that it is meant with \`@nulls("shown")\`.`,
    },
  ]
}

/** A permit shows more where it turns true, a forbid where it turns false. */
function opens(rule: Rule, resource: RowResource, missing: string): boolean {
  const mayHave = (name: string): boolean => resource.attributes.has(name as never)
  const without = (name: string): boolean => name !== missing && mayHave(name)
  const known = { missing, usual: { resource, mayHave }, lacking: { resource, mayHave: without } }
  return turns(rule.body, rule.effect === 'permit', known)
}

interface Known {
  readonly missing: string
  readonly usual: KnownRows
  /** The same rows, without a value of the column. */
  readonly lacking: KnownRows
}

/** Whether a missing value may turn what a node comes to into `to`, and nobody wrote so. */
function turns(node: Node, to: boolean, known: Known): boolean {
  if (!someNode(node, part => isHas(part, known)) || truthOf(node, known.usual) !== undefined) return false
  const lacking = truthOf(node, known.lacking)
  if (lacking === !to) return false
  if (lacking === false) return true
  switch (node.kind) {
    case 'not':
      return turnsOpposite(node.of, to, known)
    case 'and':
    case 'or':
      return nodeChildren(node).some(child => turns(child, to, known))
    case 'if':
      return choiceTurns(node, to, known)
    // Whoever asks `has` within a value wrote of the rows without.
    default:
      return false
  }
}

/** Who writes `!(resource has x)`, or an `else` of it, wrote of the rows without. */
const turnsOpposite = (node: Node, to: boolean, known: Known): boolean => !isHas(node, known) && turns(node, !to, known)

/** `if t then y else n` is `t && y || !t && n`: where one side is known, `t` counts in one direction only. */
function choiceTurns({ test, yes, no }: Extract<Node, { readonly kind: 'if' }>, to: boolean, known: Known): boolean {
  const [ifSo, ifNot] = [truthOf(yes, known.usual), truthOf(no, known.usual)]
  const asIs = ifSo !== false && ifNot !== true
  const asOpposite = ifSo !== true && ifNot !== false
  return (asIs && turns(test, to, known)) || (asOpposite && turnsOpposite(test, to, known)) || turns(yes, to, known) || turns(no, to, known)
}

const isHas = (node: Node, { missing }: Known): boolean => node.kind === 'has' && node.attribute === missing && isResource(node.of)
const isResource = (node: Node): boolean => node.kind === 'variable' && node.name === 'resource'
const most = 4
export const listed = (names: readonly string[]): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`
