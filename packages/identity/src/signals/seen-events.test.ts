import { expect, test } from 'vitest'
import { SeenEvents } from './seen-events.ts'

test('an event that comes again is told from a new one, and from another under its id', () => {
  const seen = new SeenEvents(2)
  seen.add('one', { digest: 'a', issuedAt: 1 })
  expect([seen.look('one', 'a'), seen.look('one', 'b'), seen.look('two', 'a')]).toEqual(['seen', 'other', 'new'])
  seen.add('two', { digest: 'a', issuedAt: 2 })
  seen.add('three', { digest: 'a', issuedAt: 3 })
  expect([...seen.entries()].map(([id]) => id)).toEqual(['two', 'three'])
  seen.forget(3)
  seen.delete('two')
  expect([...seen.entries()].map(([id]) => id)).toEqual(['three'])
})
