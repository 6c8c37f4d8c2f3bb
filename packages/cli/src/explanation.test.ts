import type { Change } from '@selvage/kernel/policy'
import { expectTypeOf, test } from 'vitest'
import type { ToldChange } from './explanation.ts'

test('every change that a gate may name is one that is told', () => {
  expectTypeOf<Change>().toExtend<ToldChange>()
})
