import type { Name, TableId } from '../model/index.ts'

/** A column of a table that a value of the result may come from. */
export interface ColumnSource {
  readonly table: TableId
  readonly column: Name
}

/** One object stands for one column of a table, so sets know it again. */
export type Sources = ReadonlySet<ColumnSource>

/** A column of a query or of something in FROM. */
export interface Output {
  /** In lower case; absent where the engine makes it of an expression's text. */
  readonly name?: string
  readonly sources: Sources
  /**
   * Not one column but several, how many depends on types or patterns: some of these, in this order. Those of a struct
   * have unknown names: then the list is empty and each comes from `sources`.
   */
  readonly spread?: readonly Output[]
  /** A spread that may be no column at all. */
  readonly mayBeEmpty?: boolean
}

/** Some part is not followed, or would take too long: everything that the statement reads counts instead. */
export class Unfollowed extends Error {}

/** Bounds the work: columns multiply where stars stand over joins. */
export class Budget {
  #left = 200_000

  spend(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) throw new Unfollowed()
  }
}

export const nothing: Sources = new Set()

export function unionOf(all: Iterable<Sources>): Sources {
  const union = new Set<ColumnSource>()
  for (const sources of all) for (const source of sources) union.add(source)
  return union
}

export const sourcesOfAll = (outputs: readonly Output[]): Sources => unionOf(outputs.map(output => output.sources))

/** Several columns of `candidates`, it is not known which. */
export const spreadOf = (candidates: readonly Output[], mayBeEmpty = false): Output => ({
  sources: sourcesOfAll(candidates),
  spread: candidates.flatMap(candidate => candidate.spread ?? [candidate]),
  ...(mayBeEmpty ? { mayBeEmpty } : {}),
})

/** Each column or candidate replaced by what `change` makes of it, or left out. */
export function changeEach(outputs: readonly Output[], change: (output: Output) => Output | undefined): readonly Output[] {
  return outputs.flatMap(output => {
    if (output.spread === undefined || output.spread.length === 0) return change(output) ?? []
    const spread = output.spread.flatMap(candidate => change(candidate) ?? [])
    return [{ ...output, spread, sources: sourcesOfAll(spread) }]
  })
}

/** New names from the first column on: `AS t(a, b)`. */
export function renamed(outputs: readonly Output[], names: readonly string[]): readonly Output[] {
  const known = outputs.findIndex(output => output.spread !== undefined)
  const plain = known < 0 ? outputs.length : known
  const first = outputs.slice(0, plain).map((output, i) => withName(output, names[i]))
  const rest = outputs.slice(plain)
  const open = names.slice(plain)
  if (rest.length === 0 || open.length === 0) return [...first, ...rest]
  // Which columns these names go to is not known; what they leave keeps its own.
  return [...first, ...open.map(name => ({ name: name.toLowerCase(), sources: sourcesOfAll(rest) })), spreadOf(rest, true)]
}

const withName = (output: Output, name: string | undefined): Output =>
  name === undefined ? output : { name: name.toLowerCase(), sources: output.sources }

/** Below a query, columns of one name are told apart as the engine does it: `a`, `a_1`, `a_2`. */
export function deduplicated(outputs: readonly Output[]): readonly Output[] {
  const taken = new Set<string>()
  const counts = new Map<string, number>()
  return outputs.map(output => {
    if (output.name === undefined || output.spread !== undefined) return output
    let name = output.name
    for (let i = counts.get(name) ?? 1; taken.has(name); i += 1) {
      name = `${output.name}_${i}`
      counts.set(output.name, i + 1)
    }
    taken.add(name)
    return { ...output, name }
  })
}
