import { setFlagsFromString } from 'node:v8'
import * as cedar from '@cedar-policy/cedar-wasm/nodejs'
import { SelvageError } from '@selvage/kernel/model'

export type {
  AuthorizationAnswer,
  DetailedError,
  Entities,
  PolicyJson as Est,
  PolicySet,
  PolicyToJsonAnswer,
  Schema,
} from '@cedar-policy/cedar-wasm/nodejs'

// V8 11 (Node 20) ends the process (`unreachable code` in its deoptimizer) when an optimised call into the engine
// is taken back: seen in long differential runs, and not since such calls are not inlined.
if (process.versions.v8.startsWith('11.')) setFlagsFromString('--no-turbo-inline-js-wasm-calls')

/**
 * The official engine. It panics on some input (a panic leaves it unusable until the process ends), so whatever
 * goes in is bounded by the caller, and whatever it throws becomes `policy.invalid`.
 */
export function callCedar<T>(call: (engine: typeof cedar) => T): T {
  try {
    return call(cedar)
  } catch (cause) {
    throw new SelvageError('policy.invalid', { detail: 'The policy engine failed on this input.', cause })
  }
}
