import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ready, root } from './ready.mjs'

/** Installs, builds and runs the tests under these folders, one file after another, and ends as they end. */
export function runSuites(folders, environment) {
  ready()
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', '--no-file-parallelism', ...folders]
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } })
  process.exit(status ?? 1)
}
