import { expect, it } from 'vitest'
import { parseEngineError } from './engine-error.ts'
import { failureOf } from './failure.ts'

it.each([
  ['{"exception_type":"Out of Memory","exception_message":"could not allocate"}', 'limit.memory'],
  ['Out of Memory Error: could not allocate', 'limit.memory'],
  ['std::bad_alloc', 'limit.memory'],
  ['Array buffer allocation failed', 'limit.memory'],
  ['spawn ENOMEM', 'limit.memory'],
  ['Conversion Error: none', 'query.data'],
  ['something else', 'engine.unavailable'],
])('%s is %s, and its child is not used again where memory ran out', (text, code) => {
  const { error, childUsable } = failureOf({ engine: parseEngineError(new Error(text)), running: true })
  expect([error.code, childUsable]).toEqual([code, code === 'query.data'])
})
