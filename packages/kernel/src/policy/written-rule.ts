import { allNodes, type Scope } from '../cedar/index.ts'
import { askedCircumstances, type Circumstance } from './asked-circumstances.ts'
import type { CompiledPolicies } from './compile.ts'
import type { Action } from './policy.ts'
import { parseRule, type Rule } from './rule.ts'
import { wordsOf } from './rule-words.ts'

/** What one rule that somebody wrote asks for, for whoever looks at rules and not at a request. */
export interface WrittenRule {
  readonly id: string
  readonly actions: ReadonlySet<Action>
  /** It asks what a statement touches together. */
  readonly asksStatement: boolean
  readonly asksPurpose: boolean
  readonly circumstances: readonly Circumstance[]
  /** Texts that its condition compares with. */
  readonly texts: ReadonlySet<string>
  /** Types of entities that it names, without `Mesh::`. */
  readonly types: ReadonlySet<string>
}

/** Not the generated ones. */
export const writtenRules = ({ written }: CompiledPolicies): readonly WrittenRule[] =>
  written.map(policy => writtenRule(policy.id, parseRule(policy)))

function writtenRule(id: string, rule: Rule): WrittenRule {
  const nodes = [...allNodes(rule.body)]
  const named = nodes.flatMap(node => (node.kind === 'entity' ? [node.uid.type] : node.kind === 'is' ? [node.type] : []))
  return {
    id,
    actions: rule.action,
    asksStatement: rule.asksStatement,
    asksPurpose: rule.asksStatement || nodes.some(node => node.kind === 'get' && node.attribute === 'purpose'),
    circumstances: askedCircumstances(rule.body),
    texts: new Set(wordsOf(rule).texts),
    types: new Set([...named, ...scopeTypes(rule.resource)].map(type => type.slice(type.lastIndexOf(':') + 1))),
  }
}

function scopeTypes(scope: Scope): readonly string[] {
  if (scope.op === 'all') return []
  if (scope.op === 'is') return [scope.type, ...(scope.in === undefined ? [] : [scope.in.type])]
  return [scope.uid.type]
}
