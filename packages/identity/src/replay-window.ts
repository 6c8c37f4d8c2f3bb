import { createHash } from 'node:crypto'

export interface ReplayWindowOptions {
  /** Marks of one period; a power of two. */
  readonly capacity: number
  /** Of them, how many one sender may take. */
  readonly share: number
  /** So that nobody can choose two marks that are one. */
  readonly salt: Uint8Array
}

/** Marks of one period, 64 bits each, in an open table that is at most half full. */
interface Half {
  readonly period: number
  readonly table: BigUint64Array
  readonly bySender: Map<string, number>
  count: number
}

export type Mark = 'new' | 'seen' | 'share' | 'full'

/**
 * What was used once, for as long as it could be used again: the period that it was used in and the one after, as its nonce is taken.
 * INVARIANT: periods and nonces go by the same clock, which nobody sets; the wall clock, by which a proof's `iat` is looked at, may go
 * where it will. Memory is bounded; when it is full it takes nothing more, so that nothing is ever forgotten too early. Two marks are one by accident once in 2^64 / capacity.
 */
export class ReplayWindow {
  readonly #options: ReplayWindowOptions
  #current: Half
  #before: Half | undefined

  constructor(options: ReplayWindowOptions, period: number) {
    this.#options = options
    this.#current = this.#open(period)
  }

  /** Anything but `new` was not taken. */
  use(sender: string, id: string, period: number): Mark {
    this.#turn(period)
    const mark = markOf(this.#options.salt, sender, id)
    if (isIn(this.#current, mark) || (this.#before !== undefined && isIn(this.#before, mark))) return 'seen'
    const ofSender = this.#current.bySender.get(sender) ?? 0
    if (ofSender >= this.#options.share) return 'share'
    if (this.#current.count >= this.#options.capacity) return 'full'
    put(this.#current.table, mark)
    this.#current.count += 1
    this.#current.bySender.set(sender, ofSender + 1)
    return 'new'
  }

  #open(period: number): Half {
    return { period, table: new BigUint64Array(this.#options.capacity * 2), bySender: new Map(), count: 0 }
  }

  #turn(period: number): void {
    const { period: last } = this.#current
    if (period <= last) return
    this.#before = period === last + 1 ? this.#current : undefined
    this.#current = this.#open(period)
  }
}

/** Never 0, which is an empty place. */
function markOf(salt: Uint8Array, sender: string, id: string): bigint {
  const digest = createHash('sha256').update(salt).update(`${sender}\0${id}`).digest()
  return digest.readBigUInt64LE() || 1n
}

function placeOf(table: BigUint64Array, mark: bigint): number {
  const last = table.length - 1
  let at = Number(mark & 0xffff_ffffn) & last
  while (table[at] !== 0n && table[at] !== mark) at = (at + 1) & last
  return at
}

const isIn = ({ table }: Half, mark: bigint): boolean => table[placeOf(table, mark)] === mark

function put(table: BigUint64Array, mark: bigint): void {
  table[placeOf(table, mark)] = mark
}
