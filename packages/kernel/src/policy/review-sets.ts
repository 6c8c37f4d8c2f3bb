import { type Node, nodeChildren, someNode } from '../cedar/index.ts'
import { quarantining, type ReachedSet } from '../contract/index.ts'
import { tableId } from '../model/index.ts'
import { reachedRows } from './concern.ts'
import type { Problem } from './problem.ts'
import { listed } from './review-nulls.ts'
import type { Rule } from './rule.ts'
import { type KnownRows, truthOf } from './static-truth.ts'
import type { TablePlace, World } from './world.ts'

/**
 * A row that was quarantined is in no set. So `forbid … when { resource.s.contains(x) }` does not hold where it was `x` that was kept
 * back, the row is shown, and nobody wrote that it is to be. The same of a permit's `unless`. `@quarantined("shown")` says that it
 * is meant.
 */
export function setProblems(world: World, rule: Rule): Problem[] {
  if (rule.policy.annotations.quarantined === 'shown') return []
  const shown = [...world.tables.values()].flatMap(place => {
    const sets = (place.table.sets ?? []).filter(set => opens(rule, place, set))
    return sets.flatMap(set => lossOf(world, place, set) ?? [])
  })
  if (shown.length === 0) return []
  return [
    {
      code: 'policy.set_quarantine',
      severity: 'warning',
      what: `rows are shown where what they reach is quarantined: ${listed(shown)}`,
      help: 'Say what must be there (`permit … when`, `forbid … unless`), or say that it is meant with `@quarantined("shown")`.',
    },
  ]
}

/** Undefined: its other table never has fewer rows than were delivered. */
function lossOf(world: World, { product, table }: TablePlace, { name, from }: ReachedSet): string | undefined {
  const other = world.tables.get(tableId(product, from))?.table
  const causes = other === undefined ? [] : quarantining(other)
  return causes.length === 0 ? undefined : `${table.id}.${name} (of ${from}: ${listed(causes)})`
}

/** A permit shows more where it turns true, a forbid where it turns false. */
function opens(rule: Rule, place: TablePlace, { name }: ReachedSet): boolean {
  return reachedRows(rule, place).some(resource =>
    turns(rule.body, rule.effect === 'permit', { name, rows: { resource, mayHave: one => resource.attributes.has(one as never) } }),
  )
}

interface Known {
  /** Of the set that may have lost elements. */
  readonly name: string
  readonly rows: KnownRows
}

/** Whether a set that loses elements may turn what a node comes to into `to`. */
function turns(node: Node, to: boolean, known: Known): boolean {
  if (!someNode(node, part => isSet(part, known)) || truthOf(node, known.rows) !== undefined) return false
  switch (node.kind) {
    case 'not':
      return turns(node.of, !to, known)
    case 'and':
    case 'or':
      return nodeChildren(node).some(child => turns(child, to, known))
    case 'if':
      return choiceTurns(node, to, known)
    case 'isEmpty':
      return to
    case 'binary':
      return asksTurns(node, to, known)
    default:
      return true
  }
}

/** All of fewer elements are sooner among others; whatever else may be asked of a set, fewer have it. */
function asksTurns({ op, left, right }: Extract<Node, { readonly kind: 'binary' }>, to: boolean, known: Known): boolean {
  if (op !== 'contains' && op !== 'containsAny' && op !== 'containsAll') return true
  if (isSet(left, known)) return !to || isSet(right, known)
  return !isSet(right, known) || (op === 'containsAll' ? to : !to)
}

/** `if t then y else n` is `t && y || !t && n`: where one side is known, `t` counts in one direction only. */
function choiceTurns({ test, yes, no }: Extract<Node, { readonly kind: 'if' }>, to: boolean, known: Known): boolean {
  const [ifSo, ifNot] = [truthOf(yes, known.rows), truthOf(no, known.rows)]
  const asIs = ifSo !== false && ifNot !== true
  const asOpposite = ifSo !== true && ifNot !== false
  return (asIs && turns(test, to, known)) || (asOpposite && turns(test, !to, known)) || turns(yes, to, known) || turns(no, to, known)
}

const isSet = (node: Node, { name }: Known): boolean =>
  node.kind === 'get' && node.attribute === name && node.of.kind === 'variable' && node.of.name === 'resource'
