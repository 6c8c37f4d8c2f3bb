import { expect, it } from 'vitest'
import { createGuesses } from './guesses.ts'

it('takes thirty wrong codes a minute, from everybody together', () => {
  let now = 1_000_000
  const guesses = createGuesses(() => now)
  for (let n = 0; n < 30; n++) {
    expect(guesses.spent()).toBe(false)
    guesses.count()
  }
  expect(guesses.spent()).toBe(true)
  now += 59_999
  expect(guesses.spent()).toBe(true)
  now += 1
  expect(guesses.spent()).toBe(false)
})
