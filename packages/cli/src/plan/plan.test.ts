import { parsePolicies } from '@selvage/cedar'
import type { Directory, DirectoryEntry, Mesh } from '@selvage/kernel/contract'
import { subjectIn } from '@selvage/kernel/contract'
import type { Name, TableId } from '@selvage/kernel/model'
import { type CompiledPolicies, compilePolicies, describedSubject, type Row } from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMesh, tableOf } from '../../../cedar/test/differences.ts'
import { onlyRules, policyFiles } from '../../../cedar/test/example-mesh.ts'
import { generatedRow, generatedRules } from '../../../cedar/test/generated-rules.ts'
import { released } from '../../../cedar/test/released.ts'
import { type Change, planChanges } from './plan.ts'

const roles = Object.fromEntries(openMesh.taxonomy.roles.map(role => [role, role]))
const issuer = {
  alias: 'workforce' as Name,
  issuer: 'https://workforce.example',
  kind: 'rfc9068' as const,
  token: { type: 'at+jwt' as const, client: 'client_id', id: 'jti', require: {} },
  rolesClaim: ['roles'],
  groups: {},
  groupsClaim: ['groups'],
  audience: 'selvage:example',
  algorithms: ['ES256'],
  maxLifetime: 600,
  roles,
  attributes: [...openMesh.taxonomy.subjectAttributes.keys()],
  claims: {},
  agents: ['copilot'],
  workloads: [],
}
const mesh: Mesh = { ...openMesh, domains: openMesh.domains.map(domain => ({ ...domain, issuers: [issuer] })) }

function entry(
  login: string,
  own: readonly string[],
  attributes: Readonly<Record<string, string | number | readonly string[]>> = {},
): DirectoryEntry {
  const dated = Object.entries(attributes).map(([name, value]) => [name, { value, source: 'hr', observed: '2026-11-20' }] as const)
  const base = { name: `${login}@workforce`, login, issuer: 'workforce' as Name, subject: login }
  return { ...base, roles: ['everybody', ...own], groups: [], attributes: new Map(dated) }
}
const directory: Directory = {
  entries: [
    entry('rep', ['sales-rep'], { employee_id: 3 }),
    entry('ana', ['analyst']),
    entry('ben', ['analyst']),
    entry('kim', ['clinician'], { provider_id: 'a', trainings: ['hipaa'] }),
    entry('copilot', ['analyst']),
  ],
}
const [rep, ana, ben, kim, copilot] = directory.entries as readonly [
  DirectoryEntry,
  DirectoryEntry,
  DirectoryEntry,
  DirectoryEntry,
  DirectoryEntry,
]

type Rules = Parameters<typeof onlyRules>[1]
function compiled(rules: Rules, of: Mesh = mesh): CompiledPolicies {
  const ruled = onlyRules(of, rules)
  const { policies, findings } = parsePolicies(policyFiles(ruled))
  if (findings.length > 0) throw new Error(JSON.stringify(findings))
  return compilePolicies(ruled, policies)
}

const plan = (before: Rules, after: Rules, of: Mesh = mesh): readonly Change[] =>
  planChanges(compiled(before, of), compiled(after, of), directory)
const told = (changes: readonly Change[]) =>
  changes.flatMap(({ viewers, purposes, table, items }) =>
    items.map(({ what, before, after, effect }) =>
      [
        viewers.map(one => one.entry.login + (one.agent === undefined ? '' : ` through ${one.agent.login}`)).join(),
        purposes.join(),
        table,
        what.join(),
        `${before} -> ${after}`,
        effect,
      ].join(' | '),
    ),
  )

const all = (id: string, who: string, more = ''): string =>
  `@id("sales/${id}") permit (principal${who}, action in Mesh::Action::"use", resource is sales::crm::customer)${more};\n`
const read = (id: string, condition: string): string =>
  `@id("sales/${id}") forbid (principal, action == Mesh::Action::"read", resource is sales::crm::customer) when { ${condition} };\n`
