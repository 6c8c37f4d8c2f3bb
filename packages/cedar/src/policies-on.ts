import { type EntityJson, type PolicyJson, rowType } from '@selvage/kernel/policy'
import type { OfficialUid } from './official.ts'
import type { ReplayTable } from './replay.ts'
import { type Entities, entitiesAbove, entitiesOn, entityKey } from './replay-request.ts'

/**
 * The policies that could have a part in what is asked of a table, its rows and its columns, so that the engine need not
 * walk those of all other tables at each question.
 *
 * INVARIANT: no difference between the engines is lost by it. A policy is left out only where its resource scope names one
 * entity or type that is neither the table's nor above it or one of its columns: for every resource that is asked about
 * the scope is then false, so that the official engine would find the policy neither satisfied nor erring. That is read
 * from the policy's own JSON and from the entities that the engine is given, not from the kernel's index of rules: a
 * rule that our index forgets is here still. Whatever scope is not understood stays.
 */
export const policiesOn = (world: Entities, policies: readonly PolicyJson[], table: ReplayTable): readonly PolicyJson[] =>
  reaching(policies, entitiesOn(world, table), [rowType(table), 'Mesh::Product', 'Mesh::Table', 'Mesh::Column'])

/** Likewise what could have a part in what is asked of a domain. */
export const policiesOnDomain = (world: Entities, policies: readonly PolicyJson[], domain: OfficialUid): readonly PolicyJson[] =>
  reaching(policies, entitiesAbove(world, [domain]), [domain.type])

function reaching(policies: readonly PolicyJson[], entities: readonly EntityJson[], ofType: readonly string[]): readonly PolicyJson[] {
  const above = new Set(entities.map(({ uid }) => entityKey(uid)))
  const types = new Set(ofType)
  const reaches = (uid: OfficialUid): boolean => !uid.type.startsWith('Mesh::') || above.has(entityKey(uid))
  return policies.filter(({ est }) => {
    const { resource } = est as { readonly resource: ResourceScope }
    if (resource.op === '==' || resource.op === 'in') return resource.entity === undefined || reaches(uidOf(resource.entity))
    if (resource.op !== 'is') return true
    return types.has(resource.entity_type) && (resource.in?.entity === undefined || reaches(uidOf(resource.in.entity)))
  })
}

/** As its action scope is written. */
export function mayConcern({ est }: PolicyJson, actions: readonly string[]): boolean {
  const { action } = est as { readonly action: { readonly op: string } }
  return action.op === 'All' || actions.some(name => JSON.stringify(action).includes(JSON.stringify(name)))
}

type Written = OfficialUid | { readonly __entity: OfficialUid }
const uidOf = (entity: Written): OfficialUid => ('__entity' in entity ? entity.__entity : entity)

/** As Cedar's JSON has it. A slot of a template has no entity. */
type ResourceScope =
  | { readonly op: 'All' }
  | { readonly op: '==' | 'in'; readonly entity?: Written }
  | { readonly op: 'is'; readonly entity_type: string; readonly in?: { readonly entity?: Written } }
