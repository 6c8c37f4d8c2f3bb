import { allNodes, type Node } from '../cedar/index.ts'
import type { Domain } from '../contract/index.ts'
import { concerns } from './concern.ts'
import type { Origin } from './origin.ts'
import type { Problem } from './problem.ts'
import type { Rule } from './rule.ts'
import type { World } from './world.ts'

/** Attributes of whoever asks that nobody may say of them: a permit with one never holds, and no more does a forbid. */
export function attributeProblems(world: World, rule: Rule, origin: Origin): Problem[] {
  const asked = new Set([...allNodes(rule.body)].flatMap(node => (readsPrincipal(node) ? [node.attribute] : [])))
  const domains = asked.size === 0 ? [] : concernedDomains(world, rule, origin)
  if (domains.length === 0) return []
  const supplied = new Set(domains.flatMap(domain => domain.issuers.flatMap(issuer => issuer.attributes)))
  return [...asked]
    .filter(name => !supplied.has(name))
    .map(name => ({
      code: 'policy.attribute_unsupplied',
      severity: 'warning',
      what: `no issuer may supply the attribute \`${name}\` to ${domains.map(one => one.name).join(', ')}`,
      help: 'List it under `attributes` of an issuer in domain.yaml, or ask for another one.',
    }))
}

function concernedDomains({ mesh, tables }: World, rule: Rule, origin: Origin): readonly Domain[] {
  if (origin.kind === 'domain') return [origin.domain]
  const names = new Set([...tables.values()].filter(place => concerns(rule, place)).map(place => place.domain))
  return mesh.domains.filter(domain => names.has(domain.name))
}

type Reading = Extract<Node, { readonly kind: 'get' | 'has' }>
const readsPrincipal = (node: Node): node is Reading =>
  (node.kind === 'get' || node.kind === 'has') && node.of.kind === 'variable' && node.of.name === 'principal'
