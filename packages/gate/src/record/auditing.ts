import type { Name, ProductId, TableId } from '@selvage/kernel/model'
import { type Asset, allows } from '@selvage/kernel/policy'
import type { Identified } from '../identify/index.ts'

/** Whether somebody may audit a product, table or column, by its names, for one of these purposes ('' for none). */
export type MayAudit = (parts: readonly string[]) => boolean

/** @param action `administer` in its place: whether they may */
export function auditing(
  { generation, asking }: Identified,
  purposes: readonly string[],
  action: 'audit' | 'administer' = 'audit',
): MayAudit {
  const known = new Map<string, boolean>()
  const decide = (asset: Asset): boolean =>
    purposes.some(purpose => allows(generation.policies, { ...asking, purpose }, action, asset).allowed)
  return parts => {
    const id = parts.join('.')
    const allowed = known.get(id) ?? decide(assetOf(parts))
    known.set(id, allowed)
    return allowed
  }
}

/**
 * The same for what stands in entries, within what was asked for: a rule on a table or a column counts where its product
 * is asked for. What no contract has any more is judged as what held it, or nobody could look back.
 */
export function auditingPast(identified: Identified, mayAudit: MayAudit): MayAudit {
  const { columns } = identified.generation
  return parts => {
    const known = columns.get(parts.slice(0, 3).join('.') as TableId)
    const standing = known === undefined ? 2 : known.includes(parts[3] as Name) ? 4 : 3
    return mayAudit(parts.slice(0, standing))
  }
}

function assetOf(parts: readonly string[]): Asset {
  const id = parts.join('.')
  if (parts.length === 2) return { product: id as ProductId }
  return parts.length === 3 ? { table: id as TableId } : { column: id }
}
