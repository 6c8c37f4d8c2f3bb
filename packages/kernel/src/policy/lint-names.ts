import { allNodes, type Scope, type Uid, uidKey } from '../cedar/index.ts'
import { unclassified } from './entities.ts'
import type { Origin } from './origin.ts'
import type { Problem } from './problem.ts'
import type { Rule } from './rule.ts'
import type { World } from './world.ts'

/**
 * Names that nobody declared. The engine takes them for entities that nothing is in, so a forbid with a typing
 * mistake would never fire.
 */
export function nameProblems(world: World, rule: Rule, origin: Origin): Problem[] {
  const uids = new Map(namedEntities(rule).map(uid => [uidKey(uid), uid]))
  return [...uids.values()].flatMap(uid => unknownName(world, uid, origin))
}

function namedEntities(rule: Rule): Uid[] {
  const scopes = [rule.principal, rule.resource].flatMap(scopeEntities)
  return [...scopes, ...[...allNodes(rule.body)].flatMap(node => (node.kind === 'entity' ? [node.uid] : []))]
}

function scopeEntities(scope: Scope): Uid[] {
  if (scope.op === 'all') return []
  if (scope.op === 'is') return scope.in === undefined ? [] : [scope.in]
  return [scope.uid]
}

function unknownName(world: World, uid: Uid, origin: Origin): Problem[] {
  const { taxonomy } = world.mesh
  const { type, id } = uid
  if (type === 'Mesh::Label') return isKnownLabel(world, id) ? [] : [unknown('label', id, 'guardrails/taxonomy.yaml lists the labels.')]
  if (type === 'Mesh::Purpose')
    return taxonomy.purposes.has(id) ? [] : [unknown('purpose', id, 'guardrails/taxonomy.yaml lists the purposes.')]
  if (type === 'Mesh::Role') return taxonomy.roles.includes(id) ? [] : [unknown('role', id, 'guardrails/taxonomy.yaml lists the roles.')]
  if (type === 'Mesh::Group')
    return taxonomy.groups.includes(id) ? [] : [unknown('group', id, 'guardrails/taxonomy.yaml lists the groups.')]
  if (!['Mesh::Domain', 'Mesh::Product', 'Mesh::Table', 'Mesh::Column'].includes(type)) return []
  if (world.ancestors.has(uidKey(uid))) return []
  const problem = unknown(type.slice('Mesh::'.length).toLowerCase(), id, 'Contracts say what exists.')
  // A gate knows its own domain only, and the centre speaks of all.
  return [origin.kind === 'centre' ? { ...problem, severity: 'warning' } : problem]
}

const unknown = (kind: string, id: string, help: string): Problem => ({
  code: `policy.unknown_${kind}`,
  what: `the ${kind} \`${id.slice(0, 128)}\` does not exist`,
  help,
})

/** Labels of the taxonomy, the built-in one, and `origin/<domain>/<product>` of what is known here. */
function isKnownLabel(world: World, name: string): boolean {
  if (name === unclassified || world.mesh.taxonomy.labels.has(name)) return true
  const [origin, domain, product, ...more] = name.split('/')
  if (origin !== 'origin' || more.length > 0) return false
  return [...world.products.keys()].some(id => id === `${domain}.${product}`)
}
