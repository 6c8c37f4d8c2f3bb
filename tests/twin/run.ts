import type { Gate } from '../../packages/gate/src/ports.ts'
import { TestEngine } from '../../packages/kernel/test/query/engine.ts'
import type { Outcome } from './ask-twin.ts'
import type { Property, Replay } from './asked.ts'
import { type Calls, callsOf, catalogueOf, onlyCalls } from './calls.ts'
import { Coverage } from './coverage.ts'
import { describe, type Failure, failureOf, findDifferenceOf, printedIn, shownPair } from './failure.ts'
import { joinOf } from './loose.ts'
import { print } from './node.ts'
import { closeMesh, type Open, type OpenMesh, strictly, withMeshes } from './opened.ts'
import { askPair, differenceOf, isLate, type Pair } from './pair.ts'
import { addCounts, type PlanCount, Plans } from './plans.ts'
import { Choice, seedOf } from './random.ts'
import { type Statement, Statements } from './selects.ts'
import { namedTables, type World } from './world.ts'

export interface Options {
  readonly properties: readonly Property[]
  readonly queries: number
  readonly seed: number
  readonly perWorld?: number
  /** Nothing is planned by the sizes of tables: then not even the order of rows may differ. */
  readonly strict?: boolean
  /** Statements that are asked in each mesh with great tables; none by default. */
  readonly greatShare?: number
  readonly log?: (line: string) => void
  readonly stopAfter?: number
}

export interface Report {
  readonly asked: number
  readonly answered: number
  readonly withRows: number
  readonly ordered: number
  /** Pairs that were not compared, as one of them was cut short. */
  readonly late: number
  readonly codes: Readonly<Record<string, number>>
  readonly hiddenRows: number
  /** Statements that were asked beside more hidden rows than a row group of the engine holds. */
  readonly greatly: number
  /** Of some of those. */
  readonly plans: PlanCount
  /** Of joins of two tables in the same meshes. */
  readonly joinPlans: PlanCount
  readonly failures: readonly Failure[]
  readonly coverage: Coverage
}

/** Statements at a time: the gate's children work beside the twin. */
const askers = 4
/** In every how manieth mesh after one with great tables there are some again. */
const greatEvery = 12
/** Statements of a mesh with great tables whose plans are looked at. */
const plansEach = 20

/** A mistake, and the property that is to show it. */
export interface Planted {
  readonly name: string
  readonly property: Property
  /** In gates that keep all products strictly. */
  readonly strict?: boolean
  readonly plant: (gate: Gate) => Gate
  /** The statement that is asked first. */
  readonly from: number
  /** How many statements are asked. */
  readonly most: number
  /** The statement that shows it is made as small as it can be. */
  readonly least?: boolean
}

export class Run {
  readonly #options: Options
  readonly #coverage = new Coverage()
  readonly #codes = new Map<string, number>()
  readonly #failures: Failure[] = []
  #calls: Calls = new Map()
  /** In the second half of a run: with what was not called yet in place of all that could be. */
  #rare: Calls | undefined
  #asked = 0
  #answered = 0
  #withRows = 0
  #ordered = 0
  #late = 0
  #hiddenRows = 0
  #greatly = 0
  #nextGreat = 0
  #plans: PlanCount = { planned: 0, otherwise: 0 }
  #joinPlans: PlanCount = { planned: 0, otherwise: 0 }

  constructor(options: Options) {
    this.#options = options
  }

