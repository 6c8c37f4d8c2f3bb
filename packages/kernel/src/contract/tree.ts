import type { Place } from './report.ts'

/** A YAML value with its place; aliases are resolved, keys are text and unique. */
export type Tree = ScalarTree | ListTree | MapTree

export interface ScalarTree {
  readonly kind: 'scalar'
  readonly place: Place
  readonly value: string | number | boolean | null
  /** The value as it was written: `01` stays `01`. */
  readonly text: string
}

export interface ListTree {
  readonly kind: 'list'
  readonly place: Place
  readonly items: readonly Tree[]
}

export interface MapTree {
  readonly kind: 'map'
  readonly place: Place
  readonly entries: ReadonlyMap<string, { readonly keyPlace: Place; readonly value: Tree }>
}
