import type { Name, TableId } from '@selvage/kernel/model'
import {
  decide,
  declarable,
  discoverable,
  type Remedies,
  remediesFor,
  type TableDecision,
  type Who,
  withinRows,
} from '@selvage/kernel/policy'
import type { Gate } from '../ports.ts'
import { Recent } from '../recent.ts'
import type { Generation } from '../sync/generation.ts'
import { decideOfficially } from './official.ts'

/** The purpose, and the labels of all that the statement touches. */
export interface Stated {
  readonly purpose: string
  readonly labels: readonly string[]
}

/** Answers of each kind that are kept: where rules ask for the labels of a statement, each combination has its own. */
const most = 10_000

type Outcome = TableDecision | { readonly kind: 'hidden' }

/**
 * What the rules of one generation say of who asks in the same circumstances, worked out once. Neither ever changes, so
 * their answers cannot go stale; they go with the token that names who asks.
 */
export class Known {
  /** Of no other `Known`, ever. */
  readonly id: number = ++made
  readonly #generation: Generation
  readonly #who: Who
  readonly #tables = new Recent<string, Outcome>(most)
  /** Also while it is worked out. */
  readonly #official = new Recent<string, Promise<TableDecision>>(most)
  readonly #remedies = new Recent<string, Remedies>(most)
  #purposes: readonly string[] | undefined
  #visible: ReadonlyMap<TableId, readonly Name[]> | undefined

  private constructor(generation: Generation, who: Who) {
    this.#generation = generation
    this.#who = who
  }

  static of(generation: Generation, who: Who): Known {
    const ofGeneration = all.get(generation) ?? new WeakMap<Who, Known>()
    all.set(generation, ofGeneration)
    const known = ofGeneration.get(who) ?? new Known(generation, who)
    ofGeneration.set(who, known)
    return known
  }

  purposes(): readonly string[] {
    this.#purposes ??= declarable(this.#generation.policies, this.#who)
    return this.#purposes
  }

  visible(): ReadonlyMap<TableId, readonly Name[]> {
    this.#visible ??= discoverable(this.#generation.policies, this.#who)
    return this.#visible
  }

  table(stated: Stated, table: TableId): Outcome {
    const key = this.#key(stated, table)
    return this.#tables.find(key) ?? this.#tables.set(key, this.#decide(stated, table))
  }

  /** What would show more of a table that is not hidden. */
  remedies({ purpose, labels }: Stated, decision: TableDecision): Remedies {
    const key = this.#key({ purpose, labels }, decision.table)
    const known = this.#remedies.find(key)
    return known ?? this.#remedies.set(key, remediesFor(this.#generation.policies, { ...this.#who, purpose }, decision, labels))
  }

  /** The same tables with rows and cells as the official engine decides them, each worked out once. */
  async officially(gate: Gate, stated: Stated, ours: readonly TableDecision[]): Promise<readonly TableDecision[]> {
    const asked = { generation: this.#generation, asker: { ...this.#who, purpose: stated.purpose }, labels: stated.labels }
    const out: TableDecision[] = []
    for (const decision of ours)
      out.push(await this.#officialOf(this.#key(stated, decision.table), () => decideOfficially(gate, asked, decision)))
    return out
  }

  #officialOf(key: string, work: () => Promise<TableDecision>): Promise<TableDecision> {
    const known = this.#official.find(key)
    if (known !== undefined) return known
    const found = work()
    void this.#official.set(key, found)
    // What failed is tried anew.
    found.catch(() => void this.#official.take(key))
    return found
  }

  #key({ purpose, labels }: Stated, table: TableId): string {
    return [purpose, table, ...(this.#generation.policies.askStatement ? labels : [])].join(' ')
  }

  #decide({ purpose, labels }: Stated, table: TableId): Outcome {
    const outcome = decide(this.#generation.policies, { ...this.#who, purpose }, table, labels)
    return 'kind' in outcome ? outcome : withinRows(outcome)
  }
}

let made = 0
const all = new WeakMap<Generation, WeakMap<Who, Known>>()
