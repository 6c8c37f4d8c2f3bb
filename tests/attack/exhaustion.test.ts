import { afterAll, beforeAll, describe, it } from 'vitest'
import { type Attack, expectInTime, filterForms, openAttack } from './attack.ts'
import { heavy, nameOf } from './corpus.ts'
import { seed, share } from './share.ts'

const boundMs = 15_000

describe.each(filterForms.map((form, i) => [form, i] as const))(`little time and memory, rows filtered by %s (seed ${seed})`, (form, i) => {
  const statements = share(heavy, 9, i)
  let attack: Attack
  beforeAll(async () => {
    attack = await openAttack(form, { alone: true, limits: { engine: { timeoutMs: 600, memoryMb: 128 }, parser: { timeoutMs: 1_200 } } })
  })
  afterAll(() => attack.close())

  it.each(statements.map(statement => [nameOf(statement), statement] as const))(
    '%s',
    async (_, statement) => {
      await expectInTime(attack, statement, boundMs)
    },
    4 * boundMs,
  )
})
