/** One problem of a text of the mesh, with its place and what would help. */
export interface Finding {
  /** Stable, such as `contract.unknown_label`. */
  readonly code: string
  readonly severity: 'error' | 'warning' | 'note'
  /** Path inside the mesh tree. */
  readonly file: string
  /** 1-based; absent where the whole file is meant. */
  readonly line?: number
  readonly column?: number
  readonly what: string
  readonly help: string
  /** Of a decision test: what was expected and is not so. */
  readonly differences?: readonly Difference[]
}

export interface Difference {
  readonly what: string
  readonly expected: string
  readonly got: string
}

const longest = 500
/** Differences of one test. */
const most = 50

// attacker-controlled: names and values of a tree, and the words of a parser that quotes them.
/** What is told of a text: cut short, and without what a terminal would obey or a reader would not see. */
function told(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' ').replace(/[^\P{C}]|\p{Zl}|\p{Zp}/gu, '�')
  return line.length > longest ? `${line.slice(0, longest)}…` : line
}

export const toldFinding = (finding: Finding): Finding => ({
  ...finding,
  file: told(finding.file),
  what: told(finding.what),
  help: told(finding.help),
  ...(finding.differences === undefined ? {} : { differences: finding.differences.slice(0, most).map(toldDifference) }),
})

const toldDifference = ({ what, expected, got }: Difference): Difference => ({ what: told(what), expected: told(expected), got: told(got) })
