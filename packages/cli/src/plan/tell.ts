import { formatTable } from '../table.ts'
import type { Cell } from '../text.ts'
import type { Item } from './difference.ts'
import type { SignedChange } from './index.ts'
import type { Change } from './plan.ts'
import type { Viewer } from './sight.ts'

/** Names of one kind that are told; of more, how many they are. */
const toldNames = 3
const toldColumns = 4

/** For people: what comes from the same signers' bundles together, with a heading where there are several such parts. */
export function planText(changes: readonly SignedChange[]): string {
  const parts = new Map<string, SignedChange[]>()
  for (const change of changes) {
    const signers = change.signers.join(' and ') || 'nobody'
    parts.set(signers, [...(parts.get(signers) ?? []), change])
  }
  const heading = (signers: string): string => (parts.size === 1 ? '' : `signed by ${signers}:\n`)
  return [...parts].map(([signers, of]) => heading(signers) + formatTable(planHead, planRows(of))).join('\n\n')
}

const planHead = ['who', 'purpose', 'table', 'what', 'before', 'after', 'effect'] as const

/** One line for each item. */
export const planRows = (changes: readonly Change[]): Cell[][] =>
  changes.flatMap(({ viewers, purposes, table, items }) =>
    items.map(item => [tellViewers(viewers), purposes.join(', '), table, tellWhat(item), item.before, item.after, item.effect]),
  )

/** For programs. */
export const planJson = (changes: readonly SignedChange[]): object[] =>
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

function tellWhat({ of, columns, alone }: Item): string {
  if (alone === undefined) return of === 'rows' ? 'rows' : tellSome(columns.map(tellColumn), toldColumns)
  const told = `${tellSome(alone.map(tellColumn), toldColumns)}${alone.length === 1 ? ' alone' : ', each alone'}`
  return of === 'rows' ? `rows of ${told}` : told
}

/** A column may be called as rows are. */
const tellColumn = (name: string): string => (name === 'rows' ? '"rows"' : name)

const tellSome = (names: readonly string[], most: number): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`
