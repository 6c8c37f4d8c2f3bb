import type { Table } from '@selvage/kernel/contract'
import type { Circumstances, Device, Row, Subject } from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { subject } from './example-mesh.ts'

/** Policies, askers and rows from a grammar over the example mesh: whatever a rule's author could write. */

const pick = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts)

const strings = ['a', 'A', '', 'a*b', 'ab', 'é%_', '706893006', 'x\\"y']
const quoted = (text: string): string => JSON.stringify(text)
const stringPool = ['a', 'A', '', 'a*b', 'ab', 'é%_', '706893006']
const longPool = [-1, 0, 1, 3, 4]
interface Attributes {
  readonly texts: readonly string[]
  readonly longs: readonly string[]
  readonly flags: readonly string[]
  readonly textSets: readonly string[]
  readonly longSets: readonly string[]
}
const own = {
  sales: {
    texts: ['country', 'first_name', 'email'],
    longs: ['customer_id', 'support_rep_id'],
    flags: ['vip'],
    textSets: ['sites'],
    longSets: [],
  },
  health: { texts: ['code', 'patient'], longs: ['severity'], flags: ['active'], textSets: ['providers'], longSets: ['ranks'] },
} satisfies Record<string, Attributes>
const every: Attributes = {
  texts: [...own.sales.texts, ...own.health.texts],
  longs: [...own.sales.longs, ...own.health.longs],
  flags: [...own.sales.flags, ...own.health.flags],
  textSets: [...own.sales.textSets, ...own.health.textSets],
  longSets: own.health.longSets,
}
const strange = ['nothing', 'residency']
const labels = ['public', 'internal', 'open']

const textLiteral = fc.constantFrom(...strings.slice(0, 7)).map(quoted)
const longLiteral = fc.constantFrom(...longPool).map(String)
const pattern = pick('a*', '*b', '*', 'a\\*b', '*%*', 'a', '*a*b*', '').map(text => `"${text}"`)

/** Reads an attribute as the validator wants it, or not: then it errs where it is missing. */
const guarded = (attribute: string, condition: string, how: number): string =>
  how === 0 ? condition : how === 1 ? `(!(resource has ${attribute}) || ${condition})` : `(resource has ${attribute} && ${condition})`
const guard = fc.integer({ min: 0, max: 9 })

const textAtom = ({ texts }: Attributes) =>
  fc.tuple(pick(...texts), textLiteral, pattern, guard, fc.integer({ min: 0, max: 11 })).map(([at, literal, like, how, form]) => {
    const it = `resource.${at}`
    const forms = [
      `${it} == ${literal}`,
      `${it} != ${literal}`,
      `${it} like ${like}`,
      `[${literal}, "a"].contains(${it})`,
      `principal has trainings && principal.trainings.contains(${it})`,
      `principal has trainings && principal.trainings.containsAny([${it}, ${literal}])`,
      `[${it}, "a"].containsAll([${literal}])`,
      `[${it}, "a"] == ["a", ${literal}]`,
      `{ x: ${it}, y: 1 }.x == ${literal}`,
      `principal has provider_id && ${it} == principal.provider_id`,
      `${it} == 3`,
      `(if resource has ${at} then ${it} else "a") like ${like}`,
    ]
    return guarded(at, `(${forms[form]})`, how)
  })

const longAtom = ({ longs }: Attributes) =>
  fc
    .tuple(pick(...longs), pick(...longs), longLiteral, pick('==', '!=', '<', '<=', '>', '>='), guard, fc.integer({ min: 0, max: 7 }))
    .map(([at, other, literal, op, how, form]) => {
      const it = `resource.${at}`
      const forms = [
        `${it} ${op} ${literal}`,
        `${literal} ${op} ${it}`,
        `principal has employee_id && ${it} ${op} principal.employee_id`,
        `principal has employee_id && ${it} ${op} principal.employee_id + 1`,
        `resource has ${other} && ${it} ${op} resource.${other}`,
        `(if resource has ${other} then resource.${other} else ${literal}) ${op} ${it}`,
        `${it} ${op} duration("3ms").toMilliseconds()`,
        `${it} ${op} (if principal has remote && principal.remote then duration("1s") else duration("4s")).toSeconds()`,
      ]
      return guarded(at, `(${forms[form]})`, how)
    })

