// `npm run soak -- [--minutes M] [--seed S]`: mixed load on a whole mesh that changes and loses parts meanwhile.
import { parseArgs } from 'node:util'
import { runSuites } from './suites.mjs'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } },
})
const minutes = Number(values.minutes)
const seed = Number(values.seed)
if (!(minutes > 0) || !Number.isSafeInteger(seed)) throw new TypeError('--minutes is a number, --seed a whole one')
console.log(`soak: ${minutes} minutes, seed ${seed}`)
runSuites(['tests/soak'], { SELVAGE_SOAK_MINUTES: String(minutes), SELVAGE_SOAK_SEED: String(seed) })
