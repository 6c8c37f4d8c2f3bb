import type { Name, TableId } from '../model/index.ts'
import { changedSince, everyPolicy } from './changed-since.ts'
import { type Circumstances, onManagedDevice } from './circumstances.ts'
import type { CompiledPolicies } from './compile.ts'
import { concerns, reachedAssets, reachedRows } from './concern.ts'
import { decide } from './decide.ts'
import type { Asker, AttributeValue, RowCondition, Subject } from './decision.ts'
import { declarable } from './discover.ts'
import { evaluate, type Row } from './evaluate.ts'
import type { Literal } from './expr.ts'
import { type CedarType, type CellType, isSetType, rowAttributes } from './row-type.ts'
import { parseRule, type Rule } from './rule.ts'
import { type RuleWords, wordsOf } from './rule-words.ts'
import { planOf, rulesOn } from './table-plan.ts'
import type { Resource, TablePlace } from './world.ts'

/** What somebody could ask of a table: who, what for, and of which rows and columns it is decided. */
export interface Trial {
  readonly asker: Asker
  readonly table: TableId
  readonly columns: readonly Name[]
  readonly labels: readonly string[]
  readonly rows: readonly Row[]
  /** All that those who ask may declare: for each it is decided what one may know of. The asker's own comes first. */
  readonly purposes: readonly string[]
  /** What one may know of is a question of its own; else it is one only where ours hides the table. */
  readonly asksKnown: boolean
  /** Of which it is decided whether those who ask may declare them. */
  readonly declare: readonly string[]
}

export interface TrialOptions {
  /** Single decisions at most, as many as the official engine makes over few rules in that time (`costOf`). */
  readonly most: number
  /** From 0 to 1, 1 not among them. */
  readonly random: () => number
  /**
   * Since these were in force: rules that changed are tried, each several times, and those of old on tables that did, for so
   * many decisions each, beside those of all rules.
   */
  readonly changed?: { readonly before: CompiledPolicies; readonly most: number }
}

/**
 * Requests to try a set of rules on, made of what the rules themselves name: each rule in its turn, on a table that it
 * concerns, by somebody and on rows for whom it holds, or nearly. Askers may declare their purpose. What changed is paid
 * for by itself, so that it is tried as well in a large set of rules as in a small one. Looking for all takes a while:
 * whoever iterates may pause, also where nothing was found (undefined).
 */
export function* activationSet(compiled: CompiledPolicies, { most, random, changed: asked }: TrialOptions): Generator<Trial | undefined> {
  const chance = new Chance(random)
  const rules = everyPolicy(compiled).map(policy => parseRule(policy))
  const own = chance.shuffled(rules.filter(({ action }) => action.has('read') || action.has('reveal') || action.has('discover')))
  const turns = turnsOf(compiled, own)
  yield* trialsOf(compiled, chance, turns, { most, rounds: mostRounds })
  if (asked === undefined) return
  const { rules: changed, places } = changedSince(asked.before, compiled)
  const beside = { most: asked.most, rounds: changedRounds }
  const isNew = ({ ref }: Rule): boolean => changed.has(ref.id)
  const moved = turns.filter(({ place }) => places.has(place))
  yield* trialsOf(compiled, chance, only(turns, isNew), beside)
  const isOld = (rule: Rule): boolean => !isNew(rule)
  yield* trialsOf(compiled, chance, only(moved, isOld), beside)
}

const only = (turns: readonly Turn[], isDue: (rule: Rule) => boolean): readonly Turn[] =>
  turns.map(({ place, rules }) => ({ place, rules: rules.filter(isDue), taken: 0, spent: 0 }))

const changedRounds = 8
const mostRounds = 20

function* trialsOf(
  compiled: CompiledPolicies,
  chance: Chance,
  turns: readonly Turn[],
  { most, rounds }: { readonly most: number; readonly rounds: number },
): Generator<Trial | undefined> {
  for (let left = most; left > 0; ) {
    const turn = nextTurn(turns, rounds)
    if (turn === undefined) break
    const trial = trialOf(compiled, chance, turn.rules[turn.taken % turn.rules.length]!, turn.place)
    // In vain counts too: where nobody may declare a purpose, there is none to find.
    const cost = trial === undefined ? 1 : costOf(compiled, trial) + (turn.taken === 0 ? preparing(compiled, turn.place) : 0)
    turn.taken += 1
    turn.spent += cost
    left -= cost
    yield trial
  }
}