const flagAtom = ({ flags }: Attributes) =>
  fc
    .tuple(pick(...flags), guard, fc.integer({ min: 0, max: 2 }))
    .map(([at, how, form]) =>
      guarded(at, [`resource.${at}`, `(resource.${at} == false)`, `(resource.${at} == (resource has country))`][form] as string, how),
    )

/** Whatever may be asked of what a row reaches. */
const setAtom = ({ texts, longs, textSets, longSets }: Attributes) =>
  fc
    .tuple(pick(...textSets), pick(...texts), textLiteral, pick(...longSets, 'ranks'), pick(...longs), longLiteral, guard)
    .chain(([at, text, literal, ranks, long, number, how]) => {
      const it = `resource.${at}`
      const forms = [
        `${it}.contains(${literal})`,
        `${it}.containsAny([${literal}, "a"])`,
        `${it}.containsAll([${literal}, "a"])`,
        `${it}.containsAll([])`,
        `${it}.isEmpty()`,
        `${it}.contains(3)`,
        `resource has ${text} && ${it}.contains(resource.${text})`,
        `resource has ${text} && ${it}.containsAny([resource.${text}, ${literal}])`,
        `${it}.contains(resource.${text})`,
        `principal has provider_id && ${it}.contains(principal.provider_id)`,
        `principal has trainings && ${it}.containsAny(principal.trainings)`,
        `principal has trainings && ${it}.containsAll(principal.trainings)`,
        `(if principal is Mesh::User then ${it}.contains(${literal}) else ${it}.isEmpty())`,
      ]
      const longForms = [
        `resource.${ranks}.contains(${number})`,
        `resource.${ranks}.containsAny([${number}, 3])`,
        `resource has ${long} && resource.${ranks}.contains(resource.${long})`,
        `principal has employee_id && !resource.${ranks}.contains(principal.employee_id)`,
        `resource.${ranks}.isEmpty()`,
      ]
      const ofTexts = pick(...forms).map(form => guarded(at, `(${form})`, how))
      return longSets.length === 0
        ? ofTexts
        : fc.oneof(
            ofTexts,
            pick(...longForms).map(form => guarded(ranks, `(${form})`, how)),
          )
    })

const hasAtom = ({ texts, longs, flags, textSets, longSets }: Attributes) =>
  fc
    .tuple(pick(...texts, ...longs, ...flags, ...textSets, ...longSets, ...strange), fc.boolean())
    .map(([at, negated]) => (negated ? `!(resource has ${at})` : `resource has ${at}`))

const anywhere = [
  ...labels.map(label => `resource in Mesh::Label::"${label}"`),
  'resource in Mesh::Table::"sales.crm.customer"',
  'resource in [Mesh::Column::"sales.crm.customer.country", Mesh::Column::"health.care.conditions.code"]',
  'resource in Mesh::Domain::"health"',
]
const typed = ['resource is sales::crm::customer', 'resource is health::care::conditions in Mesh::Label::"internal"']

/** Of what is known without the row: the linter lets no column into a call. The last one errs. */
const calls = [
  '(if principal has remote && principal.remote then decimal("1.5") else decimal("3.25")).lessThan(decimal("2.0"))',
  '(if principal is Mesh::User then ip("10.1.2.3") else ip("::1")).isInRange(ip("10.0.0.0/8"))',
  '(if context.proof == "bearer" then ip("127.0.0.1") else ip("224.0.0.1")).isLoopback()',
  'datetime("2024-02-29").offset(duration("1d")) == datetime("2024-03-01")',
  'principal has employee_id && principal.employee_id >= duration("3ms").toMilliseconds()',
  'context has device && context.device.age_minutes <= duration("15m").toMinutes()',
  'datetime("2024-02-29T23:59:59Z").offset(duration("9223372036854775807ms")) > datetime("1970-01-01")',
]

