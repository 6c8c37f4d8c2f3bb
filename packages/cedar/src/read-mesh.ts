import type { Mesh } from '@selvage/kernel/contract'
import { schemaOf } from '@selvage/kernel/policy'
import { parsePolicies } from './parse-policies.ts'
import type { ReadPolicies } from './read-policies.ts'
import { validatePolicies } from './validate-policies.ts'

/**
 * All that the official engine says of the rules of a whole mesh: of each domain's what it says at the domain's own gate, which knows the row types
 * of that domain alone; of the guardrails with the row types of all. So the cost grows with each domain, not with their product.
 */
export function readMesh(mesh: Mesh): ReadPolicies {
  const { policies, findings } = parsePolicies([...mesh.guardrails, ...mesh.domains.flatMap(domain => domain.policies)])
  if (findings.some(({ severity }) => severity === 'error')) return { policies, findings, unsound: [] }
  const owners = new Map(mesh.domains.flatMap(domain => domain.policies.map(({ path }) => [path, domain] as const)))
  const central = validatePolicies(
    schemaOf(mesh),
    policies.filter(({ path }) => !owners.has(path)),
  )
  const own = mesh.domains.flatMap(domain =>
    validatePolicies(
      schemaOf({ ...mesh, domains: [domain] }),
      policies.filter(({ path }) => owners.get(path) === domain),
    ),
  )
  return { policies, findings, unsound: [...central, ...own] }
}
