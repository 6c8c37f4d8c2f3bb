import type { Authorization, PolicySetJson, Uid } from '@selvage/kernel/cedar'
import { SelvageError } from '@selvage/kernel/model'
import { type AuthorizationAnswer, callCedar, type Entities, type PolicySet, type Schema } from './wasm.ts'

export interface AuthorizationRequest {
  readonly principal: Uid
  readonly action: Uid
  readonly resource: Uid
  /** As Cedar's JSON has it. */
  readonly context: Readonly<Record<string, unknown>>
}

/** The official engine over any policies, entities and schema: what our own decisions are compared with. */
export type OfficialEngine = (request: AuthorizationRequest) => Authorization

/**
 * Prepares policies and schema once, under a name that the engine keeps for ever: whoever asks uses few. Throws
 * `policy.invalid` where it refuses what it is given.
 */
export function openOfficialEngine(
  slot: string,
  policies: PolicySetJson,
  entities: readonly object[],
  schema: object | undefined,
): OfficialEngine {
  prepared(callCedar(cedar => cedar.preparsePolicySet(slot, policies as unknown as PolicySet)))
  if (schema !== undefined) prepared(callCedar(cedar => cedar.preparseSchema(slot, schema as unknown as Schema)))
  return ({ principal, action, resource, context }) =>
    authorizationOf(
      callCedar(cedar =>
        cedar.statefulIsAuthorized({
          principal,
          action,
          resource,
          context: context as never,
          entities: entities as Entities,
          preparsedPolicySetId: slot,
          ...(schema === undefined ? {} : { preparsedSchemaName: slot, validateRequest: true }),
        }),
      ),
    )
}

function prepared(answer: { readonly type: string }): void {
  if (answer.type === 'failure') throw new SelvageError('policy.invalid', { cause: answer })
}

function authorizationOf(answer: AuthorizationAnswer): Authorization {
  if (answer.type === 'failure') throw new SelvageError('policy.invalid', { cause: answer.errors })
  const { decision, diagnostics } = answer.response
  return { decision, reasons: [...diagnostics.reason], errors: diagnostics.errors.map(error => error.policyId) }
}
