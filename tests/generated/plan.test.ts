import { expect, it } from 'vitest'
import { orderIsNothing, saysSo } from '../../packages/cli/test/generated-plans.ts'

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)

it(`where rows or cells differ for somebody of the directory, the plan says so: seed ${seed}`, { timeout: 300_000 }, () => {
  expect(saysSo({ numRuns: 60, seed })).toMatchObject({ failed: false })
})

it(`the order and the names of rules are nothing to a plan: seed ${seed}`, { timeout: 300_000 }, () => {
  expect(orderIsNothing({ numRuns: 15, seed })).toMatchObject({ failed: false })
})
