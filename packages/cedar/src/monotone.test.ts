import type { Column, Mesh } from '@selvage/kernel/contract'
import type { PolicyJson } from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMesh, tableOf } from '../test/differences.ts'
import { onlyRules } from '../test/example-mesh.ts'
import { type GeneratedAsker, generatedAsker, generatedLabels, generatedRow } from '../test/generated-askers.ts'
import { centreForbid, centreMask, domainForbid, domainMask, generatedRules } from '../test/generated-rules.ts'
import { type Asked, compiled, type Kernel, kernel, parsed, released as releasedOf, revealsNoMore, seeing } from '../test/released.ts'

const runs = Number(process.env.SELVAGE_MONOTONE_RUNS ?? 100)
const customer = tableOf(openMesh, 'sales.crm.customer')

const released = (by: Kernel, mesh: Mesh, asker: GeneratedAsker, rows: Asked['rows'], labels?: readonly string[]) =>
  releasedOf(compiled(mesh, by), customer, { asker, rows, labels }, by)

const rules = fc.record({
  rules: generatedRules,
  asker: generatedAsker,
  rows: fc.array(generatedRow(customer), { minLength: 6, maxLength: 6 }),
})
type Case = typeof rules extends fc.Arbitrary<infer T> ? T : never

/** The mesh with one more label on one column of the customers, or on the whole table. */
function labelled(mesh: Mesh, label: string, at: number): Mesh {
  const more = (column: Column, index: number): Column => (index === at ? { ...column, labels: [...column.labels, label] } : column)
  return customers(mesh, table =>
    at < 0 ? { ...table, labels: [...table.labels, label] } : { ...table, columns: table.columns.map(more) },
  )
}

function customers(mesh: Mesh, change: (table: typeof customer) => typeof customer): Mesh {
  const domains = mesh.domains.map(domain => ({
    ...domain,
    products: domain.products.map(product => ({
      ...product,
      tables: product.tables.map(table => (table.id === customer.id ? change(table) : table)),
    })),
  }))
  return { ...mesh, domains }
}

type Property = (by: Kernel) => fc.IProperty<unknown[]>

/** @param author of one more rule */
const added =
  (author: 'central' | 'sales', more: fc.Arbitrary<string>): Property =>
  by =>
    fc.property(rules, more, (one: Case, text) => {
      const after = { ...one.rules, [author]: `${one.rules[author]}\n@id("${author}/added") ${text}` }
      const [a, b] = [one.rules, after].map(texts => released(by, onlyRules(openMesh, texts), one.asker, one.rows))
      expect(revealsNoMore(a!, b!)).toBe(true)
    }) as fc.IProperty<unknown[]>

const restricting = fc.constantFrom('pii', 'pii_email', 'phi', 'quasi', 'confidential')
const labelAdded: Property = by =>
  fc.property(rules, restricting, fc.integer({ min: -1, max: customer.columns.length - 1 }), (one, more, at) => {
    const mesh = onlyRules(openMesh, one.rules)
    const [a, b] = [mesh, labelled(mesh, more, at)].map(each => released(by, each, one.asker, one.rows))
    expect(revealsNoMore(a!, b!)).toBe(true)
  }) as fc.IProperty<unknown[]>

/** Rules with one more about what is touched, which else are few. */
const apart = fc
  .constantFrom('internal', 'phi', 'pii', 'quasi')
  .map(
    label =>
      `@id("central/apart") forbid (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"sales") when { context.statement.labels.contains(Mesh::Label::"${label}") };`,
  )

const moreTouched: Property = by =>
  fc.property(rules, apart, generatedLabels, generatedLabels, (one, more, some = [], others = []) => {
    const mesh = onlyRules(openMesh, { ...one.rules, central: `${one.rules.central}\n${more}` })
    const [a, b] = [some, [...new Set([...some, ...others])]].map(labels => released(by, mesh, one.asker, one.rows, labels))
    expect(revealsNoMore(a!, b!)).toBe(true)
  }) as fc.IProperty<unknown[]>

