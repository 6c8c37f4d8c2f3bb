import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../dev-mesh.ts'

const rows = (text: string): string[] => text.split('\n').filter(line => /^\| \d+ +\|/.test(line))
const missing = (text: string): string[] =>
  rows(text).flatMap(row => {
    const named = [...row.matchAll(/`([^`]+\.test\.ts)`/g)].map(match => match[1]!)
    return named.length === 0 ? [row] : named.filter(path => !existsSync(join(root, path)))
  })

test('every promise of SECURITY.md names tests that exist', () => {
  const text = readFileSync(join(root, 'SECURITY.md'), 'utf8')
  expect(rows(text).length).toBeGreaterThan(10)
  expect(missing(text)).toEqual([])
})

test('a promise without a test, or with one that is gone, is caught', () => {
  expect(missing('| 1 | we promise | – |')).toHaveLength(1)
  expect(missing('| 1 | we promise | `tests/nowhere.test.ts` |')).toEqual(['tests/nowhere.test.ts'])
})
