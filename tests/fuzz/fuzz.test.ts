import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Report } from './report.ts'

const script = join(import.meta.dirname, 'dist', 'main.js')
const dir = mkdtempSync(join(tmpdir(), 'selvage-fuzz-test-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** A fresh seed each time; `SEED` repeats one. */
const seed = process.env.SEED ?? String(Date.now() % 4_294_967_296)

function fuzz(...args: readonly string[]): { reports: readonly Report[]; output: string } {
  const file = join(dir, 'reports.json')
  const { stdout, stderr } = spawnSync(process.execPath, [script, '--json', file, ...args], { encoding: 'utf8' })
  return { reports: JSON.parse(readFileSync(file, 'utf8')) as Report[], output: `${stdout}${stderr}` }
}

describe('each parser', () => {
  it('takes whatever comes: no crash, no hang, no growth, no other error than those of the table', () => {
    const { reports, output } = fuzz('--inputs', '150', '--seed', seed, '--jobs', '2')
    console.log(`fuzz: seed ${seed}`)
    expect(output, `SEED=${seed}`).toContain(' 0 findings')
    expect(reports.length).toBeGreaterThan(35)
    for (const { name, accepted, coverage } of reports) {
      expect({ name, some: accepted > 0 || name === 'issued-token' }).toEqual({ name, some: true })
      expect({ name, ran: coverage.some(({ lines, missing }) => missing.length < lines) }).toEqual({ name, ran: true })
    }
  }, 300_000)
})

describe('the fuzzer', () => {
  const plant = (name: string, inputs: number): string[] => {
    const { reports } = fuzz(
      '--target',
      name,
      '--inputs',
      String(inputs),
      '--seed',
      '1',
      '--findings',
      '1',
      '--hang',
      name === 'planted-hang' ? '3000' : '60000',
    )
    return reports.flatMap(({ findings }) => findings.map(({ kind, what }) => `${kind}: ${what.replace(/ at .*/s, '')}`))
  }

  it.each([
    ['planted-hang', 40_000, 'hung: no answer within 3000 ms'],
    ['planted-throw', 20_000, 'threw: SyntaxError'],
    ['planted-lenient', 20_000, 'violation: no name stands twice'],
    ['planted-misread', 40_000, 'violation: both readers of JSON agree'],
    ['planted-growth', 8_000, 'grew'],
  ])(
    'finds %s within %i inputs',
    (name, inputs, finding) => {
      expect(plant(name, inputs).join()).toContain(finding)
    },
    60_000,
  )

  it('runs the same inputs again for the same seed', () => {
    const digest = (from: string): string[] =>
      fuzz('--target', 'token', '--target', 'csv', '--inputs', '1500', '--seed', from).reports.map(report => report.digest)
    expect(digest('7')).toEqual(digest('7'))
    expect(digest('7')).not.toEqual(digest('8'))
  }, 180_000)
})
