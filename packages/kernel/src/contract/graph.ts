/** An entry of a tree of labels or purposes. */
interface WithParents {
  readonly name: string
  readonly parents: readonly string[]
}

/** Those entries that stand below themselves, each cycle named by one of them. Without recursion, in linear time. */
export function findCycles(entries: ReadonlyMap<string, WithParents>): string[] {
  const state = new Map<string, 'open' | 'done'>()
  const cycles: string[] = []
  for (const start of entries.keys()) {
    const stack: { readonly name: string; next: number }[] = []
    const enter = (name: string): void => {
      if (state.get(name) === 'open') cycles.push(name)
      if (state.has(name) || !entries.has(name)) return
      state.set(name, 'open')
      stack.push({ name, next: 0 })
    }
    enter(start)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const parent = entries.get(top.name)!.parents[top.next]
      top.next += 1
      if (parent !== undefined) enter(parent)
      else {
        state.set(top.name, 'done')
        stack.pop()
      }
    }
  }
  return cycles
}

/** The names and all that they stand below, themselves among them. */
export function withAncestors(names: Iterable<string>, entries: ReadonlyMap<string, WithParents>): Set<string> {
  const out = new Set<string>()
  const open = [...names]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (out.has(name)) continue
    out.add(name)
    open.push(...(entries.get(name)?.parents ?? []))
  }
  return out
}
