import type { ReachedSet, SemanticType } from '../contract/index.ts'
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
  /** Sets that conditions ask of and that are no column for anybody. */
  readonly sets?: ReadonlyMap<Name, BoundSet>
}

export interface BoundSet extends ReachedSet {
  /** The column that holds it, quoted. */
  readonly column: string
}

/** Reached in the same way: of one name alone, they may hold other values. */
export const isSameSet = (a: ReachedSet, b: ReachedSet): boolean =>
  (['name', 'from', 'foreignKey', 'key', 'collect', 'element'] as const).every(part => a[part] === b[part])
