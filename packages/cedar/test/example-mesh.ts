import type { AttributeType, Column, Domain, Label, Mesh, PolicyText, Product, ReachedSet, Table } from '@selvage/kernel/contract'
import { type ColumnType, type Name, productId, tableId } from '@selvage/kernel/model'
import type { Asker, Subject } from '@selvage/kernel/policy'

/** The example mesh, as far as policies see it: few columns, all rules. */

const name = (text: string): Name => text as Name

type ColumnSpec = readonly [name: string, type: ColumnType, classification: string | undefined, ...labels: string[]]

export function column([own, type, classification, ...labels]: ColumnSpec): Column {
  const base = { name: name(own), physicalName: own, type, required: false, unique: false, labels, quality: [], options: {} }
  return classification === undefined ? base : { ...base, classification }
}

function table(product: Product['id'], own: string, labels: readonly string[], columns: readonly ColumnSpec[]): Table {
  const id = tableId(product, name(own))
  return { id, name: name(own), physicalName: own, labels, primaryKey: [], columns: columns.map(column), quality: [] }
}

/** What a set holds; how its table reaches it is nothing to policies. */
type SetSpec = readonly [name: string, element: ReachedSet['element']]

function reached([own, element]: SetSpec): ReachedSet {
  return { name: name(own), from: name('elsewhere'), foreignKey: name('other'), key: name('own'), collect: name('value'), element }
}

function product(
  domain: string,
  own: string,
  tables: Readonly<Record<string, { labels?: string[]; columns: ColumnSpec[]; sets?: SetSpec[] }>>,
): Product {
  const id = productId(name(domain), name(own))
  const made = Object.entries(tables).map(([table_, spec]) => {
    const plain = table(id, table_, spec.labels ?? [], spec.columns)
    return spec.sets === undefined ? plain : { ...plain, sets: spec.sets.map(reached) }
  })
  return {
    id,
    domain: name(domain),
    name: name(own),
    version: '1.0.0',
    labels: [],
    tables: made,
    text: '',
    path: `domains/${domain}/products/${own}`,
  }
}

const crm = product('sales', 'crm', {
  customer: {
    columns: [
      ['customer_id', 'BIGINT', 'internal'],
      ['first_name', 'VARCHAR', 'confidential', 'pii'],
      ['email', 'VARCHAR', 'confidential', 'pii_email'],
      ['country', 'VARCHAR', 'public'],
      ['support_rep_id', 'BIGINT', 'internal'],
      ['vip', 'BOOLEAN', 'internal'],
      ['born', 'DATE', 'confidential', 'pii'],
      ['note', 'VARCHAR', undefined],
    ],
    sets: [['sites', 'VARCHAR']],
  },
})

const care = product('health', 'care', {
  encounters: {
    labels: ['phi'],
    columns: [
      ['id', 'VARCHAR', 'restricted'],
      ['patient', 'VARCHAR', 'restricted'],
      ['provider', 'VARCHAR', 'restricted'],
    ],
  },
  conditions: {
    labels: ['phi'],
    columns: [
      ['patient', 'VARCHAR', 'restricted'],
      ['code', 'VARCHAR', 'restricted'],
      ['severity', 'INTEGER', 'restricted'],
      ['active', 'BOOLEAN', 'restricted'],
    ],
    sets: [
      ['providers', 'VARCHAR'],
      ['ranks', 'BIGINT'],
    ],
  },
  organizations: {
    columns: [
      ['id', 'VARCHAR', 'public'],
      ['zip', 'VARCHAR', 'public'],
    ],
  },
})

const people = product('census', 'people', {
  adult: {
    columns: [
      ['age', 'BIGINT', 'internal', 'quasi'],
      ['education', 'VARCHAR', 'internal', 'quasi'],
      ['salary_class', 'VARCHAR', 'public'],
    ],
  },
})

const label = (own: string, kind: Label['kind'], classification = false, parents: readonly string[] = []): [string, Label] => [
  own,
  { name: own, kind, classification, parents },
]

export const guardrails = `
@id("central/phi-training") @reason("health data needs the hipaa training")
forbid (principal, action == Mesh::Action::"read", resource in Mesh::Label::"phi")
unless { principal is Mesh::User && principal has trainings && principal.trainings.contains("hipaa") };

@id("central/pii") @mask("token") @reason("personal data is tokenised outside service provision")
forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Label::"pii")
unless { context.purpose in Mesh::Purpose::"service-provision" };
`

export const salesPolicies = `
@id("sales/analysts")
permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Domain::"sales")
when { context.purpose in Mesh::Purpose::"analytics" };

@id("sales/own-customers")
permit (principal is Mesh::User, action in [Mesh::Action::"read", Mesh::Action::"reveal"], resource is sales::crm::customer)
when { context.purpose in Mesh::Purpose::"service-provision" || context.purpose in Mesh::Purpose::"analytics" }
when { resource has support_rep_id && principal has employee_id && resource.support_rep_id == principal.employee_id };

@id("sales/owner")
permit (principal in Mesh::Role::"owner", action in [Mesh::Action::"publish", Mesh::Action::"grant", Mesh::Action::"administer", Mesh::Action::"audit"], resource in Mesh::Domain::"sales");

@id("sales/auditors")
permit (principal in Mesh::Role::"auditor", action == Mesh::Action::"audit", resource in Mesh::Domain::"sales");
`

