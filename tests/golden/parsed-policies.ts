import { parsePolicies } from '@selvage/cedar'
import type { Mesh } from '@selvage/kernel/contract'
import type { PolicyJson } from '@selvage/kernel/policy'

/** All policies of a mesh, which are known to be well formed. */
export function parsedPolicies(mesh: Mesh): readonly PolicyJson[] {
  const { policies, findings } = parsePolicies([...mesh.guardrails, ...mesh.domains.flatMap(domain => domain.policies)])
  if (findings.length > 0) throw new Error(JSON.stringify(findings))
  return policies
}
