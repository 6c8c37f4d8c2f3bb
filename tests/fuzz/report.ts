/** What is wrong, with the input that shows it. */
export interface Finding {
  readonly kind: 'threw' | 'violation' | 'slow' | 'grew' | 'hung' | 'died'
  readonly what: string
  /** Base64. */
  readonly input: string
}

export interface FileCoverage {
  readonly file: string
  readonly lines: number
  /** Of the source, from 1. */
  readonly missing: readonly number[]
}

export interface Report {
  readonly name: string
  readonly seed: number
  readonly inputs: number
  readonly accepted: number
  /** Kinds of answers and refusals that were seen. */
  readonly outcomes: number
  readonly kept: number
  readonly seconds: number
  /** Milliseconds. */
  readonly slowest: number
  /** Bytes, from a quarter of the inputs to their end. */
  readonly growth: number
  /** Of the inputs' outcomes, in order: equal for equal seeds. */
  readonly digest: string
  readonly coverage: readonly FileCoverage[]
  readonly findings: readonly Finding[]
}

export const linesOf = (coverage: readonly FileCoverage[]): { lines: number; ran: number } => ({
  lines: coverage.reduce((sum, file) => sum + file.lines, 0),
  ran: coverage.reduce((sum, file) => sum + file.lines - file.missing.length, 0),
})
