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
}
