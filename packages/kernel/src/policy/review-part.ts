import { conjuncts, type Node, uidKey } from '../cedar/index.ts'
import type { Rule } from './rule.ts'
import type { World } from './world.ts'

/** One of what has to hold in a rule. */
export interface Part {
  /** To be compared. */
  readonly text: string
  /** Keys of the purposes for which it holds, where it asks no more than that: it never errs. */
  readonly purposes: ReadonlySet<string> | undefined
}

export const partsOf = (world: World, { body }: Rule): readonly Part[] =>
  conjuncts(body)
    .filter(node => node.kind !== 'literal' || node.value !== true)
    .map(node => ({ text: textOf(node), purposes: purposesOf(world, node) }))

/** Whether `part` holds wherever `stricter` does, and errs only where that does. */
export function follows(part: Part, stricter: Part): boolean {
  if (part.text === stricter.text) return true
  const { purposes } = part
  return purposes !== undefined && stricter.purposes !== undefined && [...stricter.purposes].every(key => purposes.has(key))
}

/** Being in one of one is being in that one. */
const textOf = (node: Node): string =>
  JSON.stringify(node, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    return isIn(value) && value.right.kind === 'set' && value.right.items.length === 1 ? { ...value, right: value.right.items[0] } : value
  })

type Binary = Extract<Node, { readonly kind: 'binary' }>
const isIn = (value: unknown): value is Binary => {
  const { kind, op } = Object(value) as Partial<Binary>
  return kind === 'binary' && op === 'in'
}

function purposesOf(world: World, node: Node): ReadonlySet<string> | undefined {
  if (node.kind === 'or') {
    const [left, right] = [purposesOf(world, node.left), purposesOf(world, node.right)]
    return left === undefined || right === undefined ? undefined : new Set([...left, ...right])
  }
  if (node.kind !== 'binary') return undefined
  if (node.op === '==') return isPurpose(node.left) ? exactly(node.right) : isPurpose(node.right) ? exactly(node.left) : undefined
  return node.op === 'in' && isPurpose(node.left) ? purposesIn(world, node.right) : undefined
}

const isPurpose = (node: Node): boolean =>
  node.kind === 'get' && node.attribute === 'purpose' && node.of.kind === 'variable' && node.of.name === 'context'

const exactly = (node: Node): ReadonlySet<string> | undefined => (node.kind === 'entity' ? new Set([uidKey(node.uid)]) : undefined)

function purposesIn({ purposes }: World, place: Node): ReadonlySet<string> | undefined {
  const named = (place.kind === 'set' ? place.items : [place]).flatMap(one => (one.kind === 'entity' ? uidKey(one.uid) : []))
  if (named.length < (place.kind === 'set' ? place.items.length : 1)) return undefined
  const under = [...purposes.values()].filter(({ ancestors }) => named.some(key => ancestors.has(key)))
  return new Set([...named, ...under.map(({ key }) => key)])
}
