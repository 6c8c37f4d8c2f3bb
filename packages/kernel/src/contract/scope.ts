import type { Name, ProductId } from '../model/index.ts'
import type { Taxonomy } from './mesh.ts'
import type { Report } from './report.ts'

/** What the parts of one contract are read in. */
export interface ContractScope {
  readonly domain: Name
  readonly product: Name
  readonly id: ProductId
  /** Absent where the taxonomy itself could not be read: its words are not checked then. */
  readonly taxonomy: Taxonomy | undefined
  readonly report: Report
}
