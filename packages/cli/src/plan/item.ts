import type { CircumstanceWord } from './circumstance.ts'

/** `changes`: neither is shown to be more than the other. */
export type Effect = 'gains' | 'loses' | 'changes'

export const rights = ['audit', 'administer', 'publish', 'grant'] as const
export type Right = (typeof rights)[number]

/** What becomes of the rows, of columns that change alike, or of what one may do beside reading. */
export interface Item {
  readonly of: 'rows' | 'columns' | 'rights'
  /** Of rows and rights none. */
  readonly columns: readonly string[]
  readonly before: string
  readonly after: string
  readonly effect: Effect
  /** So of these columns where a statement touches one of them alone; absent: of the whole table. */
  readonly alone?: readonly string[]
  readonly rights?: readonly Right[]
  /** Absent: at best. */
  readonly circumstances?: CircumstanceWord
}

/** Of these items what none of those says, whatever the circumstances. */
export function besides(said: readonly Item[], items: readonly Item[]): readonly Item[] {
  const known = new Set(said.flatMap(item => partsOf(item).map(part => keyOf(item, part))))
  return items.flatMap(item => {
    const parts = partsOf(item).filter(part => !known.has(keyOf(item, part)))
    return parts.length === 0 ? [] : [only(item, parts)]
  })
}

/** The columns or rights that it is about, each; of the rows of a whole table there is one. */
const partsOf = ({ of, columns, alone, rights: held }: Item): readonly string[] => alone ?? held ?? (of === 'rows' ? [''] : columns)

function only(item: Item, parts: readonly string[]): Item {
  if (item.of === 'rights') return { ...item, rights: parts as readonly Right[] }
  const columns = item.of === 'rows' ? [] : parts
  return item.alone === undefined ? { ...item, columns } : { ...item, columns, alone: parts }
}

const keyOf = ({ of, alone, before, after }: Item, part: string): string => JSON.stringify([of, alone !== undefined, part, before, after])
