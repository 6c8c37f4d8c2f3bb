import { type Finding, toldFinding } from '../model/index.ts'
import type { PolicyJson } from './policy.ts'

/** A finding about one rule, before its file and line are put to it. */
export interface Problem {
  readonly code: string
  /** `error` unless said. */
  readonly severity?: 'error' | 'warning' | 'note'
  readonly what: string
  readonly help: string
}

export function policyFinding({ id, path, line, column }: PolicyJson, { code, severity = 'error', what, help }: Problem): Finding {
  const at = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) }
  return toldFinding({ code, severity, file: path, ...at, what: `\`${id}\`: ${what}`, help })
}
