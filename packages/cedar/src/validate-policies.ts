import { type Finding, toldFinding } from '@selvage/kernel/model'
import type { CedarSchema, PolicyJson } from '@selvage/kernel/policy'
import { callCedar, type DetailedError, type Entities, type Est, type PolicySet, type Schema } from './wasm.ts'

export const toSchema = (schema: CedarSchema): Schema => schema as unknown as Schema
export const toEntities = (entities: readonly object[]): Entities => entities as Entities

/** Our ids as the engine's, so that it answers with them. */
export function toPolicySet(policies: readonly PolicyJson[]): PolicySet {
  return { staticPolicies: Object.fromEntries(policies.map(policy => [policy.id, policy.est as Est])) }
}

/** The schema's own problems: a fault of ours, as it is generated. */
export function checkSchema(schema: CedarSchema): Finding[] {
  const answer = callCedar(cedar => cedar.checkParseSchema(toSchema(schema)))
  if (answer.type === 'success') return []
  return answer.errors.map(error => ({
    code: 'policy.schema',
    severity: 'error',
    file: 'mesh.yaml',
    what: error.message,
    help: error.help ?? '',
  }))
}

/** Strict validation of policies against the schema. Warnings tell of policies that can never matter. */
export function validatePolicies(schema: CedarSchema, policies: readonly PolicyJson[]): Finding[] {
  const problems = checkSchema(schema)
  if (problems.length > 0 || policies.length === 0) return problems
  const byId = new Map(policies.map(policy => [policy.id, policy]))
  const call = { schema: toSchema(schema), policies: toPolicySet(policies), validationSettings: { mode: 'strict' as const } }
  const answer = callCedar(cedar => cedar.validate(call))
  if (answer.type === 'failure') return answer.errors.map(error => toFinding(undefined, error, 'error'))
  return [
    ...answer.validationErrors.map(({ policyId, error }) => toFinding(byId.get(policyId), error, 'error')),
    ...answer.validationWarnings.map(({ policyId, error }) => toFinding(byId.get(policyId), error, 'warning')),
  ]
}

function toFinding(policy: PolicyJson | undefined, error: DetailedError, severity: 'error' | 'warning'): Finding {
  const at = {
    ...(policy?.line === undefined ? {} : { line: policy.line }),
    ...(policy?.column === undefined ? {} : { column: policy.column }),
  }
  const what = error.message.replace(/^for policy `[^`]*`, /, '')
  const told = policy === undefined ? what : `\`${policy.id}\`: ${what}`
  const code = severity === 'error' ? 'policy.type' : 'policy.never'
  return toldFinding({
    code,
    severity,
    file: policy?.path ?? '',
    ...at,
    what: told,
    help: error.help ?? 'Compare the policy with the schema of the mesh.',
  })
}
