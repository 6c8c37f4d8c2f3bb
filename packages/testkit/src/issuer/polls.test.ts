import { describe, expect, it } from 'vitest'
import { createPolls } from './polls.ts'

const pending = 'authorization_pending'

describe('who waits for an approval', () => {
  let now = 1_000_000
  const ask = (polls: ReturnType<typeof createPolls>, after: number): string => {
    now += after
    return polls.refine('a', pending)
  }

  it('is told to slow down when it asks too soon, by five seconds more each time', () => {
    const polls = createPolls(() => now)
    polls.open('a', 600)
    expect([ask(polls, 0), ask(polls, 1_000), ask(polls, 990)]).toEqual([pending, pending, pending])
    expect(ask(polls, 500)).toBe('slow_down')
    expect([ask(polls, 5_000), ask(polls, 10_000), ask(polls, 11_000)]).toEqual(['slow_down', 'slow_down', 'slow_down'])
    expect(ask(polls, 21_000)).toBe(pending)
  })

  it('is told that its code expired, once it has, and that it is none, where it was used', () => {
    const polls = createPolls(() => now)
    polls.open('a', 600)
    expect(polls.refine('a', 'invalid_grant')).toBe('invalid_grant')
    now += 600_000
    expect(polls.refine('a', 'invalid_grant')).toBe('expired_token')
    polls.close('a')
    expect(polls.refine('a', 'invalid_grant')).toBe('invalid_grant')
    expect(polls.refine('never', pending)).toBe(pending)
  })

  it('is one of the latest thousand', () => {
    const polls = createPolls(() => now)
    for (let n = 0; n <= 1_000; n++) polls.open(`${n}`, 0)
    expect(polls.refine('0', 'invalid_grant')).toBe('invalid_grant')
    expect(polls.refine('1', 'invalid_grant')).toBe('expired_token')
  })
})
