/** Wrong user codes that are taken in a minute. One of 20^8 codes lives ten minutes: three hundred guesses find none. */
const most = 30
const window = 60_000

/** How often somebody guessed (RFC 8628, 5.1), from everybody together: all have the address of this machine here. */
export interface Guesses {
  /** True while no code is looked up, not even a right one. */
  readonly spent: () => boolean
  readonly count: () => void
}

export function createGuesses(now: () => number): Guesses {
  let until = 0
  let wrong = 0
  const renew = (): void => {
    if (now() < until) return
    until = now() + window
    wrong = 0
  }
  return {
    spent: () => {
      renew()
      return wrong >= most
    },
    count: () => {
      renew()
      wrong++
    },
  }
}
