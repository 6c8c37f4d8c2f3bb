/**
 * `npm run attack` runs everything; `npm run proof` a share of it that changes with the seed, which stands in each title.
 * `ATTACK_SEED=N` runs the same share again.
 */
export const isFull = process.env.ATTACK === 'full'
export const seed = Number(process.env.ATTACK_SEED ?? Date.now() % 1_000_000)

/** One of so many parts of a list, or all of it. No item stands in two parts; the seed says in which. */
export const share = <T>(list: readonly T[], parts: number, part: number): readonly T[] =>
  isFull ? list : list.filter((_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 8) % parts === (part + seed) % parts)
