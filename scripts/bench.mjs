// `npm run bench [-- PART…] [--json FILE] [--compare FILE] [--millions N]`: measures, and prints one table.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ready, root } from './ready.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, compare: { type: 'string' }, millions: { type: 'string', default: '6' } },
})
const earlier = values.compare === undefined ? undefined : JSON.parse(readFileSync(values.compare, 'utf8'))
ready()

/** The same work each time: what it takes by chance is the noise of this machine. */
function spin() {
  const started = performance.now()
  let sum = 0
  for (let i = 0; i < 200_000_000; i++) sum = (sum + i * 31) | 0
  return sum === 1 ? 0 : performance.now() - started
}
// The first runs are of code that is not compiled yet.
for (let run = 0; run < 3; run++) spin()
const spins = () => Array.from({ length: 5 }, spin).sort((a, b) => a - b)

const dir = mkdtempSync(join(tmpdir(), 'selvage-bench-rows-'))
const before = { load: loadavg()[0], spins: spins() }
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--config', 'tests/bench/vitest.config.ts', ...positionals],
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, SELVAGE_BENCH_ROWS: dir, SELVAGE_BENCH_MILLIONS: values.millions },
  },
)
const after = { load: loadavg()[0], spins: spins() }
const rows = readdirSync(dir)
  .sort()
  .flatMap(name => readFileSync(join(dir, name), 'utf8').trim().split('\n'))
  .map(line => JSON.parse(line))
rmSync(dir, { recursive: true, force: true })

const all = [...before.spins, ...after.spins].sort((a, b) => a - b)
const machine = {
  cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  memoryGib: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  node: process.version,
  load: [before.load, after.load],
  /** The slowest of ten equal pieces of work over the fastest. */
  noise: all.at(-1) / all[0],
}
const report = { at: new Date().toISOString(), machine, rows }
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 1)}\n`)

console.log(`\n${machine.cpu}, ${machine.memoryGib} GiB, Linux ${machine.kernel}, Node ${machine.node}`)
console.log(
  `load ${before.load.toFixed(1)} before, ${after.load.toFixed(1)} after; equal pieces of work differed by up to ${((machine.noise - 1) * 100).toFixed(0)} %\n`,
)
const shown = value => (Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3))
const was = row => earlier?.rows.find(one => one.part === row.part && one.what === row.what)
const change = row => (was(row) === undefined ? 'new' : `${((row.value / was(row).value - 1) * 100).toFixed(0).replace(/^(?=\d)/, '+')} %`)
const wide = Math.max(...rows.map(row => row.what.length))
let part = ''
for (const row of rows) {
  if (row.part !== part) console.log(`${part === '' ? '' : '\n'}${row.part}`)
  part = row.part
  const bar = row.bar === undefined ? '' : `${row.met ? 'met   ' : 'MISSED'} ${row.bar}`
  console.log(
    `  ${row.what.padEnd(wide)} ${shown(row.value).padStart(10)} ${row.unit.padEnd(10)} ${(earlier ? change(row) : '').padStart(earlier ? 8 : 0)}  ${bar}`.trimEnd(),
  )
}
process.exit(status ?? 1)
