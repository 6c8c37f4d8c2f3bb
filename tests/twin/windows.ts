import type { Expressions, Place, Ref } from './expressions.ts'
import { isOrdered, type Kind } from './kinds.ts'
import { clause, type Node, nothing, text } from './node.ts'
import type { Choice } from './random.ts'
import { totalOrder } from './sources.ts'

export interface WindowCall {
  readonly call: Node
  readonly kind: Kind
  /** `name AS (…)` for the WINDOW clause. */
  readonly named?: string
}

const ends = ['UNBOUNDED PRECEDING', '2 PRECEDING', 'CURRENT ROW', '1 FOLLOWING', 'UNBOUNDED FOLLOWING']

/** Calls over windows. What tells rows apart by where they stand is ordered by everything. */
export class Windows {
  readonly #choice: Choice
  readonly #expressions: Expressions
  #names = 0

  constructor(choice: Choice, expressions: Expressions) {
    this.#choice = choice
    this.#expressions = expressions
  }

  rank(refs: readonly Ref[]): string | undefined {
    const order = totalOrder(refs)
    return order === undefined ? undefined : `row_number() OVER (${this.#partition(refs)}ORDER BY ${order})`
  }

  of(refs: readonly Ref[], place: Place): WindowCall {
    const order = totalOrder(refs)
    const some = refs.filter(ref => ref.exact && isOrdered(ref.kind))
    const inner = { ...place, depth: 1, alone: true }
    const filter = (): Node => (this.#choice.chance(0.2) ? clause(' FILTER (WHERE ', this.#expressions.of('BOOLEAN', inner), ')') : nothing)
    if (order === undefined || some.length === 0)
      return { call: text('count(*)', filter(), ` OVER (${this.#partition(refs).trim()})`), kind: 'INTEGER' }
    const ref = this.#choice.of(some)
    const nulls = this.#choice.of(['', '', ' IGNORE NULLS', ' RESPECT NULLS'])
    const ranked = (name: string, kind: Kind): WindowCall => this.#over(text(`${name}()`), kind, refs, order)
    const forms: readonly (() => WindowCall)[] = [
      () => ranked(this.#choice.of(['row_number', 'rank', 'dense_rank', 'rank_dense']), 'INTEGER'),
      () => ranked(this.#choice.of(['percent_rank', 'cume_dist']), 'DOUBLE'),
      () => this.#over(text(`ntile(${this.#choice.between(1, 4)})`), 'INTEGER', refs, order),
      () =>
        this.#over(
          text(`${this.#choice.of(['lag', 'lead'])}(${ref.sql}, ${this.#choice.between(0, 2)}${this.#choice.of(['', ', NULL'])}${nulls})`),
          ref.kind,
          refs,
          order,
        ),
      () =>
        this.#framed(text(`${this.#choice.of(['first_value', 'last_value', 'first', 'last'])}(${ref.sql}${nulls})`), ref.kind, refs, order),
      () => this.#framed(text(`nth_value(${ref.sql}, 2${nulls})`), ref.kind, refs, order),
      () => this.#framed(text('count(', this.#choice.of(['', 'DISTINCT ']), ref.sql, ')', filter()), 'INTEGER', refs, order),
      () => this.#framed(text('count(*)', filter()), 'INTEGER', refs, order),
      () => this.#framed(text(`${this.#choice.of(['min', 'max'])}(${ref.sql})`, filter()), ref.kind, refs, order),
      () =>
        this.#framed(
          text(`string_agg(CAST(${ref.kind === 'DOUBLE' ? '1' : ref.sql} AS VARCHAR), ',' ORDER BY ${order})`),
          'VARCHAR',
          refs,
          order,
        ),
      () => this.#ranged(refs),
    ]
    return this.#choice.of(forms)()
  }

  #partition(refs: readonly Ref[]): string {
    const some = refs.filter(ref => ref.exact && isOrdered(ref.kind))
    return some.length > 0 && this.#choice.chance(0.6) ? `PARTITION BY ${this.#choice.of(some).sql} ` : ''
  }

  #over(call: Node, kind: Kind, refs: readonly Ref[], order: string): WindowCall {
    const window = `${this.#partition(refs)}ORDER BY ${order}`
    if (this.#choice.chance(0.8)) return { call: text(call, ` OVER (${window})`), kind }
    this.#names += 1
    const name = `o${this.#names}`
    return { call: text(call, ` OVER ${name}`), kind, named: `${name} AS (${window})` }
  }

  #framed(call: Node, kind: Kind, refs: readonly Ref[], order: string): WindowCall {
    const unit = this.#choice.of(['ROWS', 'GROUPS', 'RANGE'])
    const from = this.#choice.between(0, 3)
    // A second end before the first is refused.
    const to = this.#choice.between(Math.max(from, 1), 4)
    const offsets = (end: string): string =>
      unit === 'RANGE' ? end.replace(/^\d PRECEDING$/, 'UNBOUNDED PRECEDING').replace(/^\d FOLLOWING$/, 'CURRENT ROW') : end
    const [first, last] = [offsets(ends[from]!), offsets(ends[to]!)]
    const swapped = last === 'UNBOUNDED PRECEDING' || (first === 'CURRENT ROW' && from === 3)
    const exclude = this.#choice.of(['', '', ' EXCLUDE CURRENT ROW', ' EXCLUDE GROUP', ' EXCLUDE TIES', ' EXCLUDE NO OTHERS'])
    const frame = `${unit} BETWEEN ${swapped ? 'UNBOUNDED PRECEDING AND CURRENT ROW' : `${first} AND ${last}`}${exclude}`
    return { call: text(call, ` OVER (${this.#partition(refs)}ORDER BY ${order} ${frame})`), kind }
  }

  /** By distance: one key, whose ties are all in the frame or all out of it. */
  #ranged(refs: readonly Ref[]): WindowCall {
    const keys = refs.filter(ref => ref.exact && ref.kind === 'INTEGER')
    const dates = refs.filter(ref => ref.exact && ref.kind === 'DATE')
    const exclude = this.#choice.of(['', ' EXCLUDE GROUP', ' EXCLUDE CURRENT ROW'])
    const frame = this.#choice.of([
      '2 PRECEDING AND 3 FOLLOWING',
      '3 PRECEDING AND 1 PRECEDING',
      '1 FOLLOWING AND 4 FOLLOWING',
      'CURRENT ROW AND 1 FOLLOWING',
      'UNBOUNDED PRECEDING AND 1 FOLLOWING',
    ])
    if (dates.length > 0 && this.#choice.chance(0.3)) {
      const key = this.#choice.of(dates).sql
      return {
        call: text(
          `count(*) OVER (ORDER BY if(year(${key}) BETWEEN 1900 AND 2100, ${key}, NULL) RANGE BETWEEN INTERVAL '1 year' PRECEDING AND CURRENT ROW${exclude})`,
        ),
        kind: 'INTEGER',
      }
    }
    if (keys.length === 0) return { call: text('count(*) OVER ()'), kind: 'INTEGER' }
    const key = this.#choice.of(keys).sql
    return {
      call: text(`count(*) OVER (${this.#partition(refs)}ORDER BY (${key} % 100) RANGE BETWEEN ${frame}${exclude})`),
      kind: 'INTEGER',
    }
  }
}
