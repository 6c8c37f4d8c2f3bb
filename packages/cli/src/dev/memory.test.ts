import { expect, test } from 'vitest'
import { memoryOfChildren, parseConfig } from '../../../gate/src/config.ts'
import { CommandError } from '../exit.ts'
import { divideMemory } from './memory.ts'

const gate = {
  mesh: 'm',
  domain: 'd',
  port: 0,
  stateDir: '/s',
  keys: { centre: 'c', domain: 'd', freshness: 'f' },
  control: 'http://127.0.0.1:1',
}

test('whatever is divided, the children of all gates fit it, and each gate takes its share', () => {
  let refused = 0
  for (let total = 256; total <= 20_000; total += 61)
    for (const gates of [1, 2, 3, 7]) {
      const policyEngine = total % 2 === 0 ? 'selvage' : 'wasm'
      try {
        const share = divideMemory(total, gates, policyEngine)
        expect(memoryOfChildren(parseConfig({ ...gate, ...share, policyEngine })) * gates).toBeLessThanOrEqual(total)
      } catch (error) {
        expect(error).toBeInstanceOf(CommandError)
        refused += 1
      }
    }
  expect(refused).toBeGreaterThan(0)
})

test('more memory is never a smaller gate', () => {
  const children = [900, 960, 1_400, 1_800, 2_900, 4_096, 8_192].map(total => {
    try {
      return divideMemory(total, 1).engine.children
    } catch {
      return 0
    }
  })
  expect(children).toEqual([0, 1, 2, 2, 3, 3, 3])
})

test('too little says how much it takes', () => {
  expect(() => divideMemory(1_000, 3)).toThrow('too little for the children of 3 gates')
  expect(() => divideMemory(960 * 3, 3)).not.toThrow()
  expect(() => divideMemory(1_152 * 3 - 1, 3, 'wasm')).toThrow(CommandError)
  expect(() => divideMemory(1_152 * 3, 3, 'wasm')).not.toThrow()
})

test('a gate with nothing but an engine of rules chosen fits its memory', () => {
  for (const policyEngine of ['selvage', 'wasm']) expect(() => parseConfig({ ...gate, policyEngine })).not.toThrow()
})

test('a gate whose children do not fit its memory does not start', () => {
  expect(() => parseConfig({ ...gate, memoryMb: 1_000 })).toThrow(/the children may take 3968 MiB together/)
})
