import { SelvageError } from '@selvage/kernel/model'
import { expect, test } from 'vitest'
import { Refusals } from './refusals.ts'

const times = 1_000

test('noise of anybody hides no version that was refused, and is kept once', () => {
  const refusals = new Refusals(() => 0)
  refusals.add('domain', new SelvageError('policy.invalid'), 7)
  for (let i = 0; i < times; i += 1) refusals.add('domain', new SelvageError('policy.invalid'))
  expect(refusals.list()).toMatchObject([
    { kind: 'domain', code: 'policy.invalid', version: 7, times: 1 },
    { kind: 'domain', code: 'policy.invalid', times },
  ])
  refusals.clear('domain', 7)
  expect(refusals.list()).toHaveLength(1)
})
