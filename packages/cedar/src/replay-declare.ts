import type { Mesh } from '@selvage/kernel/contract'
import { type Circumstances, nothingKnown, type PolicyJson, type Subject } from '@selvage/kernel/policy'
import { openOracle } from './official.ts'
import { mayConcern } from './policies-on.ts'
import { type ReplayWorld, replayWorld, requestsOf } from './replay.ts'
import { declareRequest } from './replay-request.ts'

export interface DeclareQuestion {
  /** All who have to may declare it. */
  readonly chain: readonly Subject[]
  readonly domain: string
  readonly purposes: readonly string[]
  readonly circumstances?: Circumstances | undefined
}

/** Those of the purposes that all of the chain may declare in the domain, as the official engine has it. */
export type DeclareReplay = (question: DeclareQuestion) => readonly string[]

export const openDeclareReplay = (mesh: Mesh, policies: readonly PolicyJson[]): DeclareReplay =>
  declareReplayIn(replayWorld(mesh, policies))

/** A forbid that errs forbids. */
export function declareReplayIn(replay: ReplayWorld): DeclareReplay {
  const from = requestsOf(replay)
  const policies = replay.policies.filter(policy => mayConcern(policy, ['declare']))
  const forbids = new Set(policies.filter(({ effect }) => effect === 'forbid').map(({ id }) => id))
  const ask = openOracle(replay.schema, policies, 'declare')
  return ({ chain, domain, purposes, circumstances = nothingKnown }) =>
    purposes.filter(purpose =>
      chain.every(subject => {
        const { decision, errors } = ask(declareRequest(from, { subject, purpose, circumstances }, domain))
        return decision === 'allow' && !errors.some(id => forbids.has(id))
      }),
    )
}