const columns = 'customer_id,first_name,email,country,support_rep_id,vip,born'

describe('a plan', () => {
  it('is empty where nothing changes', () => {
    expect(plan({ sales: all('all', '') }, { sales: all('other', '') })).toEqual([])
  })

  it('says who gains what, those of whom the same is true together', () => {
    const analysts = all('all', ' in Mesh::Role::"analyst"', ' when { context.purpose == Mesh::Purpose::"analytics" }')
    expect(told(plan({}, { sales: analysts }))).toEqual([
      'ana,ben | service-provision,research,fraud-analytics | sales.crm.customer | rows | no such table -> none | gains',
      'ana,ben | analytics | sales.crm.customer | rows | no such table -> all | gains',
      `ana,ben | analytics | sales.crm.customer | ${columns} | – -> clear | gains`,
      'ana,ben | analytics | sales.crm.customer | note | – -> null | gains',
    ])
  })

  it('says what an agent’s ceiling alone changes', () => {
    const open = all('all', '')
    const ceiling = `@id("sales/no") forbid (principal is Mesh::Agent, action == Mesh::Action::"reveal", resource in Mesh::Column::"sales.crm.customer.email");\n`
    const changes = plan({ sales: open }, { sales: open + ceiling })
    expect(told(changes)).toEqual([
      'rep through copilot,ana through copilot,ben through copilot,kim through copilot | service-provision,analytics,research,fraud-analytics | sales.crm.customer | email | clear -> null | loses',
    ])
  })

  it.each([
    [
      'one more part of an AND',
      read('x', 'resource has vip && resource.vip'),
      read('y', 'resource has country && resource.country == "a"'),
      'loses',
      'gains',
    ],
    ['another condition', '', '', 'changes', 'changes'],
  ])('tells more from fewer rows where it can be shown: %s', (name, one, two, there, back) => {
    const open = all('all', '')
    const [a, b] =
      name === 'another condition'
        ? [read('x', 'resource has vip && resource.vip'), read('x', 'resource has country && resource.country == "a"')]
        : [one, one + two]
    const effects = (changes: readonly Change[]) => new Set(changes.flatMap(({ items }) => items.map(({ effect }) => effect)))
    expect(effects(plan({ sales: open + a }, { sales: open + b }))).toEqual(new Set([there]))
    expect(effects(plan({ sales: open + b }, { sales: open + a }))).toEqual(new Set([back]))
  })

  it('gives and takes a table that is new, or gone', () => {
    const without: Mesh = { ...mesh, domains: mesh.domains.map(domain => (domain.name === 'sales' ? { ...domain, products: [] } : domain)) }
    const rule = `@id("sales/all") permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Domain::"sales");\n`
    const [small, whole] = [compiled({ sales: rule }, without), compiled({ sales: rule })]
    expect(new Set(planChanges(small, whole, directory).flatMap(({ items }) => items.map(({ effect }) => effect)))).toEqual(
      new Set(['gains']),
    )
    expect(new Set(planChanges(whole, small, directory).flatMap(({ items }) => items.map(({ effect }) => effect)))).toEqual(
      new Set(['loses']),
    )
    expect(planChanges(undefined, whole, directory).map(({ table }) => table)).toContain('sales.crm.customer')
  })

  it('refuses more questions than it can ask', () => {
    const entries = Array.from({ length: 200_000 }, (_, at) => ({ ...ana, login: `a${at}`, name: `a${at}@workforce`, subject: `a${at}` }))
    expect(() => planChanges(undefined, compiled({}), { entries })).toThrow('are more than the')
  })

  it('counts before it makes a list of everybody through every agent', () => {
    const many = (kind: string): DirectoryEntry[] =>
      Array.from({ length: 6_000 }, (_, at) => ({
        ...ana,
        login: `${kind}${at}`,
        name: `${kind}${at}@workforce`,
        subject: `${kind}${at}`,
      }))
    const bots = many('bot')
    const trusting = {
      ...mesh,
      domains: mesh.domains.map(domain => ({ ...domain, issuers: [{ ...issuer, agents: bots.map(({ subject }) => subject) }] })),
    }
    expect(() => planChanges(undefined, compiled({}, trusting), { entries: [...bots, ...many('a')] })).toThrow('are more than the')
  })
})

