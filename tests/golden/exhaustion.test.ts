import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Attack, hiddenValues, openAttack } from './attack.ts'
import { filters, statements } from './corpus.ts'

const inTime = ['limit.time', 'limit.memory', 'limit.rows', 'query.data', 'query.unsupported', 'query.syntax', 'request.too_large']
const boundMs = 15_000

describe.each(Object.entries(filters))('little time and memory, rows filtered by %s', (_, filter) => {
  let attack: Attack
  beforeAll(async () => {
    attack = await openAttack(filter, { engine: { timeoutMs: 500, memoryMb: 128 }, parser: { timeoutMs: 1_200 } })
  })
  afterAll(() => attack.close())

  it.each(statements.filter(statement => statement.heavy === true))('$name', async statement => {
    const started = Date.now()
    const outcome = await attack.send(statement)
    expect(Date.now() - started).toBeLessThan(boundMs)
    expect(JSON.stringify(outcome)).not.toMatch(hiddenValues)
    if ('problem' in outcome) expect(inTime).toContain(outcome.code)
    await attack.expectAlive()
  })
})
