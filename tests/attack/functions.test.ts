import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allowedFunctions } from '../../packages/kernel/src/query/functions.ts'
import { readYaml } from '../golden/tree.ts'
import { type Attack, filterForms, openAttack } from './attack.ts'

interface Verdict {
  readonly name: string
  readonly why: string
  readonly try: readonly string[]
}

const verdicts = readYaml(fileURLToPath(new URL('functions.yaml', import.meta.url))) as Record<'taken' | 'refused', readonly Verdict[]>

describe('functions that look as if they could tell or do something', () => {
  let attack: Attack
  beforeAll(async () => {
    attack = await openAttack(filterForms[1]!)
  })
  afterAll(() => attack.close())

  it.each(verdicts.taken.map(verdict => [verdict.name, verdict] as const))('%s is taken', async (name, { try: statements }) => {
    expect(allowedFunctions.has(name)).toBe(true)
    for (const sql of statements) {
      const statement = { family: 'functions', sql }
      await attack.expectNoLeak(await attack.send(statement), statement)
    }
    expect(await attack.send({ family: 'functions', sql: statements[0]! })).not.toMatchObject({ code: 'query.unsupported' })
  })

  it.each(verdicts.refused.map(verdict => [verdict.name, verdict] as const))('%s is refused', async (name, { try: statements }) => {
    expect(allowedFunctions.has(name)).toBe(false)
    for (const sql of statements) expect(await attack.send({ family: 'functions', sql })).toMatchObject({ code: 'query.unsupported' })
  })
})
