import type { Column, Domain, Label, Mesh, PolicyText, Table } from '@selvage/kernel/contract'
import { type Name, productId, tableId } from '@selvage/kernel/model'
import type { Asker } from '@selvage/kernel/policy'
import { Random } from '../conformance/cedar/types.ts'

/** A mesh with many rules: guardrails with masks by label, permits by role, rows by attribute. */
const domains = 10
const tablesPerDomain = 20
const roles = Array.from({ length: 40 }, (_, at) => `role${at}`)
const labels = Array.from({ length: 30 }, (_, at) => `label${at}`)
const purposes = ['analytics', 'research', 'service', 'audit']
const allLabels: readonly Label[] = [
  { name: 'internal', kind: 'releasing', classification: true, parents: [] },
  ...labels.map(
    (own, at): Label => ({
      name: own,
      kind: 'restricting',
      classification: false,
      parents: at === 0 ? [] : [labels[Math.floor((at - 1) / 3)]!],
    }),
  ),
]
const name = (text: string): Name => text as Name

function column(random: Random, at: number): Column {
  const own = at === 0 ? 'region' : at === 1 ? 'owner_id' : `column${at}`
  const type = at === 1 ? 'BIGINT' : 'VARCHAR'
  const carried = random.chance(0.4) ? [random.pick(labels)] : []
  return {
    name: name(own),
    physicalName: own,
    type,
    required: false,
    unique: false,
    labels: carried,
    quality: [],
    options: {},
    classification: 'internal',
  }
}

function domain(random: Random, at: number, columns: number): Domain {
  const own = name(`domain${at}`)
  const product = productId(own, name('product'))
  const tables = Array.from({ length: tablesPerDomain }, (_, number): Table => {
    const table = name(`table${number}`)
    const list = Array.from({ length: columns }, (_, index) => column(random, index))
    return { id: tableId(product, table), name: table, physicalName: table, labels: [], primaryKey: [], columns: list, quality: [] }
  })
  return {
    name: own,
    owner: 'owner',
    escalation: [],
    issuers: [],
    devices: [],
    declare: roles.map(role => ({ role, purposes })),
    policies: [{ path: `domains/${own}/policies/rules.cedar`, text: '' }],
    products: [
      {
        id: product,
        domain: own,
        name: name('product'),
        version: '1.0.0',
        labels: [],
        tables,
        text: '',
        path: `domains/${own}/products/product`,
      },
    ],
  }
}

export function policyMesh(
  size: number,
  columns: number,
  seed: number,
): { mesh: Mesh; files: readonly PolicyText[]; askers: readonly Asker[] } {
  const random = new Random(seed)
  const mesh: Mesh = {
    name: 'bench',
    taxonomy: {
      labels: new Map(allLabels.map(label => [label.name, label])),
      purposes: new Map(purposes.map(own => [own, { name: own, iri: `https://w3id.org/dpv#${own}`, parents: [] }])),
      semanticTypes: new Map(),
      subjectAttributes: new Map([
        ['employee_id', 'integer'],
        ['region', 'string'],
        ['trainings', 'strings'],
      ]),
      roles,
      groups: [],
    },
    baseline: { require: [] },
    guardrails: [{ path: 'guardrails/rules.cedar', text: '' }],
    domains: Array.from({ length: domains }, (_, at) => domain(random, at, columns)),
  }
  const files = new Map<string, string>()
  for (let at = 0; at < size; at++) {
    const { path, text } = rule(random, at)
    files.set(path, `${files.get(path) ?? ''}${text}\n`)
  }
  const askers = Array.from(
    { length: 200 },
    (_, at): Asker => ({
      subject: {
        kind: 'User',
        id: `workforce/user${at}`,
        roles: random.some(roles, 1 + random.below(3)),
        groups: [],
        attributes: { employee_id: at, region: `region${random.below(5)}`, trainings: random.chance(0.5) ? ['hipaa'] : [] },
      },
      actors: [],
      purpose: random.pick(purposes),
    }),
  )
  return { mesh, files: [...files].map(([path, text]) => ({ path, text })), askers }
}

/** A tenth guardrails, six tenths permits by role, three tenths rows by attribute. */
function rule(random: Random, at: number): { readonly path: string; readonly text: string } {
  const domainName = `domain${random.below(domains)}`
  const table = `Mesh::Table::"${domainName}.product.table${random.below(tablesPerDomain)}"`
  const path = `domains/${domainName}/policies/rules.cedar`
  const inPurpose = `context.purpose in Mesh::Purpose::"${random.pick(purposes)}"`
  if (at % 10 === 0) {
    const head = `@id("central/r${at}") @mask("${random.pick(['token', 'partial', 'null'])}")`
    const scope = `principal, action == Mesh::Action::"reveal", resource in Mesh::Label::"${random.pick(labels)}"`
    return { path: 'guardrails/rules.cedar', text: `${head} forbid (${scope}) unless { ${inPurpose} };` }
  }
  const permit = (principal: string, place: string, condition: string): string =>
    `@id("${domainName}/r${at}") permit (${principal}, action in Mesh::Action::"use", resource in ${place}) when { ${condition} };`
  if (at % 10 < 7) {
    const place = random.chance(0.7) ? table : `Mesh::Domain::"${domainName}"`
    return { path, text: permit(`principal in Mesh::Role::"${random.pick(roles)}"`, place, inPurpose) }
  }
  const [attribute, own] = random.pick([
    ['region', 'region'],
    ['owner_id', 'employee_id'],
  ])
  const row = `resource has ${attribute} && principal has ${own} && resource.${attribute} == principal.${own}`
  return { path, text: permit('principal', table, `${inPurpose} && ${row}`) }
}
