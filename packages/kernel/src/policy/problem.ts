/** A finding about one rule, before its file and line are put to it. */
export interface Problem {
  readonly code: string
  /** `error` unless said. */
  readonly severity?: 'error' | 'warning' | 'note'
  readonly what: string
  readonly help: string
}