/** The rules that concern one table, and what it had of all that may be spent. */
interface Turn {
  readonly place: TablePlace
  readonly rules: readonly Rule[]
  taken: number
  spent: number
}

const turnsOf = ({ world }: CompiledPolicies, rules: readonly Rule[]): readonly Turn[] =>
  [...world.tables.values()].map(place => {
    const own = rules.filter(rule => concerns(rule, place) || reachedAssets(rule, place).length > 0)
    return { place, rules: own, taken: 0, spent: 0 }
  })

/** That of the table that had least: one with many rules leaves time for the others. */
function nextTurn(turns: readonly Turn[], rounds: number): Turn | undefined {
  let found: Turn | undefined
  for (const turn of turns) if (turn.taken < rounds * turn.rules.length && (found === undefined || turn.spent < found.spent)) found = turn
  return found
}

/**
 * About what a trial costs the official engine, one being a decision over few rules: it walks all that concern the
 * table at each, and this many of them take as long as all else that it does.
 */
export function costOf(compiled: CompiledPolicies, { asker, table, rows, columns, purposes, asksKnown, declare }: Trial): number {
  const ofRows = rows.length * (1 + 2 * columns.length)
  const ofKnown = asksKnown ? purposes.length + 2 * (1 + columns.length) : 0
  return (1 + asker.actors.length) * (declare.length + (ofRows + ofKnown) * (1 + rulesAt(compiled, table) / 150))
}

/** Before the first question about a table the engine is given its rules. */
const preparing = (compiled: CompiledPolicies, { table }: TablePlace): number => rulesAt(compiled, table.id) / 7

const rulesAt = (compiled: CompiledPolicies, table: TableId): number => rulesOn(compiled, compiled.world.tables.get(table)!).length

/** Of several the one that tells most: where the rule is heard of, or has something to take away, or to give. */
function trialOf(compiled: CompiledPolicies, chance: Chance, rule: Rule, place: TablePlace): Trial | undefined {
  let best: { readonly trial: Trial; readonly told: number } | undefined
  for (let at = 0; at < mostTries && (best === undefined || best.told < mostTold); at += 1) {
    const trial = anyTrial(compiled, chance, rule, place)
    if (trial === undefined) break
    const told = toldBy(compiled, rule, trial)
    if (best === undefined || told > best.told) best = { trial, told }
  }
  return best?.trial
}

const mostTries = 8
const mostTold = 4

/** By our own engine: a rule that it forgets is not heard of, and neither takes nor gives. */
function toldBy(compiled: CompiledPolicies, { ref, effect, mask }: Rule, { asker, table, labels, columns, rows }: Trial): number {
  const decision = decide(compiled, asker, table, labels)
  const left = (much: number): number => (effect === 'permit' ? mostTold - 1 - much : much)
  if ('kind' in decision) return left(0)
  const visible = rows.filter(row => holds(decision.rows, row))
  const cells = decision.columns.filter(({ name }) => columns.slice(0, 1).includes(name))
  const shown = cells.some(({ reveal }) => visible.some(row => holds(reveal, row)))
  const conditions = [decision.rows, ...cells.flatMap(({ reveal, masks }) => (mask === undefined ? [reveal] : [reveal, ...masks]))]
  if (conditions.some(({ because }) => because.some(({ id }) => id === ref.id))) return mostTold
  return left(1 + Number(visible.length > 0) + Number(shown))
}

const holds = (condition: RowCondition, row: Row): boolean =>
  condition.kind === 'all' || (condition.kind === 'where' && evaluate(condition.expr, row))

