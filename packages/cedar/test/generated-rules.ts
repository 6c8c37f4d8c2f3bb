import * as fc from 'fast-check'
import {
  type Attributes,
  centreCondition,
  domainConditions,
  every,
  flagAtom,
  hasAtom,
  longAtom,
  named,
  ofPurpose,
  own,
  pick,
  textAtom,
} from './generated-conditions.ts'

/** Policies from a grammar over the example mesh: whatever a rule's author could write. */

const principalScope = fc.oneof(
  { weight: 3, arbitrary: fc.constant('principal') },
  { weight: 2, arbitrary: pick('principal in Mesh::Role::"analyst"', 'principal in Mesh::Role::"sales-rep"', 'principal is Mesh::User') },
)
const useScope = pick(
  'action in Mesh::Action::"use"',
  'action in Mesh::Action::"use"',
  'action == Mesh::Action::"read"',
  'action == Mesh::Action::"reveal"',
  'action in [Mesh::Action::"read", Mesh::Action::"reveal", Mesh::Action::"audit"]',
  'action == Mesh::Action::"discover"',
  'action in [Mesh::Action::"discover", Mesh::Action::"reveal"]',
  'action in [Mesh::Action::"discover", Mesh::Action::"use"]',
)
/** Without a word on what is done, which only a domain's permits may not be: `declare` is not theirs. */
const forbidScope = fc.oneof({ weight: 5, arbitrary: useScope }, { weight: 2, arbitrary: fc.constant('action') })
const reveal = 'action == Mesh::Action::"reveal"'
const clauses = (condition: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(pick('when', 'when', 'unless'), condition), { minLength: 1, maxLength: 2 })
    .map(list => list.map(([kind, body]) => `${kind} { ${body} }`).join(' '))

const centreScope = pick(
  'resource',
  ...['pii', 'phi', 'confidential', 'internal', 'open'].map(label => `resource in Mesh::Label::"${label}"`),
)
const domainScopes = {
  sales: pick(
    'resource in Mesh::Domain::"sales"',
    'resource is sales::crm::customer',
    'resource in Mesh::Product::"sales.crm"',
    'resource in Mesh::Table::"sales.crm.customer"',
    'resource == Mesh::Column::"sales.crm.customer.email"',
    'resource in Mesh::Column::"sales.crm.customer.country"',
    'resource is sales::crm::customer in Mesh::Label::"internal"',
  ),
  health: pick(
    'resource in Mesh::Domain::"health"',
    'resource is health::care::conditions',
    'resource in Mesh::Product::"health.care"',
    'resource == Mesh::Table::"health.care.conditions"',
    'resource in Mesh::Table::"health.care.conditions"',
    'resource in Mesh::Column::"health.care.conditions.code"',
  ),
}

/** What a statement touches stands in forbids, in what closes. */
const touched = pick(
  ...Array.from({ length: 5 }, () => ''),
  'when { context.statement.labels.contains(Mesh::Label::"phi") }',
  'when { context.statement.labels.containsAny([Mesh::Label::"pii", Mesh::Label::"quasi"]) }',
  'when { context.statement.labels.containsAll([Mesh::Label::"pii", Mesh::Label::"public"]) || action == Mesh::Action::"audit" }',
)

/** A policy but for its id. */
type Body = fc.Arbitrary<string>
const rule = (effect: string, action: fc.Arbitrary<string>, resource: fc.Arbitrary<string>, condition: fc.Arbitrary<string>): Body =>
  fc
    .tuple(principalScope, action, resource, clauses(condition), effect === 'forbid' ? touched : fc.constant(''))
    .map(parts => `${effect} (${parts.slice(0, 3).join(', ')}) ${parts[4]} ${parts[3]};`)
const mask = (resource: fc.Arbitrary<string>, condition: fc.Arbitrary<string>): Body =>
  fc
    .tuple(pick('partial', 'generalize', 'token', 'null'), rule('forbid', fc.constant(reveal), resource, condition))
    .map(([transform, text]) => `@mask("${transform}") ${text}`)

