import * as fc from 'fast-check'
import { longPool, stringPool } from './generated-askers.ts'

/** Conditions from a grammar over the example mesh: whatever a rule's author could write. */

export const pick = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts)

const quoted = (text: string): string => JSON.stringify(text)
export interface Attributes {
  readonly texts: readonly string[]
  readonly longs: readonly string[]
  readonly flags: readonly string[]
  readonly textSets: readonly string[]
  readonly longSets: readonly string[]
}
export const own = {
  sales: {
    texts: ['country', 'first_name', 'email'],
    longs: ['customer_id', 'support_rep_id'],
    flags: ['vip'],
    textSets: ['sites'],
    longSets: [],
  },
  health: { texts: ['code', 'patient'], longs: ['severity'], flags: ['active'], textSets: ['providers'], longSets: ['ranks'] },
} satisfies Record<string, Attributes>
export const every: Attributes = {
  texts: [...own.sales.texts, ...own.health.texts],
  longs: [...own.sales.longs, ...own.health.longs],
  flags: [...own.sales.flags, ...own.health.flags],
  textSets: [...own.sales.textSets, ...own.health.textSets],
  longSets: own.health.longSets,
}
const strange = ['nothing', 'residency']
const labels = ['public', 'internal', 'open']

const textLiteral = fc.constantFrom(...stringPool).map(quoted)
const longLiteral = fc.constantFrom(...longPool).map(String)
const pattern = pick('a*', '*b', '*', 'a\\*b', '*%*', 'a', '*a*b*', '').map(text => `"${text}"`)

/** Reads an attribute as the validator wants it, or not: then it errs where it is missing. */
const guarded = (attribute: string, condition: string, how: number): string =>
  how === 0 ? condition : how === 1 ? `(!(resource has ${attribute}) || ${condition})` : `(resource has ${attribute} && ${condition})`
const guard = fc.integer({ min: 0, max: 9 })

export const textAtom = ({ texts }: Attributes) =>
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

export const longAtom = ({ longs }: Attributes) =>
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

export const flagAtom = ({ flags }: Attributes) =>
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

export const hasAtom = ({ texts, longs, flags, textSets, longSets }: Attributes) =>
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

/** Of entities that are named: they may be who or what is asked for, and stand where they stand whoever asks. */
export const named = [
  'principal == Mesh::User::"workforce/User"',
  'principal in [Mesh::User::"workforce/other", Mesh::Agent::"workforce/Agent"]',
  'Mesh::User::"workforce/User" in Mesh::Role::"analyst"',
  'Mesh::User::"workforce/other" in [Mesh::Role::"sales-rep", Mesh::Group::"g"]',
  'Mesh::Agent::"workforce/Agent" in Mesh::Role::"clinician"',
  'Mesh::Workload::"workforce/Workload" in Mesh::Role::"analyst"',
  'Mesh::User::"workforce/User" has remote && Mesh::User::"workforce/User".remote',
  'Mesh::User::"workforce/other" has employee_id && Mesh::User::"workforce/other".employee_id > 0',
  'Mesh::Agent::"workforce/other".provider_id like "a*"',
  'Mesh::Action::"read" in Mesh::Action::"use"',
  'Mesh::Action::"discover" in Mesh::Action::"use"',
  'Mesh::Action::"reveal" == action',
  '[Mesh::Action::"reveal", Mesh::Action::"audit"].contains(action)',
  'Mesh::Column::"sales.crm.customer.email" in Mesh::Label::"internal"',
  'Mesh::Column::"health.care.conditions.code" in [Mesh::Label::"public", Mesh::Label::"internal"]',
  'Mesh::Table::"health.care.conditions" in Mesh::Domain::"health"',
  'Mesh::Product::"sales.crm" in Mesh::Label::"internal"',
  'Mesh::Label::"open" in Mesh::Label::"public"',
  'Mesh::Purpose::"fraud-analytics" in Mesh::Purpose::"analytics"',
  'Mesh::Purpose::"research" in context.purpose',
]

export const ofPurpose = [
  'context.purpose in Mesh::Purpose::"analytics"',
  'context.purpose == Mesh::Purpose::"research"',
  '[Mesh::Purpose::"analytics"].contains(context.purpose)',
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
  ...ofPurpose,
  ...calls,
  ...named,
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
export const centreCondition = conditionWith(pick(...anywhere), every)
export const domainConditions = {
  sales: conditionWith(pick(...anywhere, ...typed), own.sales),
  health: conditionWith(pick(...anywhere, ...typed), own.health),
}
