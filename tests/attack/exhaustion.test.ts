import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Attack, filterForms, openAttack } from './attack.ts'
import { boundMs, expectBounded, little, patient } from './bounded.ts'
import { heavy, nameOf, spilling } from './corpus.ts'
import { seed, share } from './share.ts'

describe.each(filterForms.map((form, i) => [form, i] as const))(`little time and memory, rows filtered by %s (seed ${seed})`, (form, i) => {
  const statements = share(heavy, 9, i)
  let attack: Attack
  beforeAll(async () => {
    attack = await openAttack(form, { alone: true, limits: little })
  })
  afterAll(() => attack.close())

  it.each(statements.map(statement => [nameOf(statement), statement] as const))(
    '%s',
    async (_, statement) => {
      await expectBounded(attack, statement)
    },
    4 * boundMs,
  )
})

describe('time enough to reach the other bounds', () => {
  let attack: Attack
  beforeAll(async () => {
    attack = await openAttack(filterForms[seed % filterForms.length]!, { alone: true, limits: patient })
  })
  afterAll(() => attack.close())

  it(
    'some statements end by the bound of temporary disk',
    async () => {
      const ended: string[] = []
      for (const statement of spilling) {
        const outcome = await expectBounded(attack, statement)
        ended.push('problem' in outcome ? `${outcome.code} ${lastEnd(attack)}` : 'answered')
      }
      expect(ended).toContainEqual(expect.stringMatching(/^limit\.memory .*failed to offload/))
    },
    spilling.length * boundMs,
  )
})

/** Why a child ended, as the operator is told: who asks is told that it was too much, memory or disk. */
const lastEnd = (attack: Attack): string =>
  attack
    .told()
    .split('\n')
    .findLast(line => line.startsWith('engine.ended')) ?? ''