const subjectAtom = pick(
  'principal is Mesh::User',
  'principal is Mesh::Agent in Mesh::Role::"analyst"',
  'principal in [Mesh::Role::"analyst", Mesh::Role::"clinician"]',
  'principal in Mesh::Group::"g"',
  'principal has employee_id && principal.employee_id > 2',
  'principal has employee_id && principal.employee_id * 9007199254740991 > 5',
  'principal.provider_id like "a*"',
  'principal has remote && principal.remote',
  'principal has trainings && !principal.trainings.isEmpty()',
  'principal has trainings && principal.trainings == ["a", "hipaa"]',
  'context.purpose in Mesh::Purpose::"analytics"',
  'context.purpose == Mesh::Purpose::"research"',
  '[Mesh::Purpose::"analytics"].contains(context.purpose)',
  'context has device && context.device has managed && context.device.managed',
  'context has device && context.device has encrypted && !context.device.encrypted',
  'context has device && context.device.method == "asserted"',
  'context has device && !(context.device has patched)',
  'context has device && context.device.age_minutes <= 15',
  'context has device && ["staff", "mdm"].contains(context.device.source)',
  '["dpop", "mtls"].contains(context.proof)',
  'context.degraded.contains("signals-stale")',
  'context.degraded.isEmpty()',
  'action in Mesh::Action::"use"',
  'action == Mesh::Action::"read"',
  'true',
  ...calls,
)

const conditionWith = (placeAtom: fc.Arbitrary<string>, attributes_: Attributes): fc.Arbitrary<string> =>
  fc.letrec<{ condition: string }>(tie => ({
    condition: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      { arbitrary: textAtom(attributes_), weight: 3 },
      { arbitrary: longAtom(attributes_), weight: 3 },
      { arbitrary: setAtom(attributes_), weight: 2 },
      flagAtom(attributes_),
      { arbitrary: hasAtom(attributes_), weight: 2 },
      placeAtom,
      subjectAtom,
      fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} && ${b})`),
      fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} || ${b})`),
      tie('condition').map(a => `!(${a})`),
      fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([a, b, c]) => `(if ${a} then ${b} else ${c})`),
      fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `((${a}) == (${b}))`),
    ),
  })).condition
/** The centre may not name the row types of domains. */
const centreCondition = conditionWith(pick(...anywhere), every)
const domainConditions = {
  sales: conditionWith(pick(...anywhere, ...typed), own.sales),
  health: conditionWith(pick(...anywhere, ...typed), own.health),
}

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

const domainRule = (domain: 'sales' | 'health'): Body =>
  fc.oneof(
    { weight: 4, arbitrary: rule('permit', useScope, domainScopes[domain], domainConditions[domain]) },
    { weight: 1, arbitrary: aboutRow('permit', domainScopes[domain], own[domain]) },
    { weight: 2, arbitrary: domainForbid(domain) },
    { weight: 1, arbitrary: domainMask(domain) },
  )
export const domainForbid = (domain: 'sales' | 'health'): Body =>
  fc.oneof(
    { weight: 2, arbitrary: rule('forbid', forbidScope, domainScopes[domain], domainConditions[domain]) },
    { weight: 1, arbitrary: aboutRow('forbid', domainScopes[domain], own[domain]) },
  )
