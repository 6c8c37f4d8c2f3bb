import { expect, it } from 'vitest'
import { readPurpose } from './purpose-detail.ts'

const detail = (purpose: unknown, more = {}): string => JSON.stringify([{ type: 'selvage', purpose, ...more }])

it('reads one purpose', () => {
  expect(readPurpose(detail('service-provision'))).toBe('service-provision')
})

it.each([
  undefined,
  7,
  ['[]'],
  '',
  'analytics',
  '[]',
  '{}',
  'null',
  '[null]',
  '[{"type":"other","purpose":"analytics"}]',
  '[{"type":"selvage"}]',
  `[${detail('a').slice(1, -1)},${detail('b').slice(1, -1)}]`,
  detail(['analytics']),
  detail('<img src=x>'),
  detail('Your IT needs this'),
  detail('\u202escitylana'),
  detail('a'.repeat(64)),
  detail('analytics', { actions: ['read'] }),
  `${' '.repeat(300)}${detail('analytics')}`,
  `${'['.repeat(10_000)}`,
])('takes nothing else: %j', text => {
  expect(readPurpose(text)).toBe(undefined)
})
