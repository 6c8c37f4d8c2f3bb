import { expect, it } from 'vitest'
import { Coverage } from './coverage.ts'
import type { Report } from './run.ts'
import { findShortfalls } from './verdict.ts'

const none = { planned: 0, otherwise: 0 }
const good: Report = {
  asked: 1_000,
  answered: 900,
  withRows: 500,
  ordered: 500,
  late: 3,
  codes: {},
  hiddenRows: 130_000,
  greatly: 60,
  plans: { planned: 180, otherwise: 5 },
  joinPlans: { planned: 20, otherwise: 8 },
  failures: [],
  coverage: new Coverage(),
}

it('takes a run that compared enough', () => {
  expect(findShortfalls(good, true)).toEqual([])
  expect(findShortfalls({ ...good, asked: 70, late: 2, plans: { planned: 20, otherwise: 0 } }, true)).toEqual([])
  expect(findShortfalls({ ...good, greatly: 0, plans: none, joinPlans: none }, false)).toEqual([])
})

it.each([
  ['many came too late', { late: 21 }, '21 of 1000 came too late to be compared'],
  ['many of a few came too late', { asked: 70, late: 3 }, '3 of 70 came too late to be compared'],
  ['no table was great', { greatly: 0, plans: none, joinPlans: none }, 'no mesh had great tables'],
  ['no plan differed', { plans: { planned: 100, otherwise: 0 } }, 'of 100 plans none differed beside many hidden rows'],
  [
    'no join was planned otherwise',
    { joinPlans: { planned: 60, otherwise: 0 } },
    'of 60 plans of joins none differed beside many hidden rows',
  ],
])('refuses one where %s', (_, change, shortfall) => {
  expect(findShortfalls({ ...good, ...change }, true)).toEqual([shortfall])
})
