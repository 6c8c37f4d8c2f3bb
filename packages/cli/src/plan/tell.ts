import type { Cell } from '../text.ts'
import type { Change } from './plan.ts'
import type { Viewer } from './sight.ts'

/** Names of one kind that are told; of more, how many they are. */
const toldNames = 3
const toldColumns = 4

export const planHead = ['who', 'purpose', 'table', 'what', 'before', 'after', 'effect'] as const

/** One line for each item, for people. */
export const planRows = (changes: readonly Change[]): Cell[][] =>
  changes.flatMap(({ viewers, purposes, table, items }) =>
    items.map(({ what, before, after, effect, alone }) => [
      tellViewers(viewers),
      purposes.join(', '),
      table,
      tellWhat(what, alone),
      before,
      after,
      effect,
    ]),
  )

/** For programs. */
export const planJson = (changes: readonly Change[]): object[] =>
  changes.map(({ viewers, ...change }) => ({
    who: viewers.map(({ entry, agent }) => ({
      login: entry.name,
      roles: entry.roles,
      ...(agent === undefined ? {} : { agent: agent.name }),
    })),
    ...change,
  }))

function tellViewers(viewers: readonly Viewer[]): string {
  const kinds = new Map<string, string[]>()
  for (const { entry, agent } of viewers) {
    const through = agent === undefined ? '' : ` through ${agent.login}`
    const kind = `${entry.roles.join('+') || 'without a role'}${through}`
    kinds.set(kind, [...(kinds.get(kind) ?? []), entry.name.endsWith(`@${viewers[0]!.entry.issuer}`) ? entry.login : entry.name])
  }
  return [...kinds]
    .map(([kind, names]) => (names.length > toldNames ? `${names.length} of ${kind}` : `${names.join(', ')} (${kind})`))
    .join('; ')
}

function tellWhat(what: readonly string[], alone: readonly string[] | undefined): string {
  if (alone === undefined) return tellSome(what, toldColumns)
  const columns = `${tellSome(alone, toldColumns)}${alone.length === 1 ? ' alone' : ', each alone'}`
  return what === alone ? columns : `rows of ${columns}`
}

const tellSome = (names: readonly string[], most: number): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`