/** Of all actions or some, with a condition that asks for the row alone: what it says of a column is not what it says of its cells. */
const aboutRow = (effect: 'permit' | 'forbid', resource: fc.Arbitrary<string>, attributes_: Attributes): Body => {
  const action = pick(
    ...(effect === 'forbid' ? ['action'] : []),
    'action in [Mesh::Action::"discover", Mesh::Action::"use"]',
    'action in [Mesh::Action::"discover", Mesh::Action::"reveal"]',
  )
  const condition = fc.oneof(textAtom(attributes_), longAtom(attributes_), flagAtom(attributes_), hasAtom(attributes_))
  return fc.tuple(action, resource, condition).map(([does, of, when]) => `${effect} (principal, ${does}, ${of}) when { ${when} };`)
}

/** Of what is named alone, and the purpose: nothing of it hangs on the row, and what is found for one who asks may not be so for others. */
const aboutNamed = (effect: 'permit' | 'forbid', resource: fc.Arbitrary<string>): Body => {
  const masked = effect === 'forbid' ? pick('', '@mask("null") ', '@mask("token") ') : fc.constant('')
  const condition = fc.oneof(pick(...named), pick(...named, ...ofPurpose))
  const all = fc.tuple(masked, useScope, resource, pick('when', 'unless'), condition, condition, pick('&&', '||'))
  return all.map(
    ([transform, does, of, kind, a, b, and]) =>
      `${transform}${effect} (principal, ${transform === '' ? does : reveal}, ${of}) ${kind} { ${a} ${and} ${b} };`,
  )
}

const domainRule = (domain: 'sales' | 'health'): Body =>
  fc.oneof(
    { weight: 4, arbitrary: rule('permit', useScope, domainScopes[domain], domainConditions[domain]) },
    { weight: 1, arbitrary: aboutRow('permit', domainScopes[domain], own[domain]) },
    { weight: 1, arbitrary: aboutNamed('permit', domainScopes[domain]) },
    { weight: 2, arbitrary: domainForbid(domain) },
    { weight: 1, arbitrary: domainMask(domain) },
  )
export const domainForbid = (domain: 'sales' | 'health'): Body =>
  fc.oneof(
    { weight: 2, arbitrary: rule('forbid', forbidScope, domainScopes[domain], domainConditions[domain]) },
    { weight: 1, arbitrary: aboutRow('forbid', domainScopes[domain], own[domain]) },
    { weight: 1, arbitrary: aboutNamed('forbid', domainScopes[domain]) },
  )
export const domainMask = (domain: 'sales' | 'health'): Body => mask(domainScopes[domain], domainConditions[domain])
export const centreForbid = fc.oneof(
  { weight: 2, arbitrary: rule('forbid', forbidScope, centreScope, centreCondition) },
  { weight: 1, arbitrary: aboutRow('forbid', centreScope, every) },
  { weight: 1, arbitrary: aboutNamed('forbid', centreScope) },
)
export const centreMask = mask(centreScope, centreCondition)
const centreRule: Body = fc.oneof(centreForbid, centreMask)

const numbered = (author: string, bodies: readonly string[]): string =>
  bodies.map((body, at) => `@id("${author}/r${at}") ${body}`).join('\n')

/** Rules by author; the domains always permit something widely, so that forbids have something to take away. */
export const generatedRules: fc.Arbitrary<Record<'central' | 'sales' | 'health', string>> = fc
  .tuple(
    fc.array(centreRule, { maxLength: 3 }),
    fc.array(domainRule('sales'), { maxLength: 4 }),
    fc.array(domainRule('health'), { maxLength: 4 }),
    fc.boolean(),
  )
  .map(([central, sales, health, wide]) => {
    const base = (domain: string): string[] =>
      wide ? [`permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"${domain}");`] : []
    return {
      central: numbered('central', central),
      sales: numbered('sales', [...sales, ...base('sales')]),
      health: numbered('health', [...health, ...base('health')]),
    }
  })

/** Rules that nothing of a row decides, one after the other on the same cells. */
export const generatedNamedRules: fc.Arbitrary<Record<'central' | 'sales' | 'health', string>> = fc
  .tuple(
    fc.array(aboutNamed('forbid', fc.constant('resource in Mesh::Label::"pii"')), { maxLength: 2 }),
    fc.array(
      aboutNamed('forbid', pick('resource in Mesh::Column::"sales.crm.customer.country"', 'resource in Mesh::Table::"sales.crm.customer"')),
      {
        minLength: 1,
        maxLength: 2,
      },
    ),
  )
  .map(([central, sales]) => ({
    central: numbered('central', central),
    sales: numbered('sales', [...sales, 'permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"sales");']),
    health: '',
  }))
