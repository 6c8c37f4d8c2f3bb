import type { Uid } from '../cedar/index.ts'
import type { Domain, Mesh } from '../contract/index.ts'
import { unclassified } from './entities.ts'
import { meshUid } from './mesh-uid.ts'
import type { PolicyJson } from './policy.ts'

const everybody = { op: 'All' }
const only = (entity: Uid): object => ({ op: '==', entity })
const under = (entity: Uid): object => ({ op: 'in', entity })
const builtIn = 'selvage/'

/** Ids that nobody may write by hand. */
export const isGeneratedId = (id: string): boolean => id.startsWith(builtIn)

/** The policies that nobody writes: nothing unclassified is revealed, and each domain's permits of `declare`. */
export function generatedPolicies(mesh: Mesh): PolicyJson[] {
  return [unclassifiedForbid(), ...mesh.domains.flatMap(declarePermits)]
}

function unclassifiedForbid(): PolicyJson {
  const annotations = { id: `${builtIn}unclassified`, reason: 'a column without a classification is not revealed' }
  const est = {
    effect: 'forbid',
    principal: everybody,
    action: only(meshUid('Action', 'reveal')),
    resource: under(meshUid('Label', unclassified)),
    conditions: [],
    annotations,
  }
  return { id: annotations.id, path: '', effect: 'forbid', annotations, est }
}

/** Exactly the named purposes, not those below them: a purpose that the centre adds is nobody's until the domain says so. */
function declarePermits(domain: Domain): PolicyJson[] {
  const byRole = new Map<string, Set<string>>()
  for (const { role, purposes } of domain.declare) byRole.set(role, new Set([...(byRole.get(role) ?? []), ...purposes]))
  return [...byRole].filter(([, purposes]) => purposes.size > 0).map(([role, purposes]) => declarePermit(domain, role, [...purposes]))
}

function declarePermit(domain: Domain, role: string, purposes: readonly string[]): PolicyJson {
  const annotations = { id: `${builtIn}declare/${domain.name}/${role}` }
  const listed = { Set: purposes.map(purpose => ({ Value: { __entity: meshUid('Purpose', purpose) } })) }
  const stated = { '.': { left: { Var: 'context' }, attr: 'purpose' } }
  const est = {
    effect: 'permit',
    principal: under(meshUid('Role', role)),
    action: only(meshUid('Action', 'declare')),
    resource: only(meshUid('Domain', domain.name)),
    conditions: [{ kind: 'when', body: { contains: { left: listed, right: stated } } }],
    annotations,
  }
  return { id: annotations.id, path: `domains/${domain.name}/domain.yaml`, effect: 'permit', annotations, est }
}
