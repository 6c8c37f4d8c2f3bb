import { type Node, uidKey } from '../cedar/index.ts'
import type { RowResource } from './world.ts'

/** What is known of the rows of a table before anybody asks. */
export interface KnownRows {
  readonly resource: RowResource
  /** Whether a row may have the attribute at all. */
  readonly mayHave: (attribute: string) => boolean
}

/** What a condition comes to on every such row, whoever asks whatever for; undefined: it depends. */
export function truthOf(node: Node, known: KnownRows): boolean | undefined {
  switch (node.kind) {
    case 'literal':
      return typeof node.value === 'boolean' ? node.value : undefined
    case 'not':
      return negated(truthOf(node.of, known))
    case 'and':
      return both(truthOf(node.left, known), truthOf(node.right, known))
    case 'or':
      return negated(both(negated(truthOf(node.left, known)), negated(truthOf(node.right, known))))
    case 'if':
      return chosen(truthOf(node.test, known), truthOf(node.yes, known), truthOf(node.no, known))
    case 'has':
      return isResource(node.of) && !known.mayHave(node.attribute) ? false : undefined
    case 'is':
      return isResource(node.of) && node.type !== known.resource.type ? false : undefined
    case 'binary':
      return node.op === 'in' && isResource(node.left) ? isUnder(node.right, known.resource) : undefined
    default:
      return undefined
  }
}

const isResource = (node: Node): boolean => node.kind === 'variable' && node.name === 'resource'
const negated = (truth: boolean | undefined): boolean | undefined => (truth === undefined ? undefined : !truth)

function both(left: boolean | undefined, right: boolean | undefined): boolean | undefined {
  if (left === false || right === false) return false
  return left === true && right === true ? true : undefined
}

function chosen(test: boolean | undefined, yes: boolean | undefined, no: boolean | undefined): boolean | undefined {
  if (test !== undefined) return test ? yes : no
  return yes === no ? yes : undefined
}

function isUnder(place: Node, resource: RowResource): boolean | undefined {
  const targets = place.kind === 'set' ? place.items : [place]
  const found = targets.map(target => (target.kind === 'entity' ? resource.ancestors.has(uidKey(target.uid)) : undefined))
  if (found.includes(true)) return true
  return found.includes(undefined) ? undefined : false
}
