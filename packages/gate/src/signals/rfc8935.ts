import type { Code } from '@selvage/kernel/model'

/** The words of RFC 8935 section 2.4 and SSF 1.0 for what is refused. */
const words: Readonly<Partial<Record<Code, string>>> = {
  'signal.sender': 'authentication_failed',
  'signal.malformed': 'invalid_request',
  'signal.claims': 'invalid_request',
  'signal.issuer': 'invalid_issuer',
  'signal.audience': 'invalid_audience',
  'signal.signature': 'invalid_key',
  'signal.state': 'invalid_state',
}

/** Undefined for what may be sent again as it is. */
export const errOf = (code: Code): string | undefined => words[code]