describe('the order and the names of rules are nothing to a plan', () => {
  const one =
    'permit (principal, action in Mesh::Action::"use", resource is sales::crm::customer) when { resource has vip && resource.vip };\n'
  const two =
    'permit (principal, action in Mesh::Action::"use", resource is sales::crm::customer) when { resource has country && ["a", "b"].contains(resource.country) };\n'
  const named = (first: string, second: string): string => `@id("sales/a") ${first}@id("sales/b") ${second}`

  it('of two rules that changed places', () => {
    const there = named(one, two.replace('"a", "b"', '"b", "a"'))
    expect(plan({ sales: there }, { sales: named(two, one) })).toEqual([])
    expect(plan({ sales: there }, { sales: named(two, two) })).not.toEqual([])
  })

  it('of generated ones', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(generatedRules, rules => {
        const turned = ({ sales, ...others }: Rules): Rules => ({ ...others, ...(sales === undefined ? {} : { sales: renamed(sales) }) })
        expect(plan(rules, turned(rules))).toEqual([])
      }),
      { numRuns: 15 },
    )
  })

  /** The last rule first. */
  function renamed(text: string): string {
    const ids = [...text.matchAll(/@id\("sales\/r(\d+)"\)/g)].map(([, at]) => Number(at))
    return text.replace(/@id\("sales\/r(\d+)"\)/g, (_, at) => `@id("sales/r${Math.max(...ids) - Number(at)}")`)
  }
})

/** What each viewer sees of some rows, straight from `decide`. */
function seen(policies: CompiledPolicies, table: TableId, rows: readonly Row[]): string {
  const domain = policies.world.mesh.domains.find(({ name }) => table.startsWith(`${name}.`))!
  const asked = (who: DirectoryEntry) => {
    const known = subjectIn(who, domain)!
    return describedSubject(known, known.id)
  }
  return JSON.stringify(
    [rep, ana, ben, kim].flatMap(person =>
      [[], [asked(copilot)]].flatMap(actors =>
        [...mesh.taxonomy.purposes.keys()].map(purpose =>
          released(policies, tableOf(mesh, table), { asker: { subject: asked(person), actors, purpose }, rows }),
        ),
      ),
    ),
  )
}

describe('where rows or cells differ for somebody of the directory, the plan says so', () => {
  const table = 'sales.crm.customer' as TableId
  const rows = fc.array(generatedRow(tableOf(mesh, table)), { minLength: 6, maxLength: 6 })
  const property = (planned: typeof planChanges, numRuns: number) =>
    fc.check(
      fc.property(generatedRules, generatedRules, rows, fc.boolean(), (one, two, sample, close) => {
        // Close: the same rules but for one author's.
        const [before, after] = [compiled(one), compiled(close ? { ...one, sales: two.sales } : two)]
        const changed = planned(before, after, directory).filter(change => change.table === table)
        return changed.length > 0 || seen(before, table, sample) === seen(after, table, sample)
      }),
      { numRuns },
    )

  it('holds', { timeout: 60_000 }, () => expect(property(planChanges, 30)).toMatchObject({ failed: false }))

  it('does not hold of a plan that looks at rows alone', { timeout: 60_000 }, () => {
    const rowsAlone: typeof planChanges = (...sides) =>
      planChanges(...sides).filter(({ items }) => items.some(({ what }) => what[0] === 'rows'))
    expect(property(rowsAlone, 400).failed).toBe(true)
  })
})
