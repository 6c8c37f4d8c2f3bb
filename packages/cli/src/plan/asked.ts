import type { Asset } from '@selvage/kernel/policy'
import type { CircumstanceWord } from './circumstance.ts'
import { besides, type Item } from './item.ts'
import type { Viewer } from './sight.ts'

/** What is asked of every viewer, of a table or of what one may do with an asset. */
export interface Asked {
  readonly asset: Asset
  /** The empty one: none is stated. */
  readonly purposes: readonly string[]
  /** Of one viewer and one purpose. */
  readonly questions: number
  readonly itemsOf: (viewer: Viewer, purpose: string) => readonly Item[]
}

export const nameOf = (asset: Asset): string => ('product' in asset ? asset.product : 'table' in asset ? asset.table : asset.column)

/** What becomes of it at best, and in other circumstances what does not become of it anyway. */
export function inCircumstances(
  words: readonly CircumstanceWord[],
  { agent }: Viewer,
  itemsIn: (word: CircumstanceWord | undefined) => readonly Item[],
): readonly Item[] {
  const said = [...itemsIn(undefined)]
  for (const word of words) {
    // Through agents nothing better than a bearer token comes at all.
    if (agent !== undefined && (word === 'bearer token' || word === 'managed device')) continue
    said.push(...besides(said, itemsIn(word)).map(item => ({ ...item, circumstances: word })))
  }
  return said
}
