import { expect, it } from 'vitest'
import { Documents } from './documents.ts'

const bounds = { documentBytesPerSubject: 100, documentBytesInAll: 250 }
const never = new Promise(() => undefined)

it('of one subject take so much, of all so much, and give it back when they have left', async () => {
  const documents = new Documents(bounds)
  let leave: () => void = () => undefined
  const first = documents.open(
    'a',
    new Promise<void>(resolve => {
      leave = resolve
    }),
  )
  const second = documents.open('a', never)
  first(60)
  second(40)
  expect(() => second(1)).toThrow(expect.objectContaining({ code: 'limit.share' }))
  expect(() => first(1)).toThrow(expect.objectContaining({ code: 'limit.share' }))
  for (const subject of ['b', 'c']) documents.open(subject, never)(75)
  expect(() => documents.open('d', never)(1)).toThrow(expect.objectContaining({ code: 'limit.busy' }))
  expect(documents.bytes).toBe(250)
  leave()
  await Promise.resolve()
  expect(documents.bytes).toBe(190)
  second(60)
  expect(documents.bytes).toBe(250)
})

it('take nothing once they have left: a row that comes after its reader is gone is held by nobody', async () => {
  const documents = new Documents(bounds)
  const take = documents.open('a', Promise.resolve())
  take(10)
  await Promise.resolve()
  expect(() => take(10)).toThrow(expect.objectContaining({ code: 'engine.cancelled' }))
  expect(documents.bytes).toBe(0)
})
