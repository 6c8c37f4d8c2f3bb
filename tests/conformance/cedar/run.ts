import { openOfficialEngine } from '@selvage/cedar'
import {
  type Authorization,
  missingEntity,
  PolicySet,
  type PolicySetJson,
  parseEntities,
  parseJsonValue,
  uidKey,
} from '@selvage/kernel/cedar'
import type { Coverage } from './expression.ts'
import { generatePolicySet } from './policies.ts'
import { Random } from './types.ts'
import { askedActions, generateRecord, generateUid, generateUniverse, type Universe } from './universe.ts'

export interface Tally {
  requests: number
  sets: number
  allowed: number
  erring: number
  /** Answers with at least one policy that decided. */
  decided: number
  readonly coverage: Coverage
  readonly differences: string[]
}

interface Options {
  readonly seed: number
  readonly requests: number
  /** Policies in a set at most. */
  readonly policies?: number
  /** Stops after so many differences. */
  readonly differences?: number
  /** For planted bugs: what we are given instead. */
  readonly changed?: (policies: PolicySetJson) => PolicySetJson
}

const requestsPerSet = 25

/** Decisions, reasons and errors of our engine beside the official one's, over worlds drawn from a seed. */
export function runConformance({ seed, requests, policies = 40, differences = 20, changed = same => same }: Options): Tally {
  const tally: Tally = { requests: 0, sets: 0, allowed: 0, erring: 0, decided: 0, coverage: new Map(), differences: [] }
  while (tally.requests < requests && tally.differences.length < differences) {
    const setSeed = (seed * 1_000_003 + tally.sets) >>> 0
    const random = new Random(setSeed)
    const universe = generateUniverse(random)
    // Mostly small sets, now and then as many as may be.
    const set = generatePolicySet(random, universe, tally.coverage, random.chance(0.1) ? 5 * policies : policies)
    compareSet(random, universe, set, changed(set), setSeed, tally)
    tally.sets += 1
  }
  return tally
}

function compareSet(random: Random, universe: Universe, set: PolicySetJson, ours: PolicySetJson, seed: number, tally: Tally): void {
  // With a schema the engine reads entities and requests by it, without one as they stand.
  const schema = random.chance(0.5) ? universe.schema : undefined
  const official = openOfficialEngine('conformance', set, universe.entities, schema)
  const engine = new PolicySet(ours)
  const entities = parseEntities(universe.entities)
  const entity = (uid: { type: string; id: string }) => entities.get(uidKey(uid)) ?? missingEntity(uid)
  for (let at = 0; at < requestsPerSet; at++) {
    const request = {
      principal: generateUid(random, random.pick(['App::User', 'App::Team'])),
      action: { type: 'App::Action', id: random.pick(askedActions) },
      resource: generateUid(random, random.pick(['App::Doc', 'App::Folder'])),
      context: generateRecord(random, universe.context, universe.types),
    }
    const theirs = official(request)
    const answer = engine.authorize({
      principal: entity(request.principal),
      action: entity(request.action),
      resource: entity(request.resource),
      context: parseJsonValue(request.context),
      entities,
    })
    count(tally, theirs)
    if (text(answer) !== text(theirs))
      tally.differences.push(
        `set ${seed}, request ${at}: ${JSON.stringify(request)}\n  ours     ${text(answer)}\n  official ${text(theirs)}`,
      )
  }
}

const text = ({ decision, reasons, errors }: Authorization): string => JSON.stringify([decision, [...reasons].sort(), [...errors].sort()])

function count(tally: Tally, { decision, reasons, errors }: Authorization): void {
  tally.requests += 1
  if (decision === 'allow') tally.allowed += 1
  if (reasons.length > 0) tally.decided += 1
  if (errors.length > 0) tally.erring += 1
}
