import type { Verified } from '@selvage/identity'
import type { Name, TableId } from '@selvage/kernel/model'
import { decide, declarable, discoverable, type TableDecision, withinRows } from '@selvage/kernel/policy'
import type { Generation } from '../sync/generation.ts'

/** The purpose, and the labels of all that the statement touches. */
export interface Stated {
  readonly purpose: string
  readonly labels: readonly string[]
}

type Outcome = TableDecision | { readonly kind: 'hidden' }

/**
 * What the rules of one generation say of one verified token, worked out once. A generation never changes and a
 * `Verified` is frozen, so their answers cannot go stale; both go with their token, which lives a minute at most.
 */
export class Known {
  /** Of no other `Known`, ever. */
  readonly id: number = ++made
  readonly #generation: Generation
  readonly #who: Verified
  readonly #tables = new Map<string, Outcome>()
  #purposes: readonly string[] | undefined
  #visible: ReadonlyMap<TableId, readonly Name[]> | undefined

  private constructor(generation: Generation, who: Verified) {
    this.#generation = generation
    this.#who = who
  }

  static of(generation: Generation, who: Verified): Known {
    const ofGeneration = all.get(generation) ?? new WeakMap<Verified, Known>()
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
    const touched = this.#generation.policies.askStatement ? stated.labels : []
    const key = [stated.purpose, table, ...touched].join(' ')
    const known = this.#tables.get(key) ?? this.#decide(stated, table)
    this.#tables.set(key, known)
    return known
  }

  #decide({ purpose, labels }: Stated, table: TableId): Outcome {
    const { subject, actors } = this.#who
    const outcome = decide(this.#generation.policies, { subject, actors, purpose }, table, labels)
    return 'kind' in outcome ? outcome : withinRows(outcome)
  }
}

let made = 0
const all = new WeakMap<Generation, WeakMap<Verified, Known>>()