const reordered: Property = by =>
  fc.property(rules, fc.infiniteStream(fc.nat()), (one, order) => {
    const mesh = onlyRules(openMesh, one.rules)
    const policies = parsed(mesh)
    const keyed = policies.map(policy => ({ policy, key: order.next().value as number }))
    const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ policy }) => policy)
    const [a, b] = [policies, shuffled].map(list => by.compilePolicies(mesh, list))
    expect(by.decide(b!, one.asker, customer.id)).toEqual(by.decide(a!, one.asker, customer.id))
    expect(by.discoverable(b!, one.asker)).toEqual(by.discoverable(a!, one.asker))
  }) as fc.IProperty<unknown[]>

const isMask = (policy: PolicyJson): boolean => policy.annotations.mask !== undefined
const isForbid = (policy: PolicyJson): boolean => policy.effect === 'forbid' && !isMask(policy)

/** Of those of one kind the first counts, or the last. */
const only = (isOne: (policy: PolicyJson) => boolean, at: 0 | -1): Kernel =>
  seeing(policies => {
    const counts = policies.filter(isOne).at(at)
    return policies.filter(policy => policy === counts || !isOne(policy))
  })

/** Of several masks of a cell one is told. */
const oneMask: Kernel = {
  ...kernel,
  decide: (...asked) => {
    const decision = kernel.decide(...asked)
    if ('kind' in decision) return decision
    return { ...decision, columns: decision.columns.map(column => ({ ...column, masks: column.masks.slice(0, 1) })) }
  },
}

/** A label takes the place of those that were there before. */
const oneLabel: Kernel = {
  ...kernel,
  compilePolicies: (mesh, policies) => {
    const last = (column: Column): Column => ({ ...column, labels: column.labels.slice(-1) })
    return kernel.compilePolicies(
      customers(mesh, table => ({ ...table, columns: table.columns.map(last) })),
      policies,
    )
  },
}

/** A forbid of `discover` holds only while there is no other. */
const cancelled: Kernel = seeing(policies => {
  const hides = policies.filter(
    policy => isForbid(policy) && /"All"|"discover"/.test(JSON.stringify((policy.est as { action: unknown }).action)),
  )
  return hides.length > 1 ? policies.filter(policy => !hides.includes(policy)) : policies
})

/** What is touched is looked at only while it is little. */
const fewTouched: Kernel = {
  ...kernel,
  decide: (policies, asker, table, labels) =>
    kernel.decide(policies, asker, table, labels === undefined || labels.length > 1 ? [] : labels),
}

interface Promised {
  readonly what: string
  readonly property: Property
  /** Bugs with which it is not kept. */
  readonly plants: Readonly<Record<string, Kernel>>
}

const lastForbid = { 'of several forbids the last written counts': only(isForbid, -1) }
const properties: readonly Promised[] = [
  {
    what: 'the order of policies and files means nothing',
    property: reordered,
    plants: { 'of several masks the first written counts': only(isMask, 0) },
  },
  {
    what: 'one more forbid of the centre reveals no more',
    property: added('central', centreForbid),
    plants: { ...lastForbid, 'two forbids of `discover` cancel each other': cancelled },
  },
  { what: 'one more forbid of a domain reveals no more', property: added('sales', domainForbid('sales')), plants: lastForbid },
  {
    what: 'one more masking guardrail reveals no more',
    property: added('central', centreMask),
    plants: { 'of several masks of a cell one counts': oneMask },
  },
  {
    what: 'one more mask of a domain reveals no more',
    property: added('sales', domainMask('sales')),
    plants: { 'of several masks the last written counts': only(isMask, -1) },
  },
  {
    what: 'one more restricting label reveals no more',
    property: labelAdded,
    plants: { 'a label takes the place of those before it': oneLabel },
  },
  {
    what: 'a statement that touches more is shown no more',
    property: moreTouched,
    plants: { 'of several labels none is looked at': fewTouched },
  },
]

describe('monotone', () => {
  it.each(properties)('$what', { timeout: 120_000 }, ({ property }) => {
    fc.assert(property(kernel), { numRuns: runs })
  })

  const planted = properties.flatMap(({ what, property, plants }) =>
    Object.entries(plants).map(([bug, by]) => ({ what, bug, property: property(by) })),
  )
  it.each(planted)('a planted bug is caught: $bug ($what)', { timeout: 120_000 }, ({ property }) => {
    expect(fc.check(property, { numRuns: 1_000, seed: 7, endOnFailure: true }).failed).toBe(true)
  })
})
