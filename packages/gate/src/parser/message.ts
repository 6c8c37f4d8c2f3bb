import type { ColumnType, TableId } from '@selvage/kernel/model'
import type { EngineError } from '../execute/engine-error.ts'
import type { Parameters } from '../execute/parameter.ts'

/** Kinds of frames. From the gate to the parser child: */
export const toParser = { open: 1, parse: 2, print: 3, bind: 4 } as const
/** From the parser child to the gate. `text` holds UTF-8, every other kind JSON. `worn` comes before the last answer of a child. */
export const fromParser = { ready: 11, text: 12, columns: 13, needSchema: 14, failed: 15, worn: 16 } as const

/** What a subject may discover of a domain's data: the tables of an empty twin. */
export interface Schema {
  /** Equal keys mean equal tables. */
  readonly key: string
  readonly tables: readonly SchemaTable[]
}

export interface SchemaTable {
  readonly id: TableId
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[]
}

export interface OpenParserMessage {
  readonly memoryMb: number
  readonly treeBytes: number
}

export interface BindMessage {
  readonly sql: string
  readonly key: string
  /** Absent: the child is thought to hold the twin of this key. */
  readonly tables?: readonly SchemaTable[]
  readonly parameters?: Parameters
}

/** Why a text did not go through. */
export type ParserFailure =
  | { readonly kind: 'engine'; readonly error: EngineError }
  | { readonly kind: 'count'; readonly statements: number }
  | { readonly kind: 'size' }
  | { readonly kind: 'parameters'; readonly detail?: string }

export const isMemory = (failure: ParserFailure): boolean => failure.kind === 'engine' && failure.error.type === 'out of memory'

/** A tree is about a hundred times its text. */
export const parserFrameBound = 134_217_728
/** UTF-16 units of the longest statement that is parsed at all. */
export const longestStatement = 1_048_576
