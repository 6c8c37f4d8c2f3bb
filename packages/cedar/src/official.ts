import { SelvageError } from '@selvage/kernel/model'
import type { CedarSchema, PolicyJson } from '@selvage/kernel/policy'
import { toEntities, toPolicySet, toSchema } from './validate-policies.ts'
import { type AuthorizationAnswer, callCedar } from './wasm.ts'

export interface OfficialUid {
  readonly type: string
  readonly id: string
}

export interface OfficialRequest {
  readonly principal: OfficialUid
  readonly action: OfficialUid
  readonly resource: OfficialUid
  readonly context: {
    readonly purpose: { readonly __entity: OfficialUid }
    readonly statement: { readonly labels: readonly { readonly __entity: OfficialUid }[] }
    /** Of the request: `Circumstances`, as JSON. */
    readonly [circumstance: string]: unknown
  }
  /** The principal, the resource and their ancestors at least. */
  readonly entities: readonly object[]
}

export interface OfficialDecision {
  readonly decision: 'allow' | 'deny'
  /** Ids of the policies that decided, in their order. */
  readonly reasons: readonly string[]
  /** Ids of the policies that erred. The engine skips them; whoever asks must not. */
  readonly errors: readonly string[]
}

export type Oracle = (request: OfficialRequest) => OfficialDecision

/** One decision of the official engine. Throws `policy.invalid` where it cannot decide. */
export function officialDecision(schema: CedarSchema, policies: readonly PolicyJson[], request: OfficialRequest): OfficialDecision {
  return openOracle(schema, policies)(request)
}

/** Kept apart, so that those who are asked in turn need not be prepared at each turn. */
export type Slot = 'h' | 'masks' | 'discover' | 'permits' | 'declare'

// The engine keeps what was prepared under a name for ever, so few names are used again by whoever asks.
const owners = new Map<Slot, symbol>()
const schemas = new Map<Slot, CedarSchema>()

/**
 * The official engine over one set of policies, prepared once. Requests are validated against the schema. Oracles
 * of one slot may be used in turn, at the cost of preparing again.
 */
export function openOracle(schema: CedarSchema, policies: readonly PolicyJson[], slot: Slot = 'h'): Oracle {
  const own = Symbol('oracle')
  return request => {
    if (owners.get(slot) !== own) prepare(schema, policies, slot)
    owners.set(slot, own)
    const { principal, action, resource, context } = request
    const call = {
      principal,
      action,
      resource,
      context: context as never,
      entities: toEntities(request.entities),
      preparsedPolicySetId: slot,
      preparsedSchemaName: slot,
      validateRequest: true,
    }
    return toDecision(callCedar(cedar => cedar.statefulIsAuthorized(call)))
  }
}

/** What such policies allow: a forbid that errs forbids. */
export function allowing(oracle: Oracle, policies: readonly PolicyJson[]): (request: OfficialRequest) => boolean {
  const forbids = new Set(policies.filter(({ effect }) => effect === 'forbid').map(({ id }) => id))
  return request => {
    const { decision, errors } = oracle(request)
    return decision === 'allow' && !errors.some(id => forbids.has(id))
  }
}

function prepare(schema: CedarSchema, policies: readonly PolicyJson[], slot: Slot): void {
  owners.delete(slot)
  const known = schemas.get(slot) === schema
  schemas.delete(slot)
  const prepared = callCedar(cedar => [
    ...(known ? [] : [cedar.preparseSchema(slot, toSchema(schema))]),
    cedar.preparsePolicySet(slot, toPolicySet(policies)),
  ])
  const failed = prepared.find(answer => answer.type === 'failure')
  if (failed !== undefined) throw new SelvageError('policy.invalid', { cause: failed })
  schemas.set(slot, schema)
}

function toDecision(answer: AuthorizationAnswer): OfficialDecision {
  if (answer.type === 'failure') throw new SelvageError('policy.invalid', { cause: answer.errors })
  const { decision, diagnostics } = answer.response
  return { decision, reasons: [...diagnostics.reason].sort(), errors: diagnostics.errors.map(error => error.policyId).sort() }
}
