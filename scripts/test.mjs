// `npm test`, `npm run proof` and `npm run issuers [-- VITEST OPTIONS]`: installs, builds, runs the tests of one project (vitest.config.ts), and
// says in one line how many passed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ready, root } from './ready.mjs'

const [project, ...options] = ['proof', 'issuers'].includes(process.argv[2]) ? process.argv.slice(2) : ['tests', ...process.argv.slice(2)]
ready()
const dir = mkdtempSync(join(tmpdir(), 'selvage-test-'))
const report = join(dir, 'report.json')
const args = [
  join(root, 'node_modules', 'vitest', 'vitest.mjs'),
  'run',
  `--project=${project}`,
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...options,
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
