// `npm run attack [-- --seed N] [-- VITEST OPTIONS]`: the whole corpus, under every filter, through every place.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ready, root } from './ready.mjs'

ready()
const args = process.argv.slice(2)
const at = args.indexOf('--seed')
const seed = at < 0 ? {} : { ATTACK_SEED: args.splice(at, 2)[1] }
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const { status } = spawnSync(process.execPath, [vitest, 'run', 'tests/attack', ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ATTACK: 'full', ...seed },
})
process.exit(status ?? 1)
