// `npm run twin -- --queries N --seed S`, `npm run noninterference -- …`: what is governed against a database that holds
// no more than one may see, and against one with other hidden rows (`--strict`: not a byte may differ). What a run prints of a
// failure is the command that asks it again (tests/twin/asked.ts).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ready, root } from './ready.mjs'

ready()
const args = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--config', 'tests/twin/vitest.config.ts']
const env = { ...process.env, TWIN: JSON.stringify(process.argv.slice(2)) }
process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status ?? 1)
