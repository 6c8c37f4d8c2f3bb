import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkAll } from './check-all.ts'
import { readTree } from './tree.ts'

const root = join(import.meta.dirname, '..', '..', '..', 'examples', 'refused')
const base = join(root, 'base')
const cases = readdirSync(root, { withFileTypes: true }).flatMap(entry =>
  entry.isDirectory() && entry.name !== 'base' ? [entry.name] : [],
)

describe('examples/refused', () => {
  it('the mesh that they are laid over is fine', async () => {
    expect(await checkAll(readTree(base))).toMatchObject({ findings: [], tests: 0 })
  })

  it('holds at least thirty, and the README names each', () => {
    expect(cases.length).toBeGreaterThanOrEqual(30)
    const named = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name)
    expect(named).toEqual(cases.toSorted())
  })

  it.each(cases)('%s is refused by that code alone, at a place and with help', async name => {
    const { findings } = await checkAll(readTree(base, [join(root, name)]))
    const errors = findings.filter(({ severity }) => severity === 'error')
    expect(errors.length, JSON.stringify(findings)).toBeGreaterThan(0)
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set([name]))
    for (const { file, help } of errors)
      expect([readTree(base, [join(root, name)]).some(one => one.path === file), help === '']).toEqual([true, false])
  })
})
