import { allNodes } from '../cedar/index.ts'
import type { Rule } from './rule.ts'

/** What a rule names: with these its conditions hold, and with others they do not. */
export interface RuleWords {
  readonly texts: readonly string[]
  readonly numbers: readonly bigint[]
  readonly purposes: readonly string[]
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly labels: readonly string[]
}

export function wordsOf({ principal, body }: Pick<Rule, 'principal' | 'body'>): RuleWords {
  const nodes = [...allNodes(body)]
  const values = nodes.flatMap(node => (node.kind === 'literal' ? [node.value] : []))
  const uids = [...scopeUids(principal), ...nodes.flatMap(node => (node.kind === 'entity' ? [node.uid] : []))]
  const named = (type: string): string[] => uids.flatMap(uid => (uid.type === `Mesh::${type}` ? [uid.id] : []))
  const patterns = nodes.flatMap(node =>
    node.kind === 'like' ? [node.pattern.map(part => (part === '*' ? 'x' : part.text)).join('')] : [],
  )
  return {
    texts: [...values.filter(value => typeof value === 'string'), ...patterns],
    numbers: values.filter(value => typeof value === 'bigint').flatMap(value => [value, value + 1n]),
    purposes: named('Purpose'),
    roles: named('Role'),
    groups: named('Group'),
    labels: named('Label'),
  }
}

function scopeUids(scope: Rule['principal']): readonly { readonly type: string; readonly id: string }[] {
  if (scope.op === 'all') return []
  if (scope.op === 'is') return scope.in === undefined ? [] : [scope.in]
  return [scope.uid]
}
