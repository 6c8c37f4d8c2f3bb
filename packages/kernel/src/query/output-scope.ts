import { type Output, type Sources, sourcesOfAll, Unfollowed, unionOf } from './output-column.ts'

/** One thing in FROM. Names are in lower case. */
export interface Relation {
  readonly alias: string
  readonly outputs: readonly Output[]
}

/** A column that a join with USING, or a natural one, has made of one of each side. */
interface Merged {
  readonly name: string
  readonly members: ReadonlySet<Relation>
  readonly sources: Sources
}

export interface StarColumn {
  readonly relation: string
  readonly output: Output
}

/** What a FROM clause brings into scope. */
export interface From {
  readonly relations: readonly Relation[]
  readonly merged: readonly Merged[]
}

export type Scopes = readonly From[]

export const empty: From = { relations: [], merged: [] }
export const only = (relation: Relation): From => ({ relations: [relation], merged: [] })

/** `null`: each name that both sides have. */
export function joined(left: From, right: From, type: string, using: readonly string[] | null): From {
  if (type === 'SEMI' || type === 'ANTI') return left
  const merged = (using ?? commonNames(left, right)).map(name => mergedColumn(left, right, type, name.toLowerCase()))
  const kept = [...left.merged, ...right.merged].filter(old => !merged.some(({ name }) => name === old.name))
  return { relations: [...left.relations, ...right.relations], merged: [...kept, ...merged] }
}

/** The engine shows the side whose rows are all kept, and where both may be missing the first that is there. */
function mergedColumn(left: From, right: From, type: string, name: string): Merged {
  const [a, b] = [sideOf(left, name), sideOf(right, name)]
  const sources = type === 'RIGHT' ? b.sources : type === 'FULL' ? unionOf([a.sources, b.sources]) : a.sources
  return { name, members: new Set([...a.members, ...b.members]), sources }
}

function sideOf(side: From, name: string): Pick<Merged, 'members' | 'sources'> {
  const merged = side.merged.find(column => column.name === name)
  if (merged !== undefined) return merged
  const sources = findName([side], name)
  if (sources === undefined) throw new Unfollowed()
  return { members: new Set(side.relations.filter(relation => exactly(relation, name) !== undefined)), sources }
}

function commonNames(left: From, right: From): readonly string[] {
  const [a, b] = [left, right].map(side => starColumns(side).map(({ output }) => output))
  if ([...(a ?? []), ...(b ?? [])].some(output => output.spread !== undefined || output.name === undefined)) throw new Unfollowed()
  const names = new Set(b?.map(output => output.name))
  return [...new Set(a?.flatMap(({ name }) => (name !== undefined && names.has(name) ? [name] : [])))]
}

/** Of `*`: a merged column stands once, where its first member is that `left out` does not name. */
export function starColumns(from: From, leftOut: (relation: string, name: string) => boolean = () => false): readonly StarColumn[] {
  const seen = new Set<Merged>()
  return from.relations.flatMap(relation =>
    relation.outputs.flatMap(output => {
      if (output.name !== undefined && leftOut(relation.alias, output.name)) return []
      const merged = from.merged.find(({ name, members }) => name === output.name && members.has(relation))
      if (merged === undefined) return [{ relation: relation.alias, output }]
      if (seen.has(merged)) return []
      seen.add(merged)
      return [{ relation: relation.alias, output: { name: merged.name, sources: merged.sources } }]
    }),
  )
}

/** A column by its name alone, from the innermost scope that has it. */
export function findName(scopes: Scopes, name: string): Sources | undefined {
  for (const scope of scopes) {
    const merged = scope.merged.filter(column => column.name === name)
    if (merged.length > 0) return unionOf(merged.map(column => column.sources))
    const exact = scope.relations.flatMap(relation => exactly(relation, name) ?? [])
    if (exact.length > 0) return unionOf(exact)
  }
  return undefined
}

/** `column`, `column.field`, `alias`, `alias.column`, with or without the table's full name before it. */
export function findPath(scopes: Scopes, path: readonly string[]): Sources | undefined {
  return findQualified(scopes, path) ?? findName(scopes, path[0] ?? '') ?? findWhole(scopes, path) ?? findLoosely(scopes, path)
}

const qualifierBound = 3

function findQualified(scopes: Scopes, path: readonly string[]): Sources | undefined {
  for (const scope of scopes)
    for (let i = Math.min(path.length - 1, qualifierBound) - 1; i >= 0; i -= 1) {
      const found = named(scope, path[i] ?? '').flatMap(relation => exactly(relation, path[i + 1] ?? '') ?? [])
      if (found.length > 0) return unionOf(found)
    }
  return undefined
}

/** The whole row. */
function findWhole(scopes: Scopes, path: readonly string[]): Sources | undefined {
  for (const scope of scopes) {
    const found = named(scope, path.at(-1) ?? '')
    if (found.length > 0) return unionOf(found.map(relation => sourcesOfAll(relation.outputs)))
  }
  return undefined
}

/** A column that the engine named by an expression's text, or one of a spread: it may be any of those. */
function findLoosely(scopes: Scopes, path: readonly string[]): Sources | undefined {
  const relations = scopes.flatMap(scope => scope.relations)
  const meant = relations.filter(relation => path.length === 1 || path.includes(relation.alias))
  const found = (meant.length > 0 ? meant : relations).flatMap(loosely)
  return found.length > 0 ? unionOf(found) : undefined
}

function loosely({ outputs }: Relation): readonly Sources[] {
  if (outputs.some(output => output.spread !== undefined)) return outputs.map(output => output.sources)
  return outputs.flatMap(output => (output.name === undefined ? [output.sources] : []))
}

export const named = (scope: From, alias: string): readonly Relation[] => scope.relations.filter(relation => relation.alias === alias)

function exactly({ outputs }: Relation, name: string): Sources | undefined {
  const found = outputs.flatMap(output => output.spread ?? [output]).filter(output => output.name === name)
  return found.length > 0 ? sourcesOfAll(found) : undefined
}