  async all(): Promise<Report> {
    const { queries } = this.#options
    await this.#within(async open => {
      for (let number = 0; this.#asked < queries && !this.#stopped(); number += 1) {
        const opened = await open(number, this.#greatShare > 0 && number >= this.#nextGreat)
        if (opened.great) this.#nextGreat = number + greatEvery
        this.#hiddenRows += opened.hidden
        await this.#mesh(opened)
        closeMesh(opened)
      }
    })
    return {
      asked: this.#asked,
      answered: this.#answered,
      withRows: this.#withRows,
      ordered: this.#ordered,
      late: this.#late,
      codes: Object.fromEntries([...this.#codes].sort(([a], [b]) => (a < b ? -1 : 1))),
      hiddenRows: this.#hiddenRows,
      greatly: this.#greatly,
      plans: this.#plans,
      joinPlans: this.#joinPlans,
      failures: this.#failures,
      coverage: this.#coverage,
    }
  }

  async #mesh(open: Open): Promise<void> {
    const { properties, queries, seed, perWorld = 200 } = this.#options
    const { number, rules } = open.world
    if (this.#asked > queries / 2) this.#rare = onlyCalls(this.#calls, new Set(this.#coverage.uncovered()))
    for (const form of rules.forms) this.#coverage.saw(form)
    const share = this.#share(open, Math.min(perWorld, queries - this.#asked))
    if (open.great) this.#greatly += share
    const loosely = open.strict && !properties.includes('twin')
    const answered: Statement[] = []
    let at = 0
    const asker = async (): Promise<void> => {
      while (at < share && !this.#stopped()) {
        const statement = this.#statement(open.world, seedOf(seed, number, at++), loosely)
        if (!('code' in (await this.#one(open, statement)))) answered.push(statement)
      }
    }
    await Promise.all(Array.from({ length: askers }, asker))
    if (open.great) await this.#plan(open, answered)
  }

  async #plan({ world, gate, other }: Open, statements: readonly Statement[]): Promise<void> {
    const plans = await Plans.open(gate, other!)
    const printed = statements.map(({ tree, style }) => print(tree, style)).filter(({ parameters }) => parameters === undefined)
    const choice = new Choice(seedOf(this.#options.seed, world.number, -2))
    const joins = Array.from({ length: plansEach }, () => joinOf(choice, namedTables(world, choice)))
    const own = printed.slice(0, plansEach).map(({ sql }) => sql)
    this.#plans = addCounts(this.#plans, await plans.count(own))
    this.#joinPlans = addCounts(this.#joinPlans, await plans.count(joins))
    plans.close()
  }

  /** For each weakness, planted in one mesh, how the first statement fails that shows it. */
  async hunt(number: number, wantsGreat: boolean, weaknesses: readonly Planted[]): Promise<ReadonlyMap<string, Failure | undefined>> {
    const found = new Map<string, Failure | undefined>()
    await this.#within(async open => {
      const opened = await open(number, wantsGreat)
      for (const [i, weakness] of weaknesses.entries())
        found.set(weakness.name, await this.#firstFailure(withPlanted(opened, weakness, ' '.repeat(i)), weakness))
      closeMesh(opened)
    })
    return found
  }

  async #firstFailure(open: Open, { property, from, most, least }: Planted): Promise<Failure | undefined> {
    const { seed } = this.#options
    for (let at = from; at < from + most; at += 1) {
      const statement = this.#statement(open.world, seedOf(seed, at), open.strict)
      if ((await findDifferenceOf(open, property, statement)) !== undefined) return failureOf(open, property, statement, seed, least)
    }
    return undefined
  }

  /** One statement as it failed, in the same mesh over the same databases. */
  async replay({ world, great, ordered, printed }: Replay, plant = (gate: Gate): Gate => gate): Promise<readonly string[]> {
    const lines: string[] = []
    await this.#within(async open => {
      const opened = withGates(await open(world, great), plant)
      if (opened.great !== great && this.#options.properties.includes('noninterference'))
        throw new RangeError('no great tables in this mesh')
      for (const property of this.#options.properties) {
        const pair = await askPair(opened, property, printed)
        const difference = isLate(property, pair) ? 'too late' : (differenceOf(opened, property, pair, ordered) ?? 'the same')
        lines.push(`${property}: ${difference}`, ...shownPair(pair))
      }
      closeMesh(opened)
    })
    return lines
  }

  async #within(work: (open: OpenMesh) => Promise<void>): Promise<void> {
    this.#calls = callsOf(await catalogueOf(await TestEngine.open([])))
    await withMeshes(this.#options, work)
  }

  /** Meshes go on until one has had great tables: some hide no row of any. */
  #share({ great }: Open, most: number): number {
    const share = this.#greatShare
    if (great) return Math.min(most, share)
    const awaited = share > 0 && this.#greatly === 0
    return awaited ? Math.max(0, Math.min(most, this.#options.queries - this.#asked - share)) : most
  }

  get #greatShare(): number {
    return this.#options.properties.includes('noninterference') ? (this.#options.greatShare ?? 0) : 0
  }

  #stopped(): boolean {
    return this.#failures.length >= (this.#options.stopAfter ?? 20)
  }

  /** @param loosely whether the order of its rows may be left open */
  #statement(world: World, seed: number, loosely: boolean): Statement {
    const choice = new Choice(seed)
    const calls = this.#rare !== undefined && choice.chance(0.3) ? this.#rare : this.#calls
    const tables = namedTables(world, choice)
    const statements = new Statements(choice, tables, calls)
    return loosely && choice.chance(0.5) ? statements.loose(tables) : statements.statement()
  }

  async #one(open: Open, statement: Statement): Promise<Outcome> {
    const printed = printedIn(open, statement)
    this.#asked += 1
    const answers = new Map<Property, Pair>()
    let got: Outcome | undefined
    for (const property of this.#options.properties) {
      const pair = await askPair(open, property, printed, got)
      ;[got] = pair
      answers.set(property, pair)
    }
    this.#count(got!, statement.ordered)
    if (!('code' in got!)) await open.inTurn(() => this.#coverage.statement({ connection: open.twin.connection }, printed.sql))
    for (const [property, pair] of answers) {
      if (isLate(property, pair)) this.#late += 1
      else if ((await findDifferenceOf(open, property, statement, pair)) !== undefined) await this.#failed(open, property, statement)
    }
    return got!
  }

  #count(got: Outcome, ordered: boolean): void {
    if (ordered) this.#ordered += 1
    if ('code' in got) this.#codes.set(got.code, (this.#codes.get(got.code) ?? 0) + 1)
    else {
      this.#answered += 1
      if (got.rows.length > 0) this.#withRows += 1
    }
  }

  async #failed(open: Open, property: Property, statement: Statement): Promise<void> {
    const failure = await failureOf(open, property, statement, this.#options.seed)
    this.#failures.push(failure)
    this.#options.log?.(describe(failure))
  }
}

const withGates = (open: Open, change: (gate: Gate) => Gate): Open => ({
  ...open,
  gate: change(open.gate),
  ...(open.other === undefined ? {} : { other: change(open.other) }),
})

function withPlanted(open: Open, { plant, strict = false }: Planted, end: string): Open {
  return { ...withGates(open, gate => plant(strict ? strictly(gate) : gate)), strict, end }
}
