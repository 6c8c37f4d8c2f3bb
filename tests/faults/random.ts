/** Mulberry32: a run can be repeated from its seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** Polls until `look` gives something; undefined after `patience` milliseconds. */
export async function until<T>(look: () => Promise<T | undefined> | T | undefined, patience = 30_000): Promise<T | undefined> {
  for (const end = Date.now() + patience; Date.now() < end; await wait(25)) {
    const found = await look()
    if (found !== undefined) return found
  }
  return undefined
}
