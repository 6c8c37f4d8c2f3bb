import type { Domain, Mesh } from '../contract/index.ts'
import type { PolicyJson } from './policy.ts'

/** Who wrote a policy, told by the bundle that its file came in, never by its id. */
export type Origin =
  | { readonly kind: 'centre' }
  | { readonly kind: 'domain'; readonly domain: Domain }
  | { readonly kind: 'unknown' | 'twice' }

export function originOf(mesh: Mesh, policy: PolicyJson): Origin {
  const centre = mesh.guardrails.filter(file => file.path === policy.path).map((): Origin => ({ kind: 'centre' }))
  const domains = mesh.domains
    .filter(domain => domain.policies.some(file => file.path === policy.path))
    .map((domain): Origin => ({ kind: 'domain', domain }))
  const [origin, ...others] = [...centre, ...domains]
  if (others.length > 0) return { kind: 'twice' }
  return origin ?? { kind: 'unknown' }
}
