import { asSelvageError, problemOf, SelvageError } from '@selvage/kernel/model'
import { describe, expect, test } from 'vitest'
import { describeCause } from './cause.ts'

const told = (cause: unknown): string => JSON.stringify(describeCause(new SelvageError('internal.fault', { cause })) ?? null)

describe('what the operator’s log holds of a cause', () => {
  test('its kind and its place, never its message', () => {
    const text = told(new Error("Conversion Error: Could not convert string 'SENTINEL' to INT32"))
    expect(text).toContain('"kind":"Conversion Error"')
    expect(text).toContain('cause.test.ts')
    expect(text).not.toContain('SENTINEL')
  })

  test('not even where the message reads like a frame, or is changed later', () => {
    expect(told(new Error('SENTINEL\n    at SENTINEL (x.js:1:1)'))).not.toContain('SENTINEL')
    const changed = new Error('SENTINEL\n    at SENTINEL (x.js:1:1)')
    changed.message = 'other'
    expect(told(changed)).not.toContain('SENTINEL')
  })

  test('a system error keeps its code; what is no error is not told', () => {
    expect(told(Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' }))).toContain('"code":"ENOSPC","syscall":"write"')
    expect([told('SENTINEL'), told({ columns: ['SENTINEL'] })]).toEqual(['null', 'null'])
  })
})

describe('problems', () => {
  test('a fault of ours is told as one and nothing else', () => {
    const problem = problemOf(asSelvageError(new Error('SENTINEL')), '0123456789abcdef')
    expect(problem).toMatchObject({ status: 500, code: 'internal.fault', detail: 'A fault of this gate.' })
    expect(JSON.stringify(problem)).not.toContain('SENTINEL')
  })
})
