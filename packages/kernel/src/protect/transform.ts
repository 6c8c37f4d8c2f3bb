import type { Transform } from '../policy/index.ts'

/**
 * The join of the lattice `clear` < {`partial`, `generalize`, `token`} < `null`: the least that hides as much as each.
 * Order and repetition change nothing. Of none: `clear`.
 */
export const joinTransforms = (...transforms: readonly Transform[]): Transform => transforms.reduce(joinTwo, 'clear')

function joinTwo(a: Transform, b: Transform): Transform {
  if (a === b || b === 'clear') return a
  return a === 'clear' ? b : 'null'
}
