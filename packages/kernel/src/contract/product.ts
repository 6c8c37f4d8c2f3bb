import type { ColumnType, Name, ProductId, TableId } from '../model/index.ts'

/** A data product as its contract (ODCS) describes it; what is not in here does not exist. */
export interface Product {
  readonly id: ProductId
  readonly domain: Name
  readonly name: Name
  readonly version: string
  readonly title?: string
  readonly description?: string
  /** Labels of the whole product. */
  readonly labels: readonly string[]
  readonly tables: readonly Table[]
  readonly source?: Source
  /** Hex SHA-256 is computed by whoever holds a hash; this is the exact text it is computed over. */
  readonly text: string
  readonly path: string
}

export interface Table {
  readonly id: TableId
  readonly name: Name
  readonly physicalName: string
  readonly description?: string
  readonly labels: readonly string[]
  /** The column that says whose data a row is; absent: one row, one person (or no person). */
  readonly subject?: Name
  readonly primaryKey: readonly Name[]
  readonly columns: readonly Column[]
  readonly quality: readonly QualityRule[]
  /** Attributes that policies read and no statement does. */
  readonly sets?: readonly ReachedSet[]
}

/**
 * For each row the values of `collect` in the rows of the table `from` whose `foreignKey` is its `key`: each once, NULL left
 * out, empty where there is none. Made when the product is published.
 */
export interface ReachedSet {
  readonly name: Name
  readonly from: Name
  readonly foreignKey: Name
  readonly key: Name
  readonly collect: Name
  readonly element: 'VARCHAR' | 'BIGINT'
}

export interface Column {
  readonly name: Name
  readonly physicalName: string
  readonly type: ColumnType
  readonly description?: string
  readonly required: boolean
  readonly unique: boolean
  /** One of the taxonomy's classification labels. Absent: unclassified, and nothing of it is revealed. */
  readonly classification?: string
  /** Own labels, the classification not among them. */
  readonly labels: readonly string[]
  readonly semanticType?: Name
  readonly quality: readonly QualityRule[]
  readonly options: {
    readonly enum?: readonly string[]
    readonly pattern?: string
    readonly minLength?: number
    readonly maxLength?: number
    readonly minimum?: number
    readonly maximum?: number
  }
}

/** `error`: failing rows are quarantined. `warning`: counted and kept. */
export interface QualityRule {
  readonly name: string
  readonly severity: 'error' | 'warning'
  readonly check: QualityCheck
}

export type QualityCheck =
  | {
      readonly kind: 'nullValues' | 'missingValues' | 'duplicateValues' | 'rowCount'
      readonly columns: readonly Name[]
      readonly missing?: readonly string[]
      readonly bound: Bound
    }
  | {
      readonly kind: 'invalidValues'
      readonly column: Name
      readonly validValues?: readonly string[]
      readonly pattern?: string
      readonly minLength?: number
      readonly maxLength?: number
      readonly bound: Bound
    }
  /** A `custom` rule of engine `selvage`: a check digit. */
  | { readonly kind: 'checkDigit'; readonly column: Name; readonly scheme: 'snomed' | 'luhn' }
  /** Rules of a foreign contract that are shown and never run; `bound` is what an `sql` rule compares with. */
  | { readonly kind: 'shown'; readonly type: 'text' | 'sql'; readonly text: string; readonly bound?: Bound }

/** ODCS operators, over a count or (`unit: percent`) a percentage of rows. */
export interface Bound {
  readonly operator:
    | 'mustBe'
    | 'mustNotBe'
    | 'mustBeGreaterThan'
    | 'mustBeGreaterOrEqualTo'
    | 'mustBeLessThan'
    | 'mustBeLessOrEqualTo'
    | 'mustBeBetween'
    | 'mustNotBeBetween'
  readonly value: number | readonly [number, number]
  readonly unit: 'rows' | 'percent'
}

/** Where the rows come from: files under the data folder of the domain. `{table}` stands for the table's physical name. */
export interface Source {
  readonly kind: 'csv'
  readonly path: string
  readonly delimiter: string
}
