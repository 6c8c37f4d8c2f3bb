import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readPeople } from './dev/mesh.ts'
import { CommandError } from './exit.ts'
import { type DevState, gateOf } from './state.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-cli-'))
afterAll(() => rmSync(dir, { recursive: true }))

describe('what is no people.yaml is refused in a sentence', () => {
  test.each(['a: [', 'a: *x', '\t- x', '- 1', 'a: 1'])('%j', text => {
    writeFileSync(join(dir, 'people.yaml'), text)
    expect(() => readPeople(dir)).toThrow(CommandError)
  })
})

test('a domain stands for itself, whatever its name looks like', () => {
  const gates = Object.fromEntries(['(', 'a.b', 'sales'].map(domain => [domain, { http: domain, logs: { audit: '' } }]))
  const state = { gates } as unknown as DevState
  expect(gateOf(state, 'SELECT * FROM sales.crm.t').domain).toBe('sales')
  expect(gateOf(state, 'SELECT * FROM axb.crm.t').domain).toBe('(')
})
