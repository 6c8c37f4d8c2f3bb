// `npm run conformance -- cedar [--requests N] [--seed S]`: our engine beside the official one, over generated policies.
import { parseArgs } from 'node:util'
import { runSuites } from './suites.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { requests: { type: 'string', default: '100000' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } },
})
const requests = Number(values.requests)
const seed = Number(values.seed)
if (positionals.join() !== 'cedar') throw new TypeError('conformance of what? There is: cedar')
if (!Number.isSafeInteger(requests) || requests < 1 || !Number.isSafeInteger(seed))
  throw new TypeError('--requests and --seed are whole numbers')
runSuites(['tests/conformance/cedar'], { SELVAGE_CONFORMANCE_REQUESTS: String(requests), SEED: String(seed) })