function anyTrial(compiled: CompiledPolicies, chance: Chance, rule: Rule, place: TablePlace): Trial | undefined {
  const words = trialWords(chance, rule, rulesOn(compiled, place))
  const who = whoOf(compiled, chance, rule, place, words)
  const purposes = declarable(compiled, who, place.domain)
  const purpose =
    chance.findOne(chance.often() ? purposes.filter(one => words.purposes.includes(one)) : purposes) ?? chance.findOne(purposes)
  if (purpose === undefined) return undefined
  const { names, labels } = planOf(compiled, place)
  const assets = reachedAssets(rule, place)
  const reached = new Set<Resource>([...reachedRows(rule, place), ...assets])
  const cells = names.filter(name => reached.has(place.cells.get(name)!) || reached.has(place.asColumns.get(name)!))
  const columns = [...new Set([chance.findOne(cells), chance.findOne(names)].filter(name => name !== undefined))]
  const touched = words.labels.length > 0 && chance.often() ? [...new Set([...labels, ...words.labels])].sort() : labels
  const rows = ['none', 'all', 'some'] as const
  return {
    asker: { ...who, purpose, circumstances: circumstancesOf(chance, words) },
    table: place.table.id,
    columns,
    labels: touched,
    rows: rows.map(filled => rowOf(chance, place, words, filled)),
    purposes: [purpose, ...purposes.filter(one => one !== purpose)],
    asksKnown: assets.length > 0 || chance.seldom(),
    declare: chance.seldom() ? chance.some([...compiled.world.purposes.keys()], mostDeclared) : [],
  }
}

const mostDeclared = 4

/** Mostly such as open most: others are closed to whatever asks for a device. */
function circumstancesOf(chance: Chance, words: TrialWords): Circumstances {
  if (chance.often()) return onManagedDevice
  const proof = chance.one(['bearer', 'dpop', 'mtls'] as const)
  const degraded = chance.often() ? [] : [textIn(chance, words)]
  if (chance.seldom()) return { proof, degraded }
  const signals = (['managed', 'encrypted', 'patched'] as const).filter(() => chance.often()).map(name => [name, chance.often()])
  const ageMinutes = Number(numberIn(chance, words))
  const method = chance.one(['asserted', 'managed', 'attested'] as const)
  return { proof, degraded, device: { method, source: textIn(chance, words), ageMinutes, ...Object.fromEntries(signals) } }
}

function whoOf(compiled: CompiledPolicies, chance: Chance, rule: Rule, place: TablePlace, words: TrialWords): Omit<Asker, 'purpose'> {
  const { principal } = rule
  const wanted = principal.op === 'is' ? principal.type.replace('Mesh::', '') : undefined
  const isAgents = wanted === 'Agent' || (wanted === undefined && chance.seldom())
  const kind = wanted === 'User' || wanted === 'Workload' ? wanted : chance.one(['User', 'User', 'Workload'] as const)
  const subjectOf = (own: Subject['kind']): Subject => ({
    kind: own,
    id: `trial/${own.toLowerCase()}`,
    roles: rolesOf(compiled, chance, place, words),
    groups: groupsOf(compiled, chance, words),
    attributes: attributesOf(compiled, chance, words),
  })
  return { subject: subjectOf(kind), actors: isAgents ? [subjectOf('Agent')] : [] }
}

/** Mostly the one that the rule names, if it names one: others would open what it opens. */
function rolesOf({ world }: CompiledPolicies, chance: Chance, place: TablePlace, words: TrialWords): readonly string[] {
  const declaring = world.mesh.domains.find(({ name }) => name === place.domain)?.declare.map(({ role }) => role) ?? []
  const named = chance.findOne(words.roles) ?? chance.findOne(words.others.roles)
  if (named !== undefined && declaring.includes(named) && chance.often()) return [named]
  const found = [
    chance.findOne(declaring),
    chance.often() ? chance.findOne(words.roles) : undefined,
    chance.findOne(world.mesh.taxonomy.roles),
  ]
  return [...new Set(found.filter(role => role !== undefined))]
}

/** Mostly those that the rule names. */
function groupsOf({ world }: CompiledPolicies, chance: Chance, words: TrialWords): readonly string[] {
  const { groups } = world.mesh.taxonomy
  if (groups.length === 0) return []
  return [...new Set([...(chance.often() ? words.groups : []), chance.one(groups)])]
}

