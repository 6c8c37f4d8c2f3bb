import { allNodes, type Node } from '../cedar/index.ts'
import type { Change } from './change.ts'
import type { CompiledPolicies } from './compile.ts'
import type { Asker, Subject } from './decision.ts'
import { declarable } from './discover.ts'
import { knownOtherwise } from './known-otherwise.ts'
import type { Rule } from './rule.ts'
import { wordsOf } from './rule-words.ts'
import { rulesOn } from './table-plan.ts'
import type { TablePlace } from './world.ts'

/** What the rules on a table ask of whoever asks, and is otherwise. Purposes first: they are the asker's own to change. */
export function candidatesOn(compiled: CompiledPolicies, asker: Asker, place: TablePlace): readonly Change[] {
  const rules = rulesOn(compiled, place)
  const asked = [...new Map(rules.flatMap(rule => askedOf(compiled, rule)).map(one => [`${one.name} ${String(one.value)}`, one])).values()]
  const words = rules.map(wordsOf)
  const roles = [...new Set(words.flatMap(one => one.roles))]
  const groups = [...new Set(words.flatMap(one => one.groups))].filter(group => !asker.subject.groups.includes(group))
  const ofOne = (subject: Subject, of: { readonly agent?: string }): Change[] => [
    ...asked.filter(one => !hasAlready(subject, one)).map((one): Change => ({ ...one, ...of })),
    ...roles.filter(role => !subject.roles.includes(role)).map((role): Change => ({ kind: 'role', role, ...of })),
  ]
  return [
    ...declarable(compiled, asker, place.domain).flatMap((purpose): Change[] =>
      purpose === asker.purpose ? [] : [{ kind: 'purpose', purpose }],
    ),
    ...knownOtherwise(rules, asker),
    ...ofOne(asker.subject, {}),
    ...groups.map((group): Change => ({ kind: 'group', group })),
    ...asker.actors.flatMap(actor => ofOne(actor, { agent: actor.id })),
  ]
}

type Asked = Extract<Change, { readonly kind: 'attribute' }>

/** Values that a rule asks of an attribute of whoever asks. What it compares with a row is data, and not told. */
function askedOf({ world }: CompiledPolicies, { body }: Rule): readonly Asked[] {
  const types = world.mesh.taxonomy.subjectAttributes
  return [...allNodes(body)].flatMap((node): Asked[] => {
    const found = node.kind === 'binary' ? (testOf(node.left, node.right) ?? testOf(node.right, node.left)) : flagOf(node)
    if (found === undefined) return []
    const type = types.get(found.name)
    const asked = (value: Asked['value'], among: boolean): Asked => ({ kind: 'attribute', name: found.name, value, among })
    if (type === 'boolean') return [true, false].map(value => asked(value, false))
    if (type === 'integer') return found.values.flatMap(value => boundsOf(node, value)).map(value => asked(value, false))
    if (type !== 'string' && type !== 'strings') return []
    return found.values.flatMap(value => (typeof value === 'string' ? [asked(value, type === 'strings')] : []))
  })
}

interface Test {
  readonly name: string
  readonly values: readonly unknown[]
}

/** `principal.trainings.contains("hipaa")`, `["a", "b"].contains(principal.unit)`, `principal.level >= 3`. */
function testOf(attribute: Node, other: Node): Test | undefined {
  if (!isOfPrincipal(attribute)) return undefined
  const items = other.kind === 'set' ? other.items : [other]
  return { name: attribute.attribute, values: items.flatMap(item => (item.kind === 'literal' ? [item.value] : [])) }
}

/** The nearest numbers with which a comparison with this one holds, and does not: a forbid asks for the latter. */
function boundsOf(node: Node, value: unknown): readonly number[] {
  if (typeof value !== 'bigint') return []
  const compares = node.kind === 'binary' && (node.op === '<' || node.op === '<=')
  const near = !compares ? [value] : isOfPrincipal(node.left) === (node.op === '<') ? [value - 1n, value] : [value, value + 1n]
  return near.map(Number).filter(Number.isSafeInteger)
}

const flagOf = (node: Node): Test | undefined => (isOfPrincipal(node) ? { name: node.attribute, values: [] } : undefined)

const isOfPrincipal = (node: Node): node is Node & { readonly kind: 'get' | 'has'; readonly attribute: string } =>
  node.kind === 'get' && node.of.kind === 'variable' && node.of.name === 'principal'

function hasAlready({ attributes }: Subject, { name, value }: Asked): boolean {
  const now = attributes[name]
  return Array.isArray(now) ? (now as readonly string[]).includes(String(value)) : now === value
}
