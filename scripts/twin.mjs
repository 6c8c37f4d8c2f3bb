// `npm run twin -- --queries N --seed S`, `npm run noninterference -- …`: what is governed against a database that holds
// no more than one may see, and against one with other hidden rows (`--strict`: not a byte may differ). `--world W --replay SQL [--parameters JSON]` runs one.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ready, root } from './ready.mjs'

const [property = 'twin', ...rest] = process.argv.slice(2)
const text = { type: 'string' }
const { values } = parseArgs({
  args: rest,
  options: { queries: text, seed: text, world: text, replay: text, parameters: text, strict: { type: 'boolean' } },
})
ready()
const args = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--config', 'tests/twin/vitest.config.ts']
const env = { ...process.env, TWIN: JSON.stringify({ property, ...values }) }
process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status ?? 1)
