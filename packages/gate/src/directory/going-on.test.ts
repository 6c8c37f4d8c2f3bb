import { expect, it } from 'vitest'
import type { Generation } from '../sync/generation.ts'
import { goingOn } from './going-on.ts'

it('a question ends when its asker leaves, and when other rules come into force', () => {
  const [generation, next] = [{ id: 1 } as Generation, { id: 2 } as Generation]
  let now = generation
  const gone = new AbortController()
  const going = goingOn({ generation: () => now }, { generation }, gone.signal)
  expect(going).not.toThrow()
  now = next
  expect(going).toThrow(expect.objectContaining({ code: 'limit.busy' }))
  now = generation
  gone.abort()
  expect(going).toThrow(expect.objectContaining({ code: 'engine.cancelled' }))
})
