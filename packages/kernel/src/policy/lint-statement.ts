import { type Node, nodeChildren } from '../cedar/index.ts'
import type { Problem } from './problem.ts'
import type { Rule } from './rule.ts'
import { findLabelsTest, isOfRequest, readsStatement } from './statement.ts'

/**
 * A statement that touches more must never be shown more: a permit, and whatever makes a forbid hold less often, may not
 * look at what a statement touches, or a join would open data.
 */
export function statementProblems(rule: Rule): Problem[] {
  const wrong = rule.effect === 'permit' ? readsStatement(rule.body) : opens(rule.body, 'close')
  if (!wrong) return []
  return [
    {
      code: 'policy.statement_opens',
      what: 'what a statement touches would open data here',
      help: 'Ask `context.statement.labels.contains(…)` (or containsAny, containsAll) in the `when` of a forbid, not under `!`.',
    },
  ]
}

/** What a node does when it turns true: `close` data; what else it may do matters not. */
type Effect = 'close' | 'open'

function opens(node: Node, effect: Effect): boolean {
  if (isOfRequest(node) || !readsStatement(node)) return false
  const lookedFor = findLabelsTest(node)
  if (lookedFor !== undefined) return effect === 'open' || readsStatement(lookedFor)
  if (node.kind === 'not') return opens(node.of, effect === 'open' ? 'close' : 'open')
  if (node.kind === 'and' || node.kind === 'or') return nodeChildren(node).some(child => opens(child, effect))
  if (node.kind === 'if') return readsStatement(node.test) || opens(node.yes, effect) || opens(node.no, effect)
  return true
}
