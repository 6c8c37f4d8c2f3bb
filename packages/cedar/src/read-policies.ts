import type { PolicyText } from '@selvage/kernel/contract'
import type { Finding } from '@selvage/kernel/model'
import type { CedarSchema, PolicyJson } from '@selvage/kernel/policy'
import { parsePolicies } from './parse-policies.ts'
import { validatePolicies } from './validate-policies.ts'

export interface ReadPolicies {
  readonly policies: readonly PolicyJson[]
  /** Of reading each file. Where one is an error, nothing is validated: a policy that is left out may be the one that matters. */
  readonly findings: readonly Finding[]
  /** Of strict validation against the schema. */
  readonly unsound: readonly Finding[]
}

/** All that the official engine says of a set of files: what stands in them, and whether it fits the schema. */
export function readPolicies(files: readonly PolicyText[], schema: CedarSchema): ReadPolicies {
  const { policies, findings } = parsePolicies(files)
  const failed = findings.some(({ severity }) => severity === 'error')
  return { policies, findings, unsound: failed ? [] : validatePolicies(schema, policies) }
}
