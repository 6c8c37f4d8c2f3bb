import { describe, expect, test } from 'vitest'
import { PolicySet } from './authorize.ts'
import { parseEntities, parseJsonValue } from './entity-store.ts'

const context = (attribute: string): object => ({ '.': { left: { Var: 'context' }, attr: attribute } })
const equal = (attribute: string, value: string | number | boolean): object => ({
  '==': { left: context(attribute), right: { Value: value } },
})
const over = (attribute: string, value: number): object => ({ '>': { left: context(attribute), right: { Value: value } } })
const both = (left: object, right: object): object => ({ '&&': { left, right } })
const permit = (body: object): object => ({
  effect: 'permit',
  principal: { op: 'All' },
  action: { op: 'All' },
  resource: { op: 'All' },
  conditions: [{ kind: 'when', body }],
})

const uid = (id: string) => ({ type: 'T', id })
const entities = parseEntities(['p', 'a', 'r'].map(id => ({ uid: uid(id), attrs: {}, parents: [] })))
const [principal, action, resource] = [...entities.values()] as [never, never, never]

const numbers = Array.from({ length: 40 }, (_, at) => at)
const set = new PolicySet({
  staticPolicies: {
    ...Object.fromEntries(numbers.map(at => [`plain${at}`, permit(equal('x', `v${at}`))])),
    ...Object.fromEntries(numbers.map(at => [`behind${at}`, permit(both(over('n', 3), equal('x', `v${at}`)))])),
  },
})
const ask = (fields: object) => set.authorize({ principal, action, resource, context: parseJsonValue(fields), entities })

describe('policies found by the value that they ask for', () => {
  test('are those that hold', () => {
    expect(ask({ x: 'v7', n: 4 }).reasons).toEqual(expect.arrayContaining(['plain7', 'behind7']))
    expect(ask({ x: 'v7', n: 4 })).toMatchObject({ decision: 'allow', errors: [] })
    expect(ask({ x: 'v7', n: 3 }).reasons).toEqual(['plain7'])
    expect(ask({ x: ['v7'], n: 4 })).toEqual({ decision: 'deny', reasons: [], errors: [] })
  })

  test('where the value is missing, all of them err', () => {
    expect(ask({ n: 4 }).errors).toHaveLength(80)
    // Before the right side is reached, the left one decides.
    expect(ask({ n: 3 }).errors).toHaveLength(40)
  })

  test('where an earlier condition errs, so do all that have it', () => {
    expect(ask({ x: 'v7' })).toMatchObject({ decision: 'allow', reasons: ['plain7'] })
    expect(ask({ x: 'v7' }).errors).toHaveLength(40)
    expect(ask({ x: 'v7', n: 'no number' }).errors).toHaveLength(40)
  })
})
