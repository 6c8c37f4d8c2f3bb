import { allNodes, type Node } from '../cedar/index.ts'
import type { DeviceWord } from '../contract/index.ts'
import type { Name } from '../model/index.ts'
import { describedDevice, nothingKnown } from './circumstances.ts'
import type { CompiledPolicies } from './compile.ts'
import { decide, rowsIfPermitted } from './decide.ts'
import type { Asker, ColumnDecision, RowCondition, Subject, TableDecision } from './decision.ts'
import { declarable } from './discover.ts'
import type { Rule } from './rule.ts'
import { wordsOf } from './rule-words.ts'
import { readsCircumstances } from './statement.ts'
import { rulesOn } from './table-plan.ts'
import { withinRows } from './within-rows.ts'
import type { TablePlace } from './world.ts'

/** Of whoever asks; `agent`: of one that acts for them, by its id. */
export type Change =
  | { readonly kind: 'purpose'; readonly purpose: string }
  /** `among`: one more of several values, such as a training. */
  | {
      readonly kind: 'attribute'
      readonly name: string
      readonly value: string | boolean
      readonly among: boolean
      readonly agent?: string
    }
  | { readonly kind: 'role'; readonly role: string; readonly agent?: string }
  /** Of people only: an issuer supplies no groups of an agent. */
  | { readonly kind: 'group'; readonly group: string }
  /** Another device, or the same one otherwise known. */
  | { readonly kind: 'device'; readonly device: Exclude<DeviceWord, 'unmanaged' | 'unknown'> }
  /** A permit of the domain's, on this table and for whoever asks. */
  | { readonly kind: 'grant'; readonly domain: Name }

/** Changes that together show more, as deciding again with them has it. */
export interface Remedy<T> {
  readonly changes: readonly Change[]
  readonly after: T
}

export interface Remedies {
  readonly rows: readonly Remedy<RowCondition>[]
  readonly columns: ReadonlyMap<Name, readonly Remedy<ColumnDecision>[]>
}

/** Decisions made anew for one table, at most. */
const mostSingles = 48
const mostPairs = 96
/** Told of one table or column, at most. */
const mostTold = 8

/**
 * What would show more of a table: another purpose that one may declare, a role, a group, a value of an attribute that rules on this
 * table ask for, a permit. INVARIANT: each was decided anew, and nothing is told of a column or table that may not be discovered.
 * @param before what is decided of it now, for the same statement
 */
export function remediesFor(compiled: CompiledPolicies, asker: Asker, before: TableDecision, labels: readonly string[]): Remedies {
  const place = compiled.world.tables.get(before.table)!
  const judge = (changes: readonly Change[]): TableDecision | undefined => {
    const found = decide(compiled, changed(asker, changes), before.table, labels)
    return 'kind' in found ? undefined : withinRows(found)
  }
  const singles = candidates(compiled, asker, place).slice(0, mostSingles)
  const tried = singles.map(change => ({ changes: [change], after: judge([change]) }))
  const rows = leastDevice(
    tried.flatMap(({ changes, after }) =>
      after !== undefined && rank(after.rows) > rank(before.rows) ? [{ changes, after: after.rows }] : [],
    ),
  )
  const columns = new Map(before.columns.map(column => [column.name, columnRemedies(before, column, tried)]))
  if (before.rows.kind !== 'none' || rows.length > 0) return { rows: rows.slice(0, mostTold), columns }
  const permitted = rowsIfPermitted(compiled, asker, before.table, labels)
  if (rank(permitted) > 0) return { rows: [{ changes: [{ kind: 'grant', domain: place.domain }], after: permitted }], columns }
  const pairs = [...pairsOf(singles)].slice(0, mostPairs).flatMap(changes => {
    const after = judge(changes)
    return after === undefined || after.rows.kind === 'none' ? [] : [{ changes, after: after.rows }]
  })
  return { rows: pairs.slice(0, mostTold), columns }
}

const rank = ({ kind }: RowCondition): number => (kind === 'all' ? 2 : kind === 'where' ? 1 : 0)

/** From nothing to all of it in clear. */
function clarity({ reveal, masks }: ColumnDecision): number {
  if (reveal.kind === 'none') return 0
  if (masks.some(({ when }) => when === true)) return 1
  return reveal.kind === 'where' || masks.length > 0 ? 2 : 3
}

interface Tried {
  readonly changes: readonly Change[]
  readonly after: TableDecision | undefined
}

function columnRemedies(before: TableDecision, column: ColumnDecision, tried: readonly Tried[]): readonly Remedy<ColumnDecision>[] {
  const found = tried.flatMap(({ changes, after }) => {
    const one = after?.columns.find(({ name }) => name === column.name)
    if (after === undefined || one === undefined || rank(after.rows) < Math.max(1, rank(before.rows))) return []
    return clarity(one) > clarity(column) ? [{ changes, after: one }] : []
  })
  return leastDevice(found).slice(0, mostTold)
}

