import type { SemanticType } from '../contract/index.ts'
import type { ColumnType, Name, TableId } from '../model/index.ts'

export interface BoundColumn {
  readonly type: ColumnType
  /** The column with precomputed tokens, quoted. */
  readonly token?: string
  readonly semantic?: SemanticType
}

/** Where a table lies in the engine. */
export interface TableBinding {
  readonly table: TableId
  /** Quoted: `"p_crm".main."customer"`. */
  readonly relation: string
  readonly columns: ReadonlyMap<Name, BoundColumn>
}