function attributesOf({ world }: CompiledPolicies, chance: Chance, words: TrialWords): Subject['attributes'] {
  const out: Record<string, AttributeValue> = {}
  for (const [name, type] of world.mesh.taxonomy.subjectAttributes) {
    if (chance.seldom()) continue
    if (type === 'boolean') out[name] = chance.often()
    else if (type === 'integer') out[name] = Number(numberIn(chance, words))
    else if (type === 'string') out[name] = textIn(chance, words)
    else out[name] = [...new Set(chance.often() ? [...words.texts, ...words.others.texts] : [textIn(chance, words)])]
  }
  return out
}

/** A rule's words, and one value of each type that most of a trial has: a row's is then the asker's own. */
interface TrialWords extends RuleWords {
  readonly text: string
  readonly number: bigint
  /** What others of the rules on the same table name: without it they would hide what this one does. */
  readonly others: Pick<RuleWords, 'texts' | 'roles'>
}

function trialWords(chance: Chance, rule: Rule, near: readonly Rule[]): TrialWords {
  const words = { ...wordsOf(rule), texts: fewTexts(chance, wordsOf(rule).texts) }
  const others = chance.some(near, mostNear).map(wordsOf)
  return {
    ...words,
    text: chance.one(textsOf(words)),
    number: chance.one(numbersOf(words)),
    others: {
      texts: fewTexts(
        chance,
        others.flatMap(({ texts }) => texts),
      ),
      roles: others.flatMap(({ roles }) => roles),
    },
  }
}

const mostNear = 8
/** Each stands in many rows and in many who ask: a rule may name thousands, of hundreds of thousands of characters. */
const mostTexts = 64
const longestText = 256

const fewTexts = (chance: Chance, texts: readonly string[]): readonly string[] =>
  chance.some(
    texts.filter(({ length }) => length <= longestText),
    mostTexts,
  )

const textsOf = ({ texts }: RuleWords): readonly string[] => [...texts, 'x']
const numbersOf = ({ numbers }: RuleWords): readonly bigint[] => [...numbers.filter(isSafe), 1n, 2n]
const textIn = (chance: Chance, words: TrialWords): string => (chance.often() ? words.text : chance.one(textsOf(words)))
const numberIn = (chance: Chance, words: TrialWords): bigint => (chance.often() ? words.number : chance.one(numbersOf(words)))
const isSafe = (value: bigint): boolean => Number.isSafeInteger(Number(value))

function rowOf(chance: Chance, place: TablePlace, words: TrialWords, filled: 'none' | 'all' | 'some'): Row {
  const row: Record<string, Row[string]> = {}
  for (const [name, type] of rowAttributes(place.table))
    if (filled === 'all' || (filled === 'some' && chance.often())) row[name] = attributeOf(chance, type, words)
  return row
}

function attributeOf(chance: Chance, type: CedarType, words: TrialWords): Row[string] {
  if (!isSetType(type)) return cellOf(chance, type, words)
  const element = type === 'Set<String>' ? 'String' : 'Long'
  return [...new Set([1, 2, 3].flatMap(() => (chance.often() ? [cellOf(chance, element, words)] : [])))]
}

function cellOf(chance: Chance, type: CellType, words: TrialWords): Literal {
  if (type === 'Bool') return chance.often()
  return type === 'Long' ? numberIn(chance, words) : textIn(chance, words)
}

class Chance {
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  often(): boolean {
    return this.#random() < 0.7
  }

  seldom(): boolean {
    return this.#random() < 0.25
  }

  findOne<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)]
  }

  some<T>(list: readonly T[], most: number): readonly T[] {
    return list.length <= most ? list : Array.from({ length: most }, () => this.one(list))
  }

  /** Of a list that is not empty. */
  one<T>(list: readonly T[]): T {
    return this.findOne(list) ?? list[0]!
  }

  shuffled<T>(list: readonly T[]): readonly T[] {
    return list
      .map(item => [this.#random(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item)
  }
}
