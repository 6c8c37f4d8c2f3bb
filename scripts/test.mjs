// `npm test [-- VITEST OPTIONS]`: installs, builds, runs every test, and says in one line how many passed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ready, root } from './ready.mjs'

ready()
const dir = mkdtempSync(join(tmpdir(), 'selvage-test-'))
const report = join(dir, 'report.json')
const args = [
  join(root, 'node_modules', 'vitest', 'vitest.mjs'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
]
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
let counts
try {
  counts = JSON.parse(readFileSync(report, 'utf8'))
} catch {
  console.error('selvage: the test run left no report')
  process.exit(1)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
const { numPassedTests, numFailedTests, numPendingTests, numTotalTests } = counts
console.log(`\n${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`)
process.exit(status === 0 && numTotalTests > 0 ? 0 : 1)
