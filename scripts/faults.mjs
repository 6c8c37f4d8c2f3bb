// `npm run faults -- [--crashes N] [--seed S]`: kills, breaks disks and exhausts what there is, N times in all, about 5 s each.
import { parseArgs } from 'node:util'
import { runSuites } from './suites.mjs'

const { values } = parseArgs({
  options: { crashes: { type: 'string', default: '60' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } },
})
const crashes = Number(values.crashes)
const seed = Number(values.seed)
if (!Number.isSafeInteger(crashes) || crashes < 1 || !Number.isSafeInteger(seed))
  throw new TypeError('--crashes and --seed are whole numbers')
console.log(`faults: ${crashes} crashes, seed ${seed}`)
runSuites(['tests/faults'], { SELVAGE_FAULTS_CRASHES: String(crashes), SELVAGE_FAULTS_SEED: String(seed) })