export const healthPolicies = `
@id("health/treating")
permit (principal in Mesh::Role::"clinician", action in Mesh::Action::"use", resource is health::care::encounters)
when { context.purpose in Mesh::Purpose::"service-provision" }
when { resource has provider && principal has provider_id && resource.provider == principal.provider_id };

@id("health/researchers")
permit (principal in Mesh::Role::"researcher", action in Mesh::Action::"use", resource in Mesh::Product::"health.care")
when { context.purpose in Mesh::Purpose::"research" };

@id("health/sensitive") @reason("this diagnosis is not for research")
forbid (principal, action == Mesh::Action::"read", resource is health::care::conditions)
when { context.purpose in Mesh::Purpose::"research" && resource has code && resource.code == "706893006" };

@id("health/oops")
permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Product::"health.care");
`

export const censusPolicies = `
@id("census/open")
permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"census")
when { [Mesh::Purpose::"analytics", Mesh::Purpose::"research"].contains(context.purpose) };
`

function domain(own: string, products: readonly Product[], text: string, declare: Readonly<Record<string, readonly string[]>>): Domain {
  return {
    name: name(own),
    owner: `${own}-owner`,
    escalation: [],
    issuers: [],
    devices: [],
    declare: Object.entries(declare).map(([role, purposes]) => ({ role, purposes })),
    policies: [{ path: `domains/${own}/policies/rules.cedar`, text }],
    products,
  }
}

const purposes = ['service-provision', 'analytics', 'research', 'fraud-analytics']
const attributes: readonly (readonly [string, AttributeType])[] = [
  ['employee_id', 'integer'],
  ['provider_id', 'string'],
  ['trainings', 'strings'],
  ['remote', 'boolean'],
]
const declare = {
  'sales-rep': ['service-provision', 'analytics'],
  analyst: ['analytics'],
  researcher: ['research'],
  clinician: ['service-provision'],
  owner: ['service-provision'],
  auditor: ['service-provision'],
}

export const exampleMesh: Mesh = {
  name: 'example',
  taxonomy: {
    labels: new Map([
      label('public', 'releasing', true),
      label('internal', 'releasing', true),
      label('confidential', 'restricting', true),
      label('restricted', 'restricting', true),
      label('pii', 'restricting'),
      label('pii_email', 'restricting', false, ['pii']),
      label('phi', 'restricting'),
      label('quasi', 'restricting'),
      label('open', 'releasing'),
    ]),
    purposes: new Map(
      purposes.map(own => [
        own,
        { name: own, iri: `https://w3id.org/dpv#${own}`, parents: own === 'fraud-analytics' ? ['analytics'] : [] },
      ]),
    ),
    semanticTypes: new Map(),
    subjectAttributes: new Map(attributes),
    roles: ['sales-rep', 'analyst', 'researcher', 'clinician', 'owner', 'auditor', 'centre'],
    groups: ['g'],
  },
  baseline: { require: [] },
  guardrails: [{ path: 'guardrails/rules.cedar', text: guardrails }],
  domains: [
    domain('sales', [crm], salesPolicies, declare),
    domain('health', [care], healthPolicies, declare),
    domain('census', [people], censusPolicies, declare),
  ],
}

/** Every Cedar file of a mesh. */
export const policyFiles = (mesh: Mesh): PolicyText[] => [...mesh.guardrails, ...mesh.domains.flatMap(one => one.policies)]

/** The mesh with more rules of the centre or a domain, in files of their own. */
export function withRules(mesh: Mesh, more: Readonly<Record<string, string>>): Mesh {
  const extra = (own: string): PolicyText[] => (more[own] === undefined ? [] : [{ path: `extra/${own}.cedar`, text: more[own] }])
  return {
    ...mesh,
    guardrails: [...mesh.guardrails, ...extra('central')],
    domains: mesh.domains.map(one => ({ ...one, policies: [...one.policies, ...extra(one.name)] })),
  }
}

/** The mesh with other rules. */
export function onlyRules(mesh: Mesh, rules: Readonly<Record<string, string>>): Mesh {
  return withRules({ ...mesh, guardrails: [], domains: mesh.domains.map(one => ({ ...one, policies: [] })) }, rules)
}

export function subject(
  login: string,
  roles: readonly string[],
  attributes_: Subject['attributes'] = {},
  kind: Subject['kind'] = 'User',
): Subject {
  return { kind, id: `workforce/${login}`, roles, groups: [], attributes: attributes_ }
}

export const subjects = {
  rep: subject('rep', ['sales-rep'], { employee_id: 3 }),
  analyst: subject('analyst', ['analyst']),
  partner: { ...subject('analyst', []), id: 'partner/analyst' },
  researcher: subject('researcher', ['researcher'], { trainings: ['hipaa'] }),
  clinician: subject('clinician', ['clinician'], { provider_id: 'p1', trainings: ['hipaa'] }),
  owner: subject('sales-owner', ['owner']),
  auditor: subject('auditor', ['auditor']),
  copilot: subject('copilot', ['analyst'], {}, 'Agent'),
}

export const asks = (who: Subject, purpose: string, ...actors: readonly Subject[]): Asker => ({ subject: who, actors, purpose })