export const domainMask = (domain: 'sales' | 'health'): Body => mask(domainScopes[domain], domainConditions[domain])
export const centreForbid = fc.oneof(
  { weight: 2, arbitrary: rule('forbid', forbidScope, centreScope, centreCondition) },
  { weight: 1, arbitrary: aboutRow('forbid', centreScope, every) },
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

const attributes: fc.Arbitrary<Subject['attributes']> = fc.record(
  {
    employee_id: fc.constantFrom(...longPool, 9007199254740991),
    provider_id: fc.constantFrom(...stringPool),
    trainings: fc.uniqueArray(fc.constantFrom('hipaa', ...stringPool), { maxLength: 3 }),
    remote: fc.boolean(),
  },
  { requiredKeys: [] },
)

const generatedSubject = (kind: Subject['kind']): fc.Arbitrary<Subject> =>
  fc
    .tuple(fc.uniqueArray(fc.constantFrom('analyst', 'sales-rep', 'clinician'), { maxLength: 2 }), attributes, fc.boolean())
    .map(([roles, own, group]) => ({ ...subject(kind, ['everybody', ...roles], own, kind), groups: group ? ['g'] : [] }))

export interface GeneratedAsker {
  readonly subject: Subject
  readonly actors: readonly Subject[]
  readonly purpose: string
  readonly circumstances?: Circumstances
}

const signal = fc.boolean()
const device: fc.Arbitrary<Device> = fc
  .tuple(
    fc.record({
      method: fc.constantFrom('asserted' as const, 'managed' as const, 'attested' as const),
      source: fc.constantFrom('staff', 'mdm', 'é'),
      ageMinutes: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.maxSafeInteger()),
    }),
    fc.record({ managed: signal, encrypted: signal, patched: signal }, { requiredKeys: [] }),
  )
  .map(([known, signals]) => ({ ...known, ...signals }))

export const generatedCircumstances: fc.Arbitrary<Circumstances> = fc
  .tuple(
    fc.constantFrom('bearer' as const, 'dpop' as const, 'mtls' as const),
    fc.subarray(['keys-stale', 'signals-stale']),
    fc.option(device, { nil: undefined }),
  )
  .map(([proof, degraded, known]) => ({ proof, degraded, ...(known === undefined ? {} : { device: known }) }))

export const generatedAsker: fc.Arbitrary<GeneratedAsker> = fc
  .tuple(
    fc.oneof({ weight: 4, arbitrary: generatedSubject('User') }, generatedSubject('Workload')),
    fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(generatedSubject('Agent'), { maxLength: 2 })),
    fc.constantFrom('analytics', 'fraud-analytics', 'research', 'service-provision'),
    fc.option(generatedCircumstances, { nil: undefined }),
  )
  .map(([who, actors, purpose, circumstances]) => ({
    subject: who,
    actors,
    purpose,
    ...(circumstances === undefined ? {} : { circumstances }),
  }))

/** What a statement may touch beside what is asked about; undefined: there is no statement. */
export const generatedLabels: fc.Arbitrary<readonly string[] | undefined> = fc.option(
  fc.subarray(['internal', 'phi', 'pii', 'pii_email', 'public', 'quasi']),
  { nil: undefined },
)

/** A row in which about a third of the cells are NULL, and many a set empty. */
export function generatedRow(table: Table): fc.Arbitrary<Row> {
  const cells = table.columns.map(column => {
    const value: fc.Arbitrary<string | bigint | boolean> =
      column.type === 'BOOLEAN'
        ? fc.boolean()
        : column.type === 'VARCHAR'
          ? fc.constantFrom(...stringPool)
          : fc.constantFrom(...longPool).map(BigInt)
    return [column.name, fc.option(value, { freq: 2, nil: null })] as const
  })
  const sets = (table.sets ?? []).map(({ name, element }) => {
    const item: fc.Arbitrary<string | bigint> =
      element === 'VARCHAR' ? fc.constantFrom(...stringPool) : fc.constantFrom(...longPool).map(BigInt)
    return [name, fc.uniqueArray(item, { maxLength: 3 })] as const
  })
  return fc.record(Object.fromEntries<fc.Arbitrary<Row[string]>>([...cells, ...sets]))
}
