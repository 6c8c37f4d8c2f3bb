import type { Change } from '@selvage/kernel/policy'
import { expect, test } from 'vitest'
import { helpOf } from './remedies.ts'

const after = { kind: 'all', because: [] } as const
const training = { kind: 'attribute', name: 'trainings', value: 'hipaa', among: true } as const

test('what would help is told in a sentence: one’s own purposes alone, else what others give', () => {
  expect(helpOf([])).toEqual({})
  const purposes = ['a', 'b'].map(purpose => ({ changes: [{ kind: 'purpose', purpose }] as const, after }))
  expect(helpOf([...purposes, { changes: [training], after }])).toEqual({ help: 'Another purpose would do: a, b.' })
  expect(
    helpOf([
      { changes: [training], after },
      {
        changes: [
          { kind: 'purpose', purpose: 'a' },
          { kind: 'role', role: 'clinician' },
        ],
        after,
      },
      {
        changes: [
          { ...training, agent: 'w/bot' },
          { kind: 'attribute', name: 'managed', value: true, among: false },
        ],
        after,
      },
      { changes: [{ kind: 'group', group: 'emea' }], after },
      { changes: [{ kind: 'grant', domain: 'sales' as never }], after },
    ]).help,
  ).toBe(
    'This would do: hipaa among the trainings; the purpose a and the role clinician; hipaa among the trainings of the agent w/bot and managed being true; the group emea; a permit of the owner of sales.',
  )
})

test.each<[Change, string]>([
  [{ kind: 'signal', signal: 'encrypted' }, 'your device being encrypted'],
  [{ kind: 'observed' }, 'your device being observed anew'],
  [{ kind: 'method', method: 'managed' }, 'a device known by its own key'],
  [{ kind: 'device', device: 'asserted' }, 'a device that your issuer says is in order'],
  [{ kind: 'proof', proof: 'dpop' }, 'a token bound to a key (DPoP or mutual TLS)'],
  [{ kind: 'known', degraded: ['keys-stale', 'signals-stale'] }, 'an end of keys-stale and signals-stale at the gate'],
  [{ kind: 'attribute', name: 'level', value: 3, among: false }, 'level being 3'],
])('and what of the circumstances would: %j', (change, words) => {
  expect(helpOf([{ changes: [change], after }])).toEqual({ help: `This would do: ${words}.` })
})
