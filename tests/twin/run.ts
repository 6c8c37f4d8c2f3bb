import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { TestEngine } from '../../packages/kernel/test/query/engine.ts'
import { ask } from '../golden/ask.ts'
import { openStand, type Stand } from '../golden/stand.ts'
import type { Twin } from '../golden/twin.ts'
import { askTwin, type Outcome } from './ask-twin.ts'
import { type Calls, callsOf, catalogueOf, onlyCalls } from './calls.ts'
import { Coverage } from './coverage.ts'
import { hideMore } from './hidden.ts'
import { type Node, type Printed, print } from './node.ts'
import { Choice, seedOf } from './random.ts'
import { findDifference, findHiddenDifference } from './same.ts'
import { type Statement, Statements } from './selects.ts'
import { shrink } from './shrink.ts'
import { namedTables, openGate, openTwin, planWorld, purpose, type World } from './world.ts'

/** `twin`: against a database that holds the secured relation only. `noninterference`: against one with other hidden rows and cells. */
export type Property = 'twin' | 'noninterference'

export interface Options {
  readonly properties: readonly Property[]
  readonly queries: number
  readonly seed: number
  readonly perWorld?: number
  /** One thread and no join reordering for all products: then not even the order of rows may differ. */
  readonly strict?: boolean
  readonly log?: (line: string) => void
  readonly stopAfter?: number
}

export interface Failure {
  readonly property: Property
  readonly difference: string
  readonly world: number
  readonly printed: Printed
  readonly got: Outcome
  readonly expected: Outcome
}

export interface Report {
  readonly asked: number
  readonly answered: number
  readonly withRows: number
  readonly ordered: number
  readonly timedOut: number
  readonly codes: Readonly<Record<string, number>>
  readonly hiddenRows: number
  /** Statements that were asked beside more hidden rows than a row group of the engine holds. */
  readonly greatly: number
  readonly failures: readonly Failure[]
  readonly coverage: Coverage
}

/** Statements at a time: the gate's children work beside the twin. */
const askers = 4
/** Where a run has as many statements, some are asked in a mesh with great tables; in every how manieth mesh after that one. */
const greatFrom = 200
const greatEvery = 12
const greatShare = 60

/** A mistake, and the property that is to show it. */
export interface Planted {
  readonly name: string
  readonly property: Property
  readonly plant: (gate: Gate) => Gate
  /** The statement that is asked first. */
  readonly from: number
}

