import { mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openHistory } from './history.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-history-'))
afterAll(() => rmSync(dir, { recursive: true }))
const digestOf = (at: number): string => at.toString(16).padStart(4, '0').padEnd(64, 'a')

test('keeps the newest bundles, and finds them by the beginning of their digest', () => {
  const history = openHistory(join(dir, 'bundles'), () => undefined)
  expect(history.find('00')).toBeUndefined()
  for (let at = 0; at < 70; at += 1) {
    history.add(digestOf(at), `{"at":${at}}`)
    utimesSync(join(dir, 'bundles', `${digestOf(at)}.json`), at, at)
  }
  history.add(digestOf(70), '{"at":70}')
  expect(history.find(digestOf(70).slice(0, 32))).toBe('{"at":70}')
  expect(history.find(digestOf(7).slice(0, 32))).toBe('{"at":7}')
  expect(history.find(digestOf(6).slice(0, 32))).toBeUndefined()
})

test('a disk that refuses stops nothing', () => {
  const told: string[] = []
  openHistory('/dev/null/nowhere', event => void told.push(event)).add(digestOf(1), '{}')
  expect(told).toEqual(['policy.history_refused'])
})
