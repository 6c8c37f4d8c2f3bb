import type { DirectoryEntry, Mesh } from '@selvage/kernel/contract'
import { subjectIn } from '@selvage/kernel/contract'
import { SelvageError, type TableId } from '@selvage/kernel/model'
import { type Asker, type CompiledPolicies, describedSubject, type RowCondition, type Subject } from '@selvage/kernel/policy'
import { tellColumns } from '@selvage/kernel/protect'
import { decideTable } from '../decision-tests/ask-table.ts'
import { type CircumstanceWord, circumstancesIn } from './circumstance.ts'
import { ordered } from './ordered.ts'

/** One who may ask: somebody of the directory, by themselves or through an agent, which is a ceiling. */
export interface Viewer {
  readonly entry: DirectoryEntry
  readonly agent?: DirectoryEntry
}

/** What one sees of one table for one purpose: no rows and a code, or rows and how each column is shown. */
export type Sight =
  | { readonly code: string }
  | { readonly rows: RowCondition /** Without those that do not exist for the viewer. */; readonly columns: ReadonlyMap<string, string> }

interface Parties {
  readonly people: readonly DirectoryEntry[]
  /** Whoever is one in some domain. */
  readonly agents: readonly DirectoryEntry[]
}

export function partiesOf(entries: readonly DirectoryEntry[], mesh: Mesh): Parties {
  const isAgent = (entry: DirectoryEntry): boolean => mesh.domains.some(domain => subjectIn(entry, domain)?.kind === 'Agent')
  const agents = new Set(entries.filter(isAgent))
  return { people: entries.filter(entry => !agents.has(entry)), agents: [...agents] }
}

/** Everybody, alone and through each agent of the same issuer: another's acts for nobody here. */
export const viewersOf = ({ people, agents }: Parties): readonly Viewer[] =>
  people.flatMap(entry => [{ entry }, ...agents.flatMap(agent => (agent.issuer === entry.issuer ? [{ entry, agent }] : []))])

/** How many those are, before any is made. */
export function countViewers({ people, agents }: Parties): number {
  const ofIssuer = new Map<string, number>()
  for (const { issuer } of agents) ofIssuer.set(issuer, (ofIssuer.get(issuer) ?? 0) + 1)
  return people.reduce((all, { issuer }) => all + 1 + (ofIssuer.get(issuer) ?? 0), 0)
}

/** Who asks for what. */
export interface Asking {
  readonly viewer: Viewer
  /** Empty: none is stated. */
  readonly purpose: string
  /** Absent: in the best. */
  readonly circumstances?: CircumstanceWord
}

/**
 * As the gate of the table's domain would answer a question for all of it.
 * @param labels of all that the statement touches, where that is less than the whole table
 */
export function sightOf(compiled: CompiledPolicies, asking: Asking, table: TableId, labels?: readonly string[]): Sight {
  const asker = askerOf(compiled.world.mesh, asking, table)
  if (asker === undefined) return { code: 'identity.issuer' }
  try {
    const decision = ordered(decideTable(compiled, asker, table, labels))
    const columns = [...tellColumns(compiled.world.mesh, decision)].map(([name, { protection }]) => [name, protection] as const)
    return { rows: decision.rows, columns: new Map(columns.filter(([, protection]) => protection !== 'hidden')) }
  } catch (error) {
    if (error instanceof SelvageError) return { code: error.code }
    throw error
  }
}

/** To the domain of what has this name; undefined: it does not know them. */
export function askerOf(mesh: Mesh, { viewer: { entry, agent }, purpose, circumstances }: Asking, asset: string): Asker | undefined {
  const domain = mesh.domains.find(({ name }) => asset.startsWith(`${name}.`))
  const of = (who: DirectoryEntry): Subject | undefined => {
    const known = domain === undefined ? undefined : subjectIn(who, domain)
    return known === undefined ? undefined : describedSubject(known, known.id)
  }
  const [subject, actor] = [of(entry), agent === undefined ? undefined : of(agent)]
  if (subject === undefined || (agent !== undefined && actor === undefined)) return undefined
  const actors = actor === undefined ? [] : [actor]
  return { subject, actors, purpose, circumstances: circumstancesIn(circumstances, actors) }
}
