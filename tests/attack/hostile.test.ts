import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Attack, filterForms, openAttack } from './attack.ts'
import { corpus, families, light, nameOf } from './corpus.ts'
import { seed, share } from './share.ts'

it('the corpus has what it should have', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(1_000)
  expect(new Set(corpus.map(({ sql, parameters }) => JSON.stringify([sql, parameters]))).size).toBe(corpus.length)
  expect(families.length).toBeGreaterThanOrEqual(25)
  expect(filterForms).toHaveLength(4)
})

describe.each(filterForms.map((form, i) => [form, i] as const))(`rows filtered by %s (seed ${seed})`, (form, i) => {
  // Half of them, each under one form; or all under all.
  const statements = share(light, 2 * filterForms.length, i)
  let attack: Attack
  beforeAll(async () => {
    attack = await openAttack(form)
  })
  afterAll(() => attack.close())

  it.each(statements.map(statement => [nameOf(statement), statement] as const))('%s', async (_, statement) => {
    const [outcome] = await Promise.all([attack.send(statement), attack.neighbour()])
    await attack.expectNoLeak(outcome, statement)
    await attack.expectAlive()
  })

  it('a planted leak is seen: of a row, of a cell, of a name, of an error', async () => {
    const statement = { family: 'planted', sql: 'SELECT first_name FROM shop.crm.customer' }
    const answer = await attack.send(statement)
    if (!('rows' in answer)) throw new Error('refused')
    const leaks = [
      { ...answer, rows: [...answer.rows, '["SECRET99"]'] },
      { ...answer, rows: [...answer.rows, '["Zoe"]'] },
      { ...answer, rows: answer.rows.slice(1) },
      { ...answer, columns: [{ ...answer.columns[0]!, name: 'max: SECRET99' }] },
      { code: 'query.type', problem: '{"detail":"no number: SECRET97"}' },
      { code: 'query.data', problem: '{}' },
      { code: 'query.unsupported', problem: '{}' },
      { code: 'internal.fault', problem: '{}' },
    ] as const
    for (const leak of leaks) await expect(attack.expectNoLeak(leak, statement)).rejects.toThrow()
  })
})