/** One mesh, open on all sides. */
interface Open {
  readonly world: World
  readonly gate: Gate
  readonly twin: Twin
  /** For statements that touch `shop.ops`, where rules make a difference of it. */
  readonly beside: Twin
  readonly other?: Gate
  readonly great: boolean
  /** The twin has one connection. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

const shown = (outcome: Outcome): string =>
  'code' in outcome ? `${outcome.code} (${outcome.told ?? ''})` : JSON.stringify(outcome).slice(0, 600)

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
  #timedOut = 0
  #hiddenRows = 0
  #greatly = 0
  #nextGreat = 0

  constructor(options: Options) {
    this.#options = options
  }

  async all(): Promise<Report> {
    const { queries, seed, perWorld = 200 } = this.#options
    await this.#within(async open => {
      for (let number = 0; this.#asked < queries && !this.#stopped(); number += 1) {
        const opened = await open(number)
        if (this.#asked > queries / 2) this.#rare = onlyCalls(this.#calls, new Set(this.#coverage.uncovered()))
        for (const form of opened.world.rules.forms) this.#coverage.saw(form)
        const share = this.#share(opened, Math.min(perWorld, queries - this.#asked))
        if (opened.great) this.#greatly += share
        let at = 0
        const asker = async (): Promise<void> => {
          while (at < share && !this.#stopped()) await this.#one(opened, this.#statement(opened.world, seedOf(seed, number, at++)))
        }
        await Promise.all(Array.from({ length: askers }, asker))
        close(opened)
      }
    })
    return {
      asked: this.#asked,
      answered: this.#answered,
      withRows: this.#withRows,
      ordered: this.#ordered,
      timedOut: this.#timedOut,
      codes: Object.fromEntries([...this.#codes].sort(([a], [b]) => (a < b ? -1 : 1))),
      hiddenRows: this.#hiddenRows,
      greatly: this.#greatly,
      failures: this.#failures,
      coverage: this.#coverage,
    }
  }

  /** For each weakness, planted in one mesh, the first difference of the property that shows it; within `most` statements. */
  async hunt(number: number, weaknesses: readonly Planted[], most: number): Promise<ReadonlyMap<string, Failure | undefined>> {
    const found = new Map<string, Failure | undefined>()
    await this.#within(async open => {
      const opened = await open(number)
      for (const [i, { name, property, plant, from }] of weaknesses.entries()) {
        const { gate, other } = opened
        const planted = { ...opened, gate: plant(gate), ...(other === undefined ? {} : { other: plant(other) }) }
        for (let at = from; at < from + most && found.get(name) === undefined; at += 1)
          found.set(
            name,
            // What is rewritten once is remembered by its text, so each weakness meets another.
            await this.#firstDifference(planted, property, this.#statement(opened.world, seedOf(this.#options.seed, at)), ' '.repeat(i)),
          )
      }
      close(opened)
    })
    return found
  }

  async #firstDifference(open: Open, property: Property, { tree, style, ordered }: Statement, end: string): Promise<Failure | undefined> {
    const { sql, ...rest } = print(tree, style)
    const printed = { ...rest, sql: sql + end }
    const [got, expected] = await this.#pair(open, property, printed)
    const difference = isLate(got) || isLate(expected) ? undefined : this.#difference(property, got, expected, ordered)
    return difference === undefined ? undefined : { property, difference, world: open.world.number, printed, got, expected }
  }

  /** Strictly, other hidden rows do not move a byte; a twin has other tables beneath, and so may its order be. */
  #difference(property: Property, got: Outcome, expected: Outcome, ordered: boolean): string | undefined {
    const strict = this.#options.strict === true
    if (property === 'noninterference') return findHiddenDifference(got, expected, ordered, strict)
    return strict && isUnplanned(got) ? undefined : findDifference(got, expected, ordered)
  }

  /** Meshes go on until one has had great tables: some hide no row of any. */
  #share({ great }: Open, most: number): number {
    if (great) return Math.min(most, greatShare)
    const awaited = this.#wantsGreat && this.#greatly === 0
    return awaited ? Math.max(0, Math.min(most, this.#options.queries - this.#asked - greatShare)) : most
  }

  get #wantsGreat(): boolean {
    return this.#options.properties.includes('noninterference') && this.#options.queries >= greatFrom
  }

  #stopped(): boolean {
    return this.#failures.length >= (this.#options.stopAfter ?? 20)
  }

  /** One statement of somebody's, in the mesh of a number. */
  async replay(number: number, printed: Printed): Promise<readonly string[]> {
    const lines: string[] = []
    await this.#within(async open => {
      const opened = await open(number)
      for (const property of this.#options.properties) {
        const [got, expected] = await this.#pair(opened, property, printed)
        lines.push(
          `${property}: ${findDifference(got, expected, false) ?? 'the same'}`,
          `  got      ${shown(got)}`,
          `  expected ${shown(expected)}`,
        )
      }
      close(opened)
    })
    return lines
  }

  async #within(work: (open: (number: number) => Promise<Open>) => Promise<void>): Promise<void> {
    const { properties, seed, strict } = this.#options
    const dir = mkdtempSync(join(tmpdir(), 'selvage-twin-'))
    const stands: Stand[] = []
    const stand = async (name: string): Promise<{ stand: Stand; dataDir: string }> => {
      const opened = await openStand(strict !== true ? {} : { engine: { strict: ['shop.crm', 'shop.ops'] } }, {
        files: [],
        dataDir: join(dir, name),
      })
      stands.push(opened)
      return { stand: opened, dataDir: join(dir, name) }
    }
    try {
      this.#calls = callsOf(await catalogueOf(await TestEngine.open([])))
      const first = await stand('a')
      const second = properties.includes('noninterference') ? await stand('b') : undefined
      await work(async number => {
        const world = planWorld(seed, number)
        const gate = await openGate(first.stand, first.dataDir, world)
        const twin = await openTwin(gate, world)
        const beside = world.rules.beside ? await openTwin(gate, world, ['origin/shop/ops']) : twin
        const inTurn = turns()
        if (second === undefined) return { world, gate, twin, beside, inTurn, great: false }
        const wanted = this.#wantsGreat && number >= this.#nextGreat
        const { rows, hidden, great } = hideMore(gate, world, new Choice(seedOf(seed, number, -1)), wanted)
        if (great) this.#nextGreat = number + greatEvery
        this.#hiddenRows += hidden
        const other = await openGate(second.stand, second.dataDir, world, rows)
        return { world, gate, twin, beside, inTurn, other, great }
      })
    } finally {
      await Promise.all(stands.map(one => one.close()))
      rmSync(dir, { recursive: true, force: true })
    }
  }

  #statement(world: World, seed: number): Statement {
    const choice = new Choice(seed)
    const calls = this.#rare !== undefined && choice.chance(0.3) ? this.#rare : this.#calls
    return new Statements(choice, namedTables(world, choice), calls).statement()
  }

  async #one(open: Open, { tree, style, ordered }: Statement): Promise<void> {
    const printed = print(tree, style)
    this.#asked += 1
    const answers = new Map<Property, readonly [Outcome, Outcome]>()
    let got: Outcome | undefined
    for (const property of this.#options.properties) {
      const pair = await this.#pair(open, property, printed, got)
      ;[got] = pair
      answers.set(property, pair)
    }
    this.#count(got!, ordered)
    if (!('code' in got!)) await open.inTurn(() => this.#coverage.statement({ connection: open.twin.connection }, printed.sql))
    for (const [property, [a, b]] of answers) {
      if (isLate(a) || isLate(b)) this.#timedOut += 1
      else if (this.#difference(property, a, b, ordered) !== undefined) await this.#failed(open, property, { tree, style, ordered })
    }
  }

  #count(got: Outcome, ordered: boolean): void {
    if (ordered) this.#ordered += 1
    if ('code' in got) this.#codes.set(got.code, (this.#codes.get(got.code) ?? 0) + 1)
    else {
      this.#answered += 1
      if (got.rows.length > 0) this.#withRows += 1
    }
  }

  async #pair(open: Open, property: Property, printed: Printed, known?: Outcome): Promise<readonly [Outcome, Outcome]> {
    const governed = async (gate: Gate): Promise<Outcome> => {
      const answer = await ask(gate, 'party', { ...printed, purpose } as Parameters<typeof ask>[2])
      return 'problem' in answer ? { code: answer.code, told: answer.problem } : { columns: answer.columns, rows: answer.rows }
    }
    if (property === 'noninterference') return [known ?? (await governed(open.gate)), await governed(open.other!)]
    const [got, twin] = await Promise.all([
      known ?? governed(open.gate),
      open.inTurn(() => askTwin(names(printed.sql, ['shop.ops.']) ? open.beside : open.twin, printed)),
    ])
    return [got, expectedOf(twin, printed.sql, open.world)]
  }

  async #failed(open: Open, property: Property, statement: Statement): Promise<void> {
    const { style, ordered } = statement
    const differenceOf = async (tree: Node): Promise<string | undefined> => {
      const [a, b] = await this.#pair(open, property, print(tree, style))
      return isLate(a) || isLate(b) ? undefined : this.#difference(property, a, b, ordered)
    }
    const first = await differenceOf(statement.tree)
    const least = first === undefined ? statement.tree : await shrink(statement.tree, async tree => (await differenceOf(tree)) === first)
    const printed = print(least, style)
    const [got, expected] = await this.#pair(open, property, printed)
    const failure = { property, difference: first ?? 'once, and not again', world: open.world.number, printed, got, expected }
    this.#failures.push(failure)
    this.#options.log?.(describe(failure, this.#options.seed))
  }
}

