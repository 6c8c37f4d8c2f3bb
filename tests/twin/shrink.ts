import { type Node, smaller } from './node.ts'

/** Statements that are tried at most. */
const bound = 300

/** The least tree that still fails, as far as leaving out and replacing parts one at a time leads. */
export async function shrink(tree: Node, fails: (tree: Node) => Promise<boolean>): Promise<Node> {
  let least = tree
  for (let tried = 0; tried < bound; ) {
    let found: Node | undefined
    for (const candidate of smaller(least)) {
      if (tried >= bound) break
      tried += 1
      if (await fails(candidate)) {
        found = candidate
        break
      }
    }
    if (found === undefined) return least
    least = found
  }
  return least
}
