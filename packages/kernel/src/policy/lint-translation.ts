import { allNodes, type Node, nodeChildren, someNode } from '../cedar/index.ts'
import type { Column } from '../contract/index.ts'
import { concerns } from './concern.ts'
import type { Problem } from './problem.ts'
import { findCedarType } from './row-type.ts'
import type { Rule } from './rule.ts'
import type { TablePlace, World } from './world.ts'

/** Whatever a bound engine could not carry out exactly is refused here, never dropped there. */
export function translationProblems(world: World, rule: Rule): Problem[] {
  return [
    ...unsupportedProblems(rule),
    ...setProblems(world, rule),
    ...arithmeticProblems(rule),
    ...identityProblems(rule),
    ...unmappedProblems(world, rule),
  ]
}

function unsupportedProblems(rule: Rule): Problem[] {
  const found = [...allNodes(rule.body)].flatMap(node => (node.kind === 'unsupported' ? [node.what] : isTag(node) ? [node.op] : []))
  const called = [...allNodes(rule.body)].flatMap(node => (node.kind === 'call' && someNode(node, readsRow) ? [node.name] : []))
  return [...new Set([...found, ...called])].map(what => ({
    code: 'policy.untranslatable',
    what: `\`${what.slice(0, 80)}\` cannot be carried out on every engine`,
    help: 'Of the row, use text, whole numbers, booleans and sets; extension types compare what is known without it.',
  }))
}

/** Of a set of the row it can be asked what it holds; to compare two, or to pass one on, is no condition over one row. */
function setProblems(world: World, rule: Rule): Problem[] {
  const passed = new Set(passedOn(rule.body))
  if (passed.size === 0) return []
  const sets = [...world.tables.values()].flatMap(place => (place.table.sets ?? []).map(({ name }) => ({ place, name })))
  const found = sets.filter(({ place, name }) => passed.has(name) && concerns(rule, place))
  return [...new Set(found.map(({ name }) => name))].map(name => ({
    code: 'policy.untranslatable',
    what: `the set \`${name}\` of the row stands where only its elements can be asked for`,
    help: 'Ask `resource.x.contains(…)`, `containsAny`, `containsAll` of what is known without the row, or `isEmpty()`.',
  }))
}

const asksSet: ReadonlySet<string> = new Set(['contains', 'containsAll', 'containsAny'])

/** Attributes of the row whose value is used otherwise than as the set that is asked what it holds. */
function passedOn(node: Node): readonly string[] {
  if (node.kind === 'get' && isResource(node.of)) return [node.attribute]
  if (node.kind === 'isEmpty' && isRead(node.of)) return []
  if (node.kind === 'binary' && asksSet.has(node.op) && isRead(node.left)) return passedOn(node.right)
  return nodeChildren(node).flatMap(passedOn)
}

const isRead = (node: Node): boolean => node.kind === 'get' && isResource(node.of)

/** Nothing of a mesh has tags. */
const isTag = (node: Node): node is Extract<Node, { readonly kind: 'binary' }> =>
  node.kind === 'binary' && (node.op === 'hasTag' || node.op === 'getTag')

const isResource = (node: Node): boolean => node.kind === 'variable' && node.name === 'resource'
const readsRow = (node: Node): boolean => (node.kind === 'get' || node.kind === 'has') && someNode(node.of, isResource)
const isArithmetic = (node: Node): boolean => node.kind === 'neg' || (node.kind === 'binary' && '+-*'.includes(node.op))

/** Overflow: Cedar skips the policy, SQL ends the statement, and either tells of a row that may be hidden. */
function arithmeticProblems(rule: Rule): Problem[] {
  const found = [...allNodes(rule.body)].some(node => isArithmetic(node) && someNode(node, readsRow))
  return found
    ? [
        {
          code: 'policy.arithmetic',
          what: 'it calculates with an attribute of the row',
          help: 'Compare the attribute as it is, or derive a column.',
        },
      ]
    : []
}

/** The row itself has no identity that an engine knows: only its attributes, type and parents can be asked for. */
function identityProblems(rule: Rule): Problem[] {
  const { resource } = rule
  const scoped = resource.op === 'is' ? resource.in : resource.op === 'all' ? undefined : resource.uid
  const named = scoped !== undefined && !scoped.type.startsWith('Mesh::')
  const literal = [...allNodes(rule.body)].some(node => node.kind === 'entity' && !node.uid.type.startsWith('Mesh::'))
  if (!named && !literal && !usesAsValue(rule.body)) return []
  return [
    {
      code: 'policy.row_identity',
      what: 'it compares the resource with a row or uses it as a value',
      help: 'Ask for attributes (`resource.x` under `resource has x`), with `is`, or with `resource in`.',
    },
  ]
}

/** The resource stands where its identity would be needed. */
function usesAsValue(node: Node): boolean {
  if (isResource(node)) return true
  if ((node.kind === 'get' || node.kind === 'has') && isResource(node.of)) return false
  if (node.kind === 'is' && isResource(node.of)) return node.in !== undefined && usesAsValue(node.in)
  if (node.kind === 'binary' && node.op === 'in' && isResource(node.left)) return usesAsValue(node.right)
  return nodeChildren(node).some(usesAsValue)
}

/** `resource has amount` is false for ever where `amount` is of a type that policies cannot read. */
function unmappedProblems(world: World, rule: Rule): Problem[] {
  const names = new Set([...allNodes(rule.body)].flatMap(node => (readsRow(node) && 'attribute' in node ? [node.attribute] : [])))
  if (names.size === 0) return []
  const unmapped = [...world.tables.values()].flatMap(place => unmappedColumns(place, names)).filter(({ place }) => concerns(rule, place))
  return unmapped.map(({ place, column }) => ({
    code: 'policy.unmapped_column',
    what: `\`${column.name}\` of ${place.table.id} is ${column.type}, which policies cannot read`,
    help: 'Policies read VARCHAR, BOOLEAN and integers up to BIGINT; derive such a column.',
  }))
}

function unmappedColumns(place: TablePlace, names: ReadonlySet<string>): { place: TablePlace; column: Column }[] {
  return place.table.columns
    .filter(column => names.has(column.name) && findCedarType(column.type) === undefined)
    .map(column => ({ place, column }))
}
