import { allNodes, type Scope, type Uid } from '../cedar/index.ts'
import type { Domain } from '../contract/index.ts'
import { isGeneratedId } from './generated.ts'
import type { Origin } from './origin.ts'
import type { Problem } from './problem.ts'
import type { Rule } from './rule.ts'

/** The centre can only forbid; a domain writes only about what is its own. */
export function fenceProblems(rule: Rule, origin: Origin): Problem[] {
  if (isGeneratedId(rule.policy.id)) {
    return [{ code: 'policy.id_reserved', what: 'ids that begin with `selvage/` are generated', help: 'Take another id.' }]
  }
  if (origin.kind === 'centre') return centreProblems(rule)
  if (origin.kind === 'domain') return domainProblems(rule, origin.domain)
  const what = origin.kind === 'twice' ? 'its file belongs to more than one author' : 'its file belongs to nobody'
  return [{ code: 'policy.origin', what, help: 'A file is the centre’s (guardrails) or one domain’s (domains/NAME/policies).' }]
}

function centreProblems(rule: Rule): Problem[] {
  const problems: Problem[] = []
  if (rule.effect !== 'forbid') {
    problems.push({
      code: 'policy.centre_permits',
      what: 'the centre may only forbid',
      help: 'Permits are written by the domain whose data it is.',
    })
  }
  if (!rule.policy.id.startsWith('central/')) {
    problems.push({ code: 'policy.id_prefix', what: 'a guardrail’s id begins with `central/`', help: 'Rename it.' })
  }
  if (namesRowType(rule)) {
    problems.push({
      code: 'policy.central_row_type',
      what: 'a guardrail names the row type or a row of a domain, which other gates do not know',
      help: 'Name a label, a product or a table; attributes need no type under `has`.',
    })
  }
  return problems
}

function domainProblems(rule: Rule, domain: Domain): Problem[] {
  const problems: Problem[] = []
  if (!rule.policy.id.startsWith(`${domain.name}/`)) {
    problems.push({
      code: 'policy.id_prefix',
      what: `a policy of this domain has an id that begins with \`${domain.name}/\``,
      help: 'Rename it.',
    })
  }
  if (!isInFence(rule, domain)) {
    problems.push({
      code: 'policy.fence',
      what: 'its resource scope reaches beyond the domain',
      help: `Write \`resource in Mesh::Domain::"${domain.name}"\`, or one of its products, tables, columns or row types.`,
    })
  }
  if (rule.effect === 'permit' && rule.action.has('declare')) {
    problems.push({
      code: 'policy.declare_generated',
      what: 'permits of `declare` are generated from domain.yaml',
      help: 'Name the actions that are permitted, and list purposes under `declare` in domain.yaml.',
    })
  }
  return problems
}

function isInFence(rule: Rule, domain: Domain): boolean {
  const { resource } = rule
  if (resource.op === 'all') return false
  if (resource.op === 'is') return isOwnType(resource.type, domain) || (resource.in !== undefined && isOwn(resource.in, rule, domain))
  return isOwn(resource.uid, rule, domain)
}

const isOwnType = (type: string, domain: Domain): boolean => type.startsWith(`${domain.name}::`)

function isOwn(uid: Uid, rule: Rule, domain: Domain): boolean {
  if (uid.type === 'Mesh::Domain') return uid.id === domain.name
  if (['Mesh::Product', 'Mesh::Table', 'Mesh::Column'].includes(uid.type)) return uid.id.startsWith(`${domain.name}.`)
  // What descends from the domain's products stays its business, wherever it is.
  if (uid.type === 'Mesh::Label') return rule.effect === 'forbid' && uid.id.startsWith(`origin/${domain.name}/`)
  return isOwnType(uid.type, domain)
}

const isRowType = (type: string): boolean => !type.startsWith('Mesh::')

function namesRowType(rule: Rule): boolean {
  if (scopeTypes(rule.resource).some(isRowType)) return true
  for (const node of allNodes(rule.body)) {
    if (node.kind === 'is' && isRowType(node.type)) return true
    if (node.kind === 'entity' && isRowType(node.uid.type)) return true
  }
  return false
}

function scopeTypes(scope: Scope): string[] {
  if (scope.op === 'all') return []
  if (scope.op === 'is') return [scope.type, ...(scope.in === undefined ? [] : [scope.in.type])]
  return [scope.uid.type]
}
