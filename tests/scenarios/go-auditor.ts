import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../dev-mesh.ts'

export const hasGo = spawnSync('go', ['version']).status === 0

/** An implementation that is not ours: Go's x/mod (sumdb/tlog, sumdb/note), built from tests/conformance/ledger. */
export function buildAuditor(dir: string): (log: string, key: string, ...older: string[]) => { accepted: boolean; said: string } {
  const auditor = join(dir, 'auditor')
  execFileSync('go', ['build', '-o', auditor, '.'], { cwd: join(root, 'tests', 'conformance', 'ledger'), stdio: 'inherit' })
  return (log, key, ...older) => {
    const run = spawnSync(auditor, [log, key, ...older], { encoding: 'utf8' })
    return { accepted: run.status === 0 && run.stdout.startsWith('accepted:'), said: run.stdout + run.stderr }
  }
}
