import { type CompiledPolicies, statementRules } from '@selvage/kernel/policy'

const toldRules = 3

/**
 * What this plan is silent about, a sentence for people; empty where it speaks of all. Rules that look at what a statement touches
 * together may do something else to each statement, and a plan asks of whole tables and of each column alone.
 * @param signers those whose bundles are to change: another domain's rules do what they did
 */
export function unsaidOf(before: CompiledPolicies | undefined, after: CompiledPolicies, signers: readonly string[]): readonly string[] {
  const found = [before, after].flatMap(side => (side === undefined ? [] : statementRules(side)))
  const rules = [...new Set(found)].filter(id => concerns(id.split('/')[0]!, signers)).sort()
  if (rules.length === 0) return []
  const [looks, it] = rules.length === 1 ? ['looks', 'it does'] : ['look', 'they do']
  return [
    `${listed(rules)} ${looks} at what a statement touches together: of what ${it} to several columns of a table, to joined tables and to count(*) alone, this plan says nothing`,
  ]
}

/** The centre's rules are about every table, a domain's about its own. */
const concerns = (author: string, signers: readonly string[]): boolean =>
  signers.includes('centre') || (author === 'central' ? signers.length > 0 : signers.includes(author))

const listed = (ids: readonly string[]): string =>
  ids.length <= toldRules ? ids.join(', ') : `${ids.slice(0, toldRules).join(', ')} and ${ids.length - toldRules} more`