const names = (sql: string, tables: readonly string[]): boolean => tables.some(id => sql.toLowerCase().replaceAll('"', '').includes(id))

function close({ twin, beside }: Open): void {
  twin.close()
  if (beside !== twin) beside.close()
}

/** One piece of work at a time. */
function turns(): Open['inTurn'] {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const mine = last.then(work, work)
    last = mine
    return mine
  }
}

const isLate = (outcome: Outcome): boolean => 'code' in outcome && /^limit\.|^engine\.cancelled/.test(outcome.code)

/** Over CTEs the engine plans less, and the gate says so. */
const isUnplanned = (outcome: Outcome): boolean =>
  'code' in outcome && outcome.code === 'query.unsupported' && outcome.told?.includes('Where a product is kept strictly') === true

/** What a name that is denied or unknown is told as, the twin cannot know: there it is a table like others. */
function expectedOf(twin: Outcome, sql: string, { rules }: World): Outcome {
  // Of two faults either may be told.
  if ('code' in twin && sql.includes('nosuch(')) return { code: 'query.unsupported' }
  if ('code' in twin && ['query.syntax', 'query.unknown_table'].includes(twin.code)) return twin
  if (names(sql, rules.hiddenTables)) return { code: 'query.unknown_table' }
  const denied = names(sql, rules.deniedTables) || (names(sql, ['shop.ops.']) && names(sql, rules.deniedBeside))
  return denied ? { code: 'policy.denied' } : twin
}

export const quotedForShell = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`

export function describe({ property, difference, world, printed, got, expected }: Failure, seed: number): string {
  const parameters = printed.parameters === undefined ? '' : ` --parameters ${quotedForShell(JSON.stringify(printed.parameters))}`
  return [
    `${property}: ${difference}`,
    `  ${printed.sql}`,
    `  got      ${shown(got)}`,
    `  expected ${shown(expected)}`,
    `  alone:   npm run ${property} -- --seed ${seed} --world ${world}${parameters} --replay ${quotedForShell(printed.sql)}`,
  ].join('\n')
}
