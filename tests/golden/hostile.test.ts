import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Attack, openAttack } from './attack.ts'
import { filters, statements } from './corpus.ts'

it('the corpus has what it should have', () => {
  expect(statements.length).toBeGreaterThanOrEqual(60)
  expect(Object.keys(filters)).toHaveLength(3)
})

describe.each(Object.entries(filters))('rows filtered by %s', (_, filter) => {
  let attack: Attack
  beforeAll(async () => {
    attack = await openAttack(filter)
  })
  afterAll(() => attack.close())

  it.each(statements.filter(statement => statement.heavy !== true))('$name', async statement => {
    await attack.expectNoLeak(await attack.send(statement), statement)
    await attack.expectAlive()
  })

  it('a planted leak is seen: of a row, of a cell, of an error', async () => {
    const statement = { sql: 'SELECT first_name FROM shop.crm.customer' }
    const answer = await attack.send(statement)
    if (!('rows' in answer)) throw new Error('refused')
    const leaks = [
      { ...answer, rows: [...answer.rows, '["SECRET99"]'] },
      { ...answer, rows: [...answer.rows, '["Zoe"]'] },
      { ...answer, rows: answer.rows.slice(1) },
      { ...answer, columns: [{ ...answer.columns[0]!, name: 'max: SECRET99' }] },
      { code: 'query.type', problem: '{"detail":"no number: SECRET97"}' },
      { code: 'query.data', problem: '{}' },
      { code: 'internal.fault', problem: '{}' },
    ] as const
    for (const leak of leaks) await expect(attack.expectNoLeak(leak, statement)).rejects.toThrow()
  })
})
