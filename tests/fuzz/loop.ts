import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Coverage, meet, type Ran } from './coverage.ts'
import { Mutator } from './mutate.ts'
import { Random } from './random.ts'
import type { Finding, Report } from './report.ts'
import { type Target, Violation } from './target.ts'
import type { Witness } from './witness.ts'

export interface Plan {
  readonly seed: number
  readonly inputs: number
  /** An input that takes longer, three times over, is a finding. */
  readonly slowMs: number
  /** Findings after which a run ends. */
  readonly findings: number
}

const corpusBound = 2_048
const growthBound = 24 * 1_048_576
/** Milliseconds between looks at the memory. */
const lookEvery = 20
const fewLooks = 4
const manyLooks = 250
const batchBounds = { least: 64, most: 4_096 }

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Runs one target: chooses an input, changes it, runs it, keeps it if it reached code or an outcome that none had reached. */
export class Loop {
  readonly #target: Target
  readonly #plan: Plan
  readonly #coverage: Coverage
  readonly #witness: Witness
  readonly #random: Random
  readonly #mutator: Mutator
  readonly #corpus: Buffer[]
  readonly #outcomes = new Set<string>()
  readonly #findings: Finding[] = []
  readonly #digest = createHash('sha256')
  readonly #longest: number
  #accepted = 0
  #slowest = 0
  #done = 0

  constructor(target: Target, plan: Plan, coverage: Coverage, witness: Witness) {
    this.#target = target
    this.#plan = plan
    this.#coverage = coverage
    this.#witness = witness
    this.#random = new Random(plan.seed, target.name)
    this.#corpus = target.seeds.map(seed => Buffer.from(seed))
    this.#longest = target.longest ?? 4_096
    this.#mutator = new Mutator(this.#random, target.words, this.#longest, this.#corpus)
  }

