import type { Circumstances, Subject, TableDecision } from '@selvage/kernel/policy'

/** What stands in an entry that decided something. The log is our own: it has the shape that `record` gave it, and so have its details. */
export interface Recorded {
  readonly event: string
  readonly actor: string
  /** Absent where something was refused that named none. */
  readonly purpose?: string
  readonly bundles: { readonly centre: { readonly digest: string }; readonly domain: { readonly digest: string } }
  readonly tables: readonly { readonly table: string; readonly rows: string }[]
  /** Of what was refused, why, and by which rules: the first of them, where there are more. */
  readonly code?: string
  readonly rules: readonly string[]
  readonly more_rules?: number
}

export interface Detail {
  readonly chain?: readonly Subject[]
  readonly circumstances?: Circumstances
  readonly labels?: readonly string[]
  readonly decidedBy?: string
  /** Of what was answered. */
  readonly rows?: Readonly<Record<string, readonly string[]>>
  readonly columns?: Readonly<Record<string, readonly { readonly name: string }[]>>
  /** The statement; with a digest beside it, only its beginning. */
  readonly sql?: string
  readonly sql_sha256?: string
}

/** What rules say of a statement when they are asked again. */
export interface Again {
  /** What differs from the record. */
  readonly why: readonly string[]
  readonly decisions: readonly TableDecision[]
  readonly labels: readonly string[]
}
