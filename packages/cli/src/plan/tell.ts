import { formatTable } from '../table.ts'
import type { Cell } from '../text.ts'
import { nameOf } from './asked.ts'
import type { SignedChange } from './index.ts'
import type { Item } from './item.ts'
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
  changes.flatMap(({ viewers, purposes, asset, items }) =>
    items.map(item => [tellViewers(viewers), tellPurposes(purposes), nameOf(asset), tellWhat(item), item.before, item.after, item.effect]),
  )

/** What may be done without a purpose may be done for any. */
const tellPurposes = (purposes: readonly string[]): string => (purposes.includes('') ? 'any' : purposes.join(', '))

/** For programs. */
export const planJson = (changes: readonly SignedChange[]): object[] =>
  changes.map(({ viewers, purposes, asset, ...change }) => ({
    who: viewers.map(({ entry, agent }) => ({
      login: entry.name,
      roles: entry.roles,
      ...(agent === undefined ? {} : { agent: agent.name }),
    })),
    purposes: purposes.filter(purpose => purpose !== ''),
    ...asset,
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

const tellWhat = (item: Item): string => tellThings(item) + (item.circumstances === undefined ? '' : circumstanceWords[item.circumstances])
const circumstanceWords = {
  'managed device': ' on a managed device, proven by DPoP',
  'bearer token': ' with a bearer token',
  'unmanaged device': ' on an unmanaged device',
  'unknown device': ' on a device of which nothing is known',
} as const

function tellThings({ of, columns, alone, rights = [] }: Item): string {
  if (of === 'rights') return `may ${rights.join(', ')}`
  if (alone === undefined) return of === 'rows' ? 'rows' : tellSome(columns.map(tellColumn), toldColumns)
  const told = `${tellSome(alone.map(tellColumn), toldColumns)}${alone.length === 1 ? ' alone' : ', each alone'}`
  return of === 'rows' ? `rows of ${told}` : told
}

/** A column may be called as rows are. */
const tellColumn = (name: string): string => (name === 'rows' ? '"rows"' : name)

const tellSome = (names: readonly string[], most: number): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`
