import { proofAlgorithms } from '@selvage/identity'
import { type Code, errorTable } from '@selvage/kernel/model'

const dpop = (error?: string): string => `DPoP ${error === undefined ? '' : `error="${error}", `}algs="${proofAlgorithms}"`

/**
 * `WWW-Authenticate` of a refusal; undefined where it is none of who asks. RFC 6750 section 3: whoever sent no token is not told of an
 * error of it. RFC 9449 sections 7.1 and 8: of a proof, what was wrong with it.
 */
export function challengeOf(code: Code): string | undefined {
  if (errorTable[code].http !== 401) return undefined
  if (code === 'identity.proof') return dpop('invalid_dpop_proof')
  if (code === 'identity.nonce') return dpop('use_dpop_nonce')
  return `Bearer${code === 'identity.missing' ? '' : ' error="invalid_token"'}, ${dpop()}`
}
