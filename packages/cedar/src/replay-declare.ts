import type { Mesh } from '@selvage/kernel/contract'
import { type Circumstances, nothingKnown, type PolicyJson, type Subject } from '@selvage/kernel/policy'
import { allowing, openOracle } from './official.ts'
import { mayConcern, policiesOnDomain } from './policies-on.ts'
import { onceForEach, type ReplayWorld, replayWorld, requestsOf } from './replay.ts'
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

/** It is prepared anew for each domain that is asked about after another. */
export function declareReplayIn(replay: ReplayWorld): DeclareReplay {
  const from = requestsOf(replay)
  const own = replay.policies.filter(policy => mayConcern(policy, ['declare']))
  const engineOf = onceForEach(
    (id: string) => id,
    id => {
      const domain = { type: 'Mesh::Domain', id }
      const policies = policiesOnDomain(from.world, own, domain)
      return { domain, allows: allowing(openOracle(replay.schema, policies, 'declare'), policies) }
    },
  )
  return ({ chain, domain: id, purposes, circumstances = nothingKnown }) => {
    const { domain, allows } = engineOf(id)
    return purposes.filter(purpose => chain.every(subject => allows(declareRequest(from, { subject, purpose, circumstances }, domain))))
  }
}
