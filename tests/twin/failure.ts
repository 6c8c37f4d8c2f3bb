import type { Outcome } from './ask-twin.ts'
import { type Property, printAsked, type Replay } from './asked.ts'
import { print } from './node.ts'
import type { Open } from './opened.ts'
import { askPair, differenceOf, isLate, type Pair } from './pair.ts'
import { isLeftOpen } from './same.ts'
import type { Statement } from './selects.ts'
import { shrink } from './shrink.ts'

export interface Failure {
  readonly property: Property
  readonly difference: string
  readonly replay: Replay
  readonly got: Outcome
  readonly expected: Outcome
}

/** How its answers differ; undefined where they do not, or came too late to be compared. @param known what was said already */
export async function findDifferenceOf(open: Open, property: Property, statement: Statement, known?: Pair): Promise<string | undefined> {
  const ask = (): Promise<Pair> => askPair(open, property, printedIn(open, statement))
  const pair = known ?? (await ask())
  const difference = isLate(property, pair) ? undefined : differenceOf(open, property, pair, statement.ordered)
  const isSame = difference === undefined || (!open.strict && (await isLeftOpen(pair, ask)))
  return isSame ? undefined : difference
}

export function printedIn({ end }: Open, { tree, style }: Statement): ReturnType<typeof print> {
  const { sql, ...rest } = print(tree, style)
  return { ...rest, sql: sql + end }
}

/** A statement that failed; the least that still fails in the same way. */
export async function failureOf(open: Open, property: Property, statement: Statement, seed: number, least = true): Promise<Failure> {
  const first = await findDifferenceOf(open, property, statement)
  const fails = async (tree: Statement['tree']): Promise<boolean> =>
    (await findDifferenceOf(open, property, { ...statement, tree })) === first
  const tree = first === undefined || !least ? statement.tree : await shrink(statement.tree, fails)
  const { world, great, strict } = open
  const printed = printedIn(open, { ...statement, tree })
  const [got, expected] = await askPair(open, property, printed)
  const replay = { seed, world: world.number, great, strict, ordered: statement.ordered, printed }
  return { property, difference: first ?? 'once, and not again', replay, got, expected }
}

export function describe({ property, difference, replay, got, expected }: Failure): string {
  const alone = `  alone:   ${printAsked(property, replay)}`
  return [`${property}: ${difference}`, `  ${replay.printed.sql}`, ...shownPair([got, expected]), alone].join('\n')
}

export const shownPair = ([got, expected]: Pair): readonly string[] => [`  got      ${shown(got)}`, `  expected ${shown(expected)}`]

const shown = (outcome: Outcome): string =>
  'code' in outcome ? `${outcome.code} (${outcome.told ?? ''})` : JSON.stringify(outcome).slice(0, 600)