  async run(): Promise<Omit<Report, 'coverage'>> {
    const began = performance.now()
    for (const seed of this.#corpus) await this.#try(seed)
    this.#coverage.add(this.#coverage.take())
    let settled: number | undefined
    let size = batchBounds.least
    while (this.#done < this.#plan.inputs && this.#findings.length < this.#plan.findings) {
      const fresh = await this.#batch(Math.min(size, this.#plan.inputs - this.#done))
      size = fresh ? batchBounds.least : Math.min(batchBounds.most, size + size / 4)
      if (settled === undefined && this.#done >= this.#plan.inputs / 4) settled = await this.#held(fewLooks)
    }
    settled ??= 0
    const growth = Math.max(0, (await this.#held(manyLooks, settled + growthBound)) - settled)
    if (growth > growthBound) this.#note('grew', `${Math.round(growth / 1_048_576)} MiB more are held`, Buffer.alloc(0))
    return {
      name: this.#target.name,
      seed: this.#plan.seed,
      inputs: this.#done,
      accepted: this.#accepted,
      outcomes: this.#outcomes.size,
      kept: this.#corpus.length,
      seconds: (performance.now() - began) / 1_000,
      slowest: this.#slowest,
      growth,
      digest: this.#digest.digest('hex').slice(0, 16),
      findings: this.#findings,
    }
  }

  async #batch(size: number): Promise<boolean> {
    const inputs: Buffer[] = []
    for (let i = 0; i < size && this.#findings.length < this.#plan.findings; i += 1) {
      const input = this.#next()
      inputs.push(input)
      await this.#step(input)
    }
    const fresh = this.#coverage.add(this.#coverage.take())
    if (fresh !== undefined) await this.#keepOneOf(inputs, fresh)
    return fresh !== undefined
  }

  #next(): Buffer {
    const recent = this.#random.oneIn(2) ? Math.min(this.#corpus.length, 64) : this.#corpus.length
    const parent = this.#corpus[this.#corpus.length - 1 - this.#random.below(recent)]!
    if (this.#random.oneIn(20_000)) return this.#mutator.stretch(parent, this.#longest * 64)
    if (this.#random.oneIn(200)) return this.#mutator.stretch(parent, 1 + this.#random.below(this.#longest * 4))
    return this.#mutator.mutate(parent)
  }

  async #step(input: Buffer): Promise<void> {
    this.#done += 1
    const word = await this.#try(input)
    this.#digest.update(word)
    if (this.#outcomes.has(word) || this.#outcomes.size >= corpusBound) return
    this.#outcomes.add(word)
    this.#keep(input)
  }

  /** The word of the outcome. Findings are noted. */
  async #try(input: Buffer): Promise<string> {
    this.#witness.begins(input)
    const from = performance.now()
    const word = await this.#outcomeOf(input)
    const took = performance.now() - from
    if (took > this.#slowest) await this.#timed(input, took)
    return word
  }

  async #outcomeOf(input: Buffer): Promise<string> {
    try {
      const answer = this.#target.run(input)
      const word = typeof answer === 'string' ? answer : await answer
      this.#accepted += 1
      return word
    } catch (error) {
      const refusal = error instanceof Violation ? undefined : this.#target.refusal(error)
      if (refusal === undefined) this.#note(error instanceof Violation ? 'violation' : 'threw', told(error), input)
      return refusal ?? 'finding'
    }
  }

  /** The machine may have been busy with others: the quickest of three runs counts. */
  async #timed(input: Buffer, first: number): Promise<void> {
    let quickest = first
    for (let again = 0; again < 2 && quickest > this.#slowest; again += 1) {
      const from = performance.now()
      await this.#outcomeOf(input)
      quickest = Math.min(quickest, performance.now() - from)
    }
    this.#slowest = Math.max(this.#slowest, quickest)
    if (quickest > this.#plan.slowMs) this.#note('slow', `an input takes longer than ${this.#plan.slowMs} ms`, input)
  }

  #note(kind: Finding['kind'], what: string, input: Buffer): void {
    if (
      this.#findings.length >= this.#plan.findings ||
      this.#findings.some(known => known.kind === kind && keyOf(known.what) === keyOf(what))
    )
      return
    this.#findings.push({ kind, what, input: input.toString('base64') })
  }

  /** Of a batch that reached something new, one input that does so too: found by halving. */
  async #keepOneOf(inputs: readonly Buffer[], fresh: Ran): Promise<void> {
    let rest = inputs
    while (rest.length > 1) {
      const half = rest.slice(0, rest.length >> 1)
      for (const input of half) {
        this.#witness.begins(input)
        await this.#outcomeOf(input)
      }
      rest = meet(fresh, this.#coverage.take()) ? half : rest.slice(rest.length >> 1)
    }
    const [found] = rest
    if (found !== undefined) this.#keep(found)
  }

  #keep(input: Buffer): void {
    const copy = Buffer.from(input.subarray(0, this.#longest))
    if (this.#corpus.length < corpusBound) this.#corpus.push(copy)
    else this.#corpus[this.#target.seeds.length + this.#random.below(corpusBound - this.#target.seeds.length)] = copy
  }

  /**
   * Bytes that are held, but for the inputs: the least of some looks, as what is collected is given back a while later, by another
   * thread. One that is no more than `enough` is the last.
   */
  async #held(looks: number, enough = 0): Promise<number> {
    const inputs = this.#corpus.reduce((sum, input) => sum + input.length, 0)
    let least = Number.POSITIVE_INFINITY
    for (let look = 0; look < looks && least > enough; look += 1) {
      if (look > 0) await setTimeout(lookEvery)
      collect()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      least = Math.min(least, heapUsed + arrayBuffers - inputs)
    }
    return least
  }
}

/** One finding for each place that throws. */
const keyOf = (what: string): string => what.replace(/^(\w+): .* at /s, '$1 at ')

function told(error: unknown): string {
  if (error instanceof Violation) return error.message
  if (!(error instanceof Error)) return `no error: ${typeof error}`
  const frame = error.stack?.split('\n').find(line => line.includes('/dist/') || line.includes('node_modules'))
  return `${error.constructor.name}: ${error.message.split('\n')[0]!.slice(0, 120)}${frame === undefined ? '' : ` ${frame.trim().replace(/\(?file:.*\/packages/, '(packages')}`}`
}
