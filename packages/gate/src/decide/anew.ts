import { type Name, productId, SelvageError, type TableId, tableParts } from '@selvage/kernel/model'
import type { ColumnDecision, TableDecision } from '@selvage/kernel/policy'
import { isSameSet, mayReadWhole, needsBarrier, securedSelect, type TableBinding } from '@selvage/kernel/query'
import { type Basis, identify, type Sender } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import type { Generation } from '../sync/generation.ts'
import { otherwise } from '../under-way.ts'
import { type Decided, decide, type Ruling } from './index.ts'

/**
 * Decides the same request of the same sender by the rules of now and by what is known of them now, which it returns. Throws
 * the refusal that it would get now, or `engine.cancelled` where rows of the pinned files would be shown otherwise.
 * @param approved what it was decided by last
 */
export async function decideAnew(gate: Gate, sender: Sender, before: Decided, approved: Basis): Promise<Basis> {
  const identified = await identify(gate, sender)
  if (identified.generation === approved.generation && identified.asking === approved.asking) return identified
  if (!canBeDecided(gate.config.policyEngine, before.ruling, identified.generation)) throw new SelvageError('engine.cancelled', otherwise)
  const { ruling } = await decide(gate, identified, before.request, before.ruling.tree)
  if (!showsTheSame(before.ruling, ruling)) throw new SelvageError('engine.cancelled', otherwise)
  return identified
}

/**
 * Whether other rules show of the pinned files what those before do, in rows and in the columns that the statement touches.
 * A new version of the data is no other rule; nor is a column that is there besides.
 */
export function showsTheSame(before: Ruling, anew: Ruling): boolean {
  const { tree, tables, used } = before
  const barrier = needsBarrier(tree)
  return [...tables].every(([id, decision]) => {
    const names = decision.columns.map(({ name }) => name).filter(name => mayReadWhole(tree) || used.get(id)?.has(name))
    const now = anew.tables.get(id)
    const pinned = before.generation.bindings.get(id)
    if (now === undefined || pinned === undefined) return false
    return shown(decision, pinned, names, barrier) === shown(now, asPinned(id, pinned, anew.generation), names, barrier)
  })
}

/** The official engine decides the rows of now: where they are others, nobody can say what the rules of now show of those before. */
export function canBeDecided(by: Gate['config']['policyEngine'], { tables, generation }: Ruling, now: Generation): boolean {
  return (
    by === 'selvage' ||
    [...tables.keys()].every(table => {
      const { domain, product } = tableParts(table)
      const id = productId(domain, product)
      return generation.products.get(id)?.manifest.file === now.products.get(id)?.manifest.file
    })
  )
}

/** The files are those of before; how a mask is made may have changed with the rules. */
function asPinned(id: TableId, pinned: TableBinding, { bindings }: Generation): TableBinding {
  const now = bindings.get(id)
  const columns = [...pinned.columns].map(([name, { type, token }]) => {
    const semantic = now?.columns.get(name)?.semantic
    return [name, { type, ...(token === undefined ? {} : { token }), ...(semantic === undefined ? {} : { semantic }) }] as const
  })
  // A set that is reached otherwise now is another one, whatever its name: no condition on it holds of these files.
  const sets = [...(pinned.sets ?? [])].filter(([name, set]) => {
    const other = now?.sets?.get(name)
    return other !== undefined && isSameSet(set, other)
  })
  return { ...pinned, columns: new Map(columns), sets: new Map(sets) }
}

/** The secured relation with these columns alone; equal to no other where it cannot be made of these files. */
function shown(decision: TableDecision, binding: TableBinding, names: readonly Name[], barrier: boolean): string | symbol {
  const byName = new Map(decision.columns.map(column => [column.name, column]))
  const columns = names.flatMap(name => byName.get(name) ?? [])
  if (columns.length < names.length) return Symbol('a column is gone')
  try {
    return securedSelect({ ...decision, columns: columns.length === 0 ? nothingOf(binding) : columns }, binding, barrier)
  } catch {
    return Symbol('no such relation')
  }
}

/** Of a statement that counts rows, nothing but the rows is shown. */
const nothingOf = ({ columns }: TableBinding): readonly ColumnDecision[] =>
  [...columns.keys()].slice(0, 1).map(name => ({ name, reveal: { kind: 'none', because: [] }, masks: [] }))
