import type { Node, Scope } from '../cedar/index.ts'
import type { Taxonomy } from '../contract/index.ts'
import { unclassified } from './entities.ts'
import type { Problem } from './problem.ts'
import type { Rule } from './rule.ts'
import { findLabelsTest } from './statement.ts'
import type { World } from './world.ts'

/**
 * Restricting labels spread by union along lineage, so a label that appears somewhere must never open anything:
 * permits, and whatever makes a forbid hold less often, may use releasing labels only.
 */
export function labelProblems(world: World, rule: Rule): Problem[] {
  const { taxonomy } = world.mesh
  const opening =
    rule.effect === 'permit' ? [...scopeLabels(rule.resource), ...openingLabels(rule.body, 'both')] : openingLabels(rule.body, 'closing')
  const wrong = [...new Set(opening)].filter(name => !isReleasing(taxonomy, name))
  return wrong.map(name => ({
    code: 'policy.label_restricting',
    what: `the label \`${name}\`, or one below it, is restricting, and here it would open data`,
    help: 'Permits and `unless` may name releasing labels only; write a forbid on the restricting label.',
  }))
}

function scopeLabels(scope: Scope): string[] {
  const uids = scope.op === 'all' ? [] : scope.op === 'is' ? [scope.in] : [scope.uid]
  return uids.flatMap(uid => (uid?.type === 'Mesh::Label' ? [uid.id] : []))
}

/** What a node does to the forbid when it turns true. */
type Direction = 'closing' | 'opening' | 'both'

function openingLabels(node: Node, direction: Direction): string[] {
  // Whatever the labels: what a statement touches opens nothing (`statementProblems`).
  const lookedFor = findLabelsTest(node)
  if (lookedFor !== undefined) return openingLabels(lookedFor, 'closing')
  switch (node.kind) {
    case 'entity':
      return node.uid.type === 'Mesh::Label' && direction !== 'closing' ? [node.uid.id] : []
    case 'not':
      return openingLabels(node.of, turned(direction))
    case 'and':
    case 'or':
      return [node.left, node.right].flatMap(child => openingLabels(child, direction))
    case 'if':
      return [...openingLabels(node.test, 'both'), ...openingLabels(node.yes, direction), ...openingLabels(node.no, direction)]
    case 'binary':
      return [node.left, node.right].flatMap(child => openingLabels(child, node.op === 'in' ? inTarget(child, direction) : 'both'))
    case 'is':
      return node.in === undefined ? [] : openingLabels(node.in, inTarget(node.in, direction))
    case 'set':
      return node.items.flatMap(item => openingLabels(item, direction))
    case 'record':
      return node.fields.flatMap(([, field]) => openingLabels(field, 'both'))
    case 'neg':
    case 'isEmpty':
    case 'get':
    case 'has':
    case 'like':
      return openingLabels(node.of, 'both')
    default:
      return []
  }
}

const turned = (direction: Direction): Direction => (direction === 'both' ? 'both' : direction === 'closing' ? 'opening' : 'closing')

/** `in LABEL` and `in [LABEL, …]` keep their direction; what computes its target may turn it. */
const inTarget = (node: Node, direction: Direction): Direction => (node.kind === 'entity' || node.kind === 'set' ? direction : 'both')

function isReleasing(taxonomy: Taxonomy, name: string): boolean {
  if (name === unclassified || name.startsWith('origin/')) return false
  const below = [...taxonomy.labels.values()].filter(label => descends(taxonomy, label.name, name))
  // An unknown label is told as unknown.
  return below.every(label => label.kind === 'releasing')
}

function descends(taxonomy: Taxonomy, label: string, from: string): boolean {
  const seen = new Set([label])
  // A set may grow while it is walked; a cycle ends.
  for (const name of seen) for (const parent of taxonomy.labels.get(name)?.parents ?? []) seen.add(parent)
  return seen.has(from)
}
