import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { losePower } from './power-loss.ts'
import { DiskFaults, hasGcc, type Rule } from './shim.ts'

const built = new URL('../../../packages/bundle/dist/index.js', import.meta.url).href
const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

const work = {
  'a bundle':
    "replaceFile(process.argv[1] + '/bundles/centre.json', 'second'); say(readKept(process.argv[1] + '/bundles/centre.json', 99))",
  'a bundle that is read': "say(readKept(process.argv[1] + '/bundles/centre.json', 99) ?? '')",
  'a key': "say(Buffer.from(secretKeyFile(process.argv[1] + '/keys/secret')).toString('hex'))",
}

describe.skipIf(!hasGcc)('kept files when the power goes (needs gcc)', () => {
  function machine(): { run: (what: string, rule?: Rule) => string; power: () => void } {
    const dir = mkdtempSync(join(tmpdir(), 'selvage-kept-'))
    dirs.push(dir)
    mkdirSync(join(dir, 'machine'))
    const faults = new DiskFaults(dir)
    faults.record(join(dir, 'machine'))
    const run = (what: string, rule?: Rule): string => {
      faults.set(...(rule === undefined ? [] : [rule]))
      const script = `import { readKept, replaceFile, secretKeyFile } from ${JSON.stringify(built)}\nconst say = text => process.stdout.write(text)\n${what}`
      const args = ['--input-type=module', '--eval', script, '--', join(dir, 'machine', 'gate')]
      const { stdout } = spawnSync(process.execPath, args, {
        env: { ...process.env, ...faults.env() },
        cwd: fileURLToPath(new URL('../../..', import.meta.url)),
      })
      return stdout.toString()
    }
    return { run, power: () => void losePower(faults.path, () => 0) }
  }

  test('a bundle and its folders are there once it was kept', () => {
    const { run, power } = machine()
    expect(run(work['a bundle'])).toBe('second')
    power()
    expect(run(work['a bundle that is read'])).toBe('second')
  })

  test.each(['/machine/gate', '/machine'])('what a process read stays, where the one that wrote it died before the sync at %s', path => {
    const { run, power } = machine()
    run(work['a bundle'], { ops: ['sync'], mode: 'fail', error: 'EIO', path, skip: path === '/machine' ? 1 : 0 })
    const read = run(work['a bundle that is read'])
    power()
    expect(run(work['a bundle that is read'])).toBe(read)
  })

  test.each([0, 1, 2, 3])('a key that was used stays, where the process that made it died at sync %i', skip => {
    const { run, power } = machine()
    run(work['a key'], { ops: ['sync'], mode: 'fail', error: 'EIO', path: '/machine', skip })
    const key = run(work['a key'])
    power()
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    expect(run(work['a key'])).toBe(key)
  })
})
