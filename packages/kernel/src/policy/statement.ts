import { type Node, nodeChildren } from '../cedar/index.ts'
import type { Name, TableId } from '../model/index.ts'
import { circumstanceFields } from './circumstances.ts'
import type { World } from './world.ts'

/**
 * The labels of all tables and columns that a statement touches, with all above them, in order: `context.statement.labels`.
 * Where there is no statement, they are those of what is asked about.
 */
export function touchedLabels(world: World, used: ReadonlyMap<TableId, Iterable<Name>>): readonly string[] {
  const found = new Set<string>()
  for (const [table, columns] of used) {
    const place = world.tables.get(table)
    const touched = [place?.asTable, ...[...columns].map(name => place?.asColumns.get(name))]
    for (const resource of touched) for (const label of labelsAmong(world, resource?.ancestors ?? [])) found.add(label)
  }
  return [...found].sort()
}

/** @param keys of entities, such as the ancestors of one */
export const labelsAmong = (world: World, keys: Iterable<string>): string[] => [...keys].flatMap(key => world.labels.get(key) ?? [])

const isContext = (node: Node): boolean => node.kind === 'variable' && node.name === 'context'

/** What is read of the context is more than what is known whatever the statement touches. */
export function readsStatement(node: Node): boolean {
  if (isContext(node)) return true
  return !isOfRequest(node) && nodeChildren(node).some(readsStatement)
}

const ofRequest: ReadonlySet<string> = new Set(['purpose', ...circumstanceFields])

/** The purpose, or the circumstances. */
export const isOfRequest = (node: Node): boolean =>
  (node.kind === 'get' || node.kind === 'has') && ofRequest.has(node.attribute) && isContext(node.of)

/** Its value may change as time goes by: it asks how long ago a device was observed, or for all that is known of it. */
export function readsAge(node: Node): boolean {
  if (isContext(node) || isDevice(node)) return true
  if (node.kind === 'get' || node.kind === 'has') {
    if (isContext(node.of)) return false
    if (isDevice(node.of)) return node.attribute === 'age_minutes'
  }
  return nodeChildren(node).some(readsAge)
}

const isDevice = (node: Node): boolean => node.kind === 'get' && node.attribute === 'device' && isContext(node.of)

/** What is looked for in `context.statement.labels.contains(…)` and its like, which stay true the more labels there are. */
export function findLabelsTest(node: Node): Node | undefined {
  if (node.kind !== 'binary' || !isLabels(node.left)) return undefined
  return node.op === 'contains' || node.op === 'containsAll' || node.op === 'containsAny' ? node.right : undefined
}

const isLabels = (node: Node): boolean =>
  node.kind === 'get' && node.attribute === 'labels' && node.of.kind === 'get' && node.of.attribute === 'statement' && isContext(node.of.of)
