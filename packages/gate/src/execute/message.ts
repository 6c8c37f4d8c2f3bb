import type { ParameterValue } from './parameter.ts'

/** Kinds of frames. From the gate to an engine child: */
export const toEngine = { open: 1, run: 2, more: 3, cancel: 4 } as const
/** From an engine child to the gate. `rows` holds raw bytes, every other kind JSON. */
export const fromEngine = { ready: 11, columns: 12, rows: 13, ended: 14, failed: 15 } as const

export interface AttachedFile {
  /** The name that the catalog of the file has inside the engine. */
  readonly alias: string
  readonly path: string
}

export interface OpenMessage {
  readonly files: readonly AttachedFile[]
  readonly memoryMb: number
  readonly threads: number
  /** Nothing of a result depends on how many rows are hidden. */
  readonly strict: boolean
  readonly tempDir: string
  readonly tempMb: number
  readonly bounds: ResultBounds
}

/** What one statement may give, as encoded, however it is read. */
export interface ResultBounds {
  readonly rows: number
  readonly bytes: number
}

export interface RunMessage {
  readonly sql: string
  readonly templates: readonly string[]
  readonly parameters?: readonly ParameterValue[] | Readonly<Record<string, ParameterValue>>
  /** Relation to columns that the engine's plan may name. */
  readonly columnsAllowed?: Readonly<Record<string, readonly string[]>>
  readonly separator: ',' | '\n'
}

export interface ResultColumn {
  readonly name: string
  /** As DuckDB writes it. */
  readonly type: string
}

/** Rows and bytes that were sent. */
export interface EndedMessage {
  readonly rows: number
  readonly bytes: number
  /** The child has too little memory left for another statement. */
  readonly worn: boolean
}

/** Slices that a child may send before it must be told `more`. */
export const window = 4
/** A slice is closed as soon as it holds this many bytes. */
export const sliceBytes = 65_536
/** The largest slice: one row that is larger than any slice should be. */
export const engineFrameBound = 8_388_608
/** The largest statement with its templates that a child takes. */
export const statementFrameBound = 33_554_432
