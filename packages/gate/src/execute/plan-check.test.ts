import { SelvageError } from '@selvage/kernel/model'
import { expect, test } from 'vitest'
import { PlanCheck } from './plan-check.ts'

type Arguments = Parameters<PlanCheck['check']>

/** An engine whose plan is `plan`, as a newer one might write it. */
const planned = (plan: string): Arguments[0] =>
  ({
    prepare: async () => ({
      parameterCount: 0,
      run: async () => ({ getRows: async () => [['physical_plan', plan]] }),
      destroySync: () => undefined,
    }),
    runAndReadAll: async () => ({ getRows: () => [['a'], ['secret']] }),
  }) as unknown as Arguments[0]

const scan = '[{"name":"SEQ_SCAN","children":[],"extra_info":{"Table":"d.p.t","Projections":["secret"]}}]'

test.each([
  ['what is not allowed', scan],
  ['a set that no rule of this statement looks at', scan.replace('secret', 'secret~set')],
  ['a condition on such a set', scan.replace('"Projections":["secret"]', '"Filters":"list_contains(\\"secret~set\\", \'x\')"')],
  ['a node without what it reads', scan.replace('extra_info', 'info')],
  ['a node without what is below it', scan.replace('children', 'inputs')],
])('a plan with %s is refused', async (_, plan) => {
  const message = { sql: 'SELECT 1', templates: [], separator: ',', columnsAllowed: { 'd.p.t': ['a'] } } as unknown as Arguments[1]
  const error = await new PlanCheck().check(planned(plan), message).catch((reason: unknown) => reason)
  expect(error instanceof SelvageError ? error.code : error).toBe('engine.refused')
})
