import type { WrittenRule } from '@selvage/kernel/policy'
import { unaskedBy } from './circumstance.ts'
import { authorOf, type RulesOf } from './rules-of.ts'

const toldRules = 3

/**
 * What this plan is silent about, sentences for people; empty where it speaks of all. Rules that look at what a statement touches
 * together may do something else to each statement, and a plan asks of whole tables and of each column alone; rules that look at the
 * circumstances may do something else in each, and it asks in some.
 * @param signers those whose bundles are to change: another domain's rules do what they did
 */
export function unsaidOf({ all }: RulesOf, signers: readonly string[]): readonly string[] {
  const rules = all.filter(({ id }) => concerns(authorOf(id), signers))
  return [...ofStatements(rules), ...ofCircumstances(rules)]
}

function ofStatements(rules: readonly WrittenRule[]): readonly string[] {
  const ids = idsOf(rules.filter(({ asksStatement }) => asksStatement))
  if (ids.length === 0) return []
  const [looks, it] = ids.length === 1 ? ['looks', 'it does'] : ['look', 'they do']
  return [
    `${listed(ids)} ${looks} at what a statement touches together: of what ${it} to several columns of a table, to joined tables and to count(*) alone, this plan says nothing`,
  ]
}

function ofCircumstances(rules: readonly WrittenRule[]): readonly string[] {
  const asking = rules.filter(rule => unaskedBy(rule).length > 0)
  const ids = idsOf(asking)
  if (ids.length === 0) return []
  const [asks, it] = ids.length === 1 ? ['asks', 'it does'] : ['ask', 'they do']
  const things = [...new Set(asking.flatMap(unaskedBy))].join(', ')
  return [
    `${listed(ids)} ${asks} for ${things}: this plan asks at best, with a bearer token, and on managed, unmanaged and unknown devices, and of what ${it} in other circumstances it says nothing`,
  ]
}

/** The centre's rules are about every table, a domain's about its own. */
const concerns = (author: string, signers: readonly string[]): boolean =>
  signers.includes('centre') || (author === 'central' ? signers.length > 0 : signers.includes(author))

const idsOf = (rules: readonly WrittenRule[]): readonly string[] => [...new Set(rules.map(({ id }) => id))]

const listed = (ids: readonly string[]): string =>
  ids.length <= toldRules ? ids.join(', ') : `${ids.slice(0, toldRules).join(', ')} and ${ids.length - toldRules} more`
