import { type CompiledPolicies, type WrittenRule, writtenRules } from '@selvage/kernel/policy'

/** The written rules of before and of after, each once, in the order of their ids. */
export class RulesOf {
  readonly all: readonly WrittenRule[]

  constructor(before: CompiledPolicies | undefined, after: CompiledPolicies) {
    const found = [before, after].flatMap(side => (side === undefined ? [] : writtenRules(side)))
    this.all = found.sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Those that may concern what has this name: the centre's, and its domain's. */
  on(asset: string): readonly WrittenRule[] {
    return this.all.filter(({ id }) => authorOf(id) === 'central' || asset.startsWith(`${authorOf(id)}.`))
  }
}

export const authorOf = (id: string): string => id.split('/')[0]!