/** Where several devices would do, the one of which the least has to be proven. */
function leastDevice<T>(all: readonly Remedy<T>[]): readonly Remedy<T>[] {
  const first = all.find(({ changes }) => changes[0]?.kind === 'device')
  return all.filter(one => one === first || one.changes[0]?.kind !== 'device')
}

/** The asker, as changes would make them; a grant changes rules, not people. */
export function changed(asker: Asker, changes: readonly Change[]): Asker {
  return changes.reduce<Asker>((one, change) => {
    if (change.kind === 'grant') return one
    if (change.kind === 'purpose') return { ...one, purpose: change.purpose }
    if (change.kind === 'device') return { ...one, circumstances: describedDevice(change.device) }
    if (change.kind === 'group') return { ...one, subject: { ...one.subject, groups: [...one.subject.groups, change.group] } }
    const alter = (subject: Subject): Subject =>
      change.kind === 'role' ? withRole(subject, change.role) : withValue(subject, change.name, change.value, change.among)
    if (change.agent === undefined) return { ...one, subject: alter(one.subject) }
    return { ...one, actors: one.actors.map(actor => (actor.id === change.agent ? alter(actor) : actor)) }
  }, asker)
}

const withRole = (subject: Subject, role: string): Subject => ({ ...subject, roles: [...subject.roles, role] })

function withValue(subject: Subject, name: string, value: string | boolean, among: boolean): Subject {
  const now = subject.attributes[name]
  const next = typeof value === 'string' && among ? [...(Array.isArray(now) ? (now as readonly string[]) : []), value] : value
  return { ...subject, attributes: { ...subject.attributes, [name]: next } }
}

/** Purposes first: they are the asker's own to change. */
function candidates(compiled: CompiledPolicies, asker: Asker, place: TablePlace): readonly Change[] {
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
    ...devices(rules, asker),
    ...ofOne(asker.subject, {}),
    ...groups.map((group): Change => ({ kind: 'group', group })),
    ...asker.actors.flatMap(actor => ofOne(actor, { agent: actor.id })),
  ]
}

/** What an agent proves is not told of its person, so there are none for those for whom one acts. */
function devices(rules: readonly Rule[], { circumstances = nothingKnown, actors }: Asker): readonly Change[] {
  if (actors.length > 0 || !rules.some(({ body }) => readsCircumstances(body))) return []
  const order = ['asserted', 'managed', 'attested'] as const
  const now = order.indexOf(circumstances.device?.managed === true ? circumstances.device.method : 'asserted')
  const first = circumstances.device?.managed === true ? now + 1 : 0
  return order.slice(first).map(device => ({ kind: 'device', device }))
}

type Asked = Extract<Change, { readonly kind: 'attribute' }>

/** Values that a rule asks of an attribute of whoever asks. What it compares with a row is data, and not told. */
function askedOf({ world }: CompiledPolicies, { body }: Rule): readonly Asked[] {
  const types = world.mesh.taxonomy.subjectAttributes
  return [...allNodes(body)].flatMap((node): Asked[] => {
    const found = node.kind === 'binary' ? (testOf(node.left, node.right) ?? testOf(node.right, node.left)) : flagOf(node)
    if (found === undefined) return []
    const type = types.get(found.name)
    if (type === 'boolean') return [true, false].map(value => ({ kind: 'attribute', name: found.name, value, among: false }))
    if (type !== 'string' && type !== 'strings') return []
    return found.values.map(value => ({ kind: 'attribute', name: found.name, value, among: type === 'strings' }))
  })
}

interface Test {
  readonly name: string
  readonly values: readonly string[]
}

/** `principal.trainings.contains("hipaa")`, `["a", "b"].contains(principal.unit)`, `principal.unit == "a"`. */
function testOf(attribute: Node, other: Node): Test | undefined {
  if (!isOfPrincipal(attribute)) return undefined
  const items = other.kind === 'set' ? other.items : [other]
  return {
    name: attribute.attribute,
    values: items.flatMap(item => (item.kind === 'literal' && typeof item.value === 'string' ? [item.value] : [])),
  }
}

const flagOf = (node: Node): Test | undefined => (isOfPrincipal(node) ? { name: node.attribute, values: [] } : undefined)

const isOfPrincipal = (node: Node): node is Node & { readonly kind: 'get' | 'has'; readonly attribute: string } =>
  node.kind === 'get' && node.of.kind === 'variable' && node.of.name === 'principal'

function hasAlready({ attributes }: Subject, { name, value }: Asked): boolean {
  const now = attributes[name]
  return Array.isArray(now) ? (now as readonly string[]).includes(String(value)) : now === value
}

function* pairsOf(singles: readonly Change[]): Generator<readonly Change[]> {
  for (const [at, one] of singles.entries())
    for (const other of singles.slice(at + 1)) if (!(one.kind === 'purpose' && other.kind === 'purpose')) yield [one, other]
}
