import {
  type Asker,
  type Change,
  type Circumstances,
  changed,
  decide,
  onManagedDevice,
  type RowCondition,
  remediesFor,
  type TableDecision,
  withinRows,
} from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMesh, tableOf } from '../test/differences.ts'
import { onlyRules, withRules } from '../test/example-mesh.ts'
import { generatedAsker } from '../test/generated-askers.ts'
import { generatedRules } from '../test/generated-rules.ts'
import { compiled } from '../test/released.ts'

const runs = Number(process.env.SELVAGE_MONOTONE_RUNS ?? 30)
type Rules = Record<'central' | 'sales' | 'health', string>
const tables = [tableOf(openMesh, 'sales.crm.customer'), tableOf(openMesh, 'health.care.conditions')]
/** Rules that hang on what somebody may change. */
const conditions = [
  'context.purpose == Mesh::Purpose::"research"',
  'context.purpose in Mesh::Purpose::"analytics"',
  'principal in Mesh::Role::"clinician"',
  'principal in Mesh::Group::"g"',
  'principal has trainings && principal.trainings.contains("hipaa")',
  'principal has remote && principal.remote',
  'principal has provider_id && ["a", "b"].contains(principal.provider_id)',
  'principal has employee_id && principal.employee_id >= 100',
  '!(principal has employee_id && principal.employee_id < 7)',
  'principal has trainings && principal.trainings.containsAll(["gdpr", "hipaa"])',
  'context has device && context.device has encrypted && context.device.encrypted && context.device.age_minutes < 60',
  'context has device && context.device.method == "attested"',
  'context.proof == "mtls"',
  'context.degraded.isEmpty()',
]
const hanging = fc
  .record({
    central: fc.subarray(conditions, { maxLength: 2 }),
    mask: fc.subarray(conditions, { maxLength: 1 }),
    sales: fc.subarray(conditions, { maxLength: 2 }),
    health: fc.subarray(conditions, { maxLength: 2 }),
  })
  .map(({ central, mask, sales, health }): Rules => {
    const permits = (domain: string, list: readonly string[]): string =>
      list
        .map(
          (when, at) =>
            `@id("${domain}/h${at}") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"${domain}") when { ${when} };`,
        )
        .join('\n')
    const forbids = central.map(
      (when, at) => `@id("central/h${at}") forbid (principal, action == Mesh::Action::"read", resource) unless { ${when} };`,
    )
    const masks = mask.map(
      (when, at) =>
        `@id("central/m${at}") @mask("token") forbid (principal, action == Mesh::Action::"reveal", resource) unless { ${when} };`,
    )
    return { central: [...forbids, ...masks].join('\n'), sales: permits('sales', sales), health: permits('health', health) }
  })
const both = fc
  .tuple(generatedRules, hanging, fc.boolean())
  .map(
    ([one, other, alone]): Rules =>
      alone
        ? other
        : { central: `${one.central}\n${other.central}`, sales: `${one.sales}\n${other.sales}`, health: `${one.health}\n${other.health}` },
  )
const cases = fc.record({ rules: both, asker: generatedAsker, table: fc.constantFrom(...tables) })

const rank = ({ kind }: RowCondition): number => ['none', 'where', 'all'].indexOf(kind)
/** 0 nothing, 1 all masked, 2 some of it, 3 all in clear. */
function clarity(decision: TableDecision | undefined, name: string): number {
  const column = decision?.columns.find(one => one.name === name)
  if (column === undefined || column.reveal.kind === 'none') return 0
  if (column.masks.some(mask => mask.when === true)) return 1
  return column.masks.length === 0 && column.reveal.kind === 'all' ? 3 : 2
}

function decided(rules: Rules, asker: Asker, table: (typeof tables)[number], more = ''): TableDecision | undefined {
  const domain = table.id.startsWith('sales') ? 'sales' : 'health'
  const decision = decide(compiled(onlyRules(openMesh, { ...rules, [domain]: `${rules[domain]}\n${more}` })), asker, table.id, [])
  return 'kind' in decision ? undefined : withinRows(decision)
}

/** What a grant stands for: the domain permits it to each who asks. */
const granted = ({ subject, actors }: Asker, { id }: (typeof tables)[number]): string =>
  [subject, ...actors]
    .map(
      (who, at) =>
        `@id("${id.split('.')[0]}/granted${at}") permit (principal == Mesh::${who.kind}::"${who.id}", action in Mesh::Action::"use", resource in Mesh::Table::"${id}");`,
    )
    .join('\n')

/** Whether more is shown with these changes, by deciding anew from the texts. */
function helps(one: { rules: Rules; asker: Asker; table: (typeof tables)[number] }, changes: readonly Change[], column?: string): boolean {
  const grant = changes.some(({ kind }) => kind === 'grant') ? granted(one.asker, one.table) : ''
  const [before, after] = [decided(one.rules, one.asker, one.table), decided(one.rules, changed(one.asker, changes), one.table, grant)]
  if (after === undefined) return false
  if (column === undefined) return rank(after.rows) > rank(before!.rows)
  return after.rows.kind !== 'none' && clarity(after, column) > clarity(before, column)
}

describe('what would show more', () => {
  it('does, of rows and of each column, whatever the rules', { timeout: 120_000 }, () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(cases, one => {
        const before = decided(one.rules, one.asker, one.table)
        if (before === undefined) return
        const { rows, columns } = remediesFor(compiled(onlyRules(openMesh, one.rules)), one.asker, before, [])
        for (const { changes } of rows) {
          expect(helps(one, changes)).toBe(true)
          seen.add(`rows ${changes.map(({ kind }) => kind).join(' ')}`)
        }
        for (const [name, list] of columns)
          for (const { changes } of list) {
            expect(helps(one, changes, name)).toBe(true)
            seen.add(`cells ${changes.map(({ kind }) => kind).join(' ')}`)
          }
        // Of what may not be discovered nothing is told.
        expect([...columns.keys()]).toEqual(before.columns.map(({ name }) => name))
      }),
      { numRuns: runs, seed: 13 },
    )
    // Neither is told by chance only: of both there are several kinds.
    for (const what of ['rows', 'cells']) expect([...seen].filter(one => one.startsWith(what)).length).toBeGreaterThan(1)
  })

  const analyst: Asker = {
    subject: { kind: 'User', id: 'workforce/a', roles: ['everybody', 'analyst'], groups: [], attributes: {} },
    actors: [],
    purpose: 'analytics',
  }
  const sales = (permit: string, central = ''): Rules => ({ central, sales: permit, health: '' })
  const all = '@id("sales/p") permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Domain::"sales")'
  const shown = 'permit (principal, action == Mesh::Action::"discover", resource in Mesh::Domain::"sales");'
  const rowsOf = (rules: Rules, asker = analyst): unknown => {
    const before = decided(rules, asker, tables[0]!)!
    return remediesFor(compiled(onlyRules(openMesh, rules)), asker, before, []).rows.map(({ changes }) => changes)
  }

  it('a training, a purpose, a role, both of two, or a grant', () => {
    const trained = `${all} when { principal has trainings && principal.trainings.contains("hipaa") };\n@id("sales/d") ${shown}`
    expect(rowsOf(sales(trained))).toEqual([[{ kind: 'attribute', name: 'trainings', value: 'hipaa', among: true }]])
    const purposeful = `${all} when { context.purpose == Mesh::Purpose::"research" };`
    expect(rowsOf(sales(purposeful))).toContainEqual([{ kind: 'purpose', purpose: 'research' }])
    const both = `${all} when { principal has remote && principal.remote && principal has trainings && principal.trainings.contains("x") };\n@id("sales/d") ${shown}`
    const remote = { kind: 'attribute', name: 'remote', value: true, among: false }
    const none = { ...analyst, subject: { ...analyst.subject, roles: ['everybody', 'analyst'] } }
    expect(rowsOf(sales(both), none)).toContainEqual([{ kind: 'grant', domain: 'sales' }])
    const forbidden = `@id("central/f") forbid (principal, action == Mesh::Action::"read", resource) unless { principal has remote && principal.remote && principal has trainings && principal.trainings.contains("x") };`
    expect(rowsOf(sales(`${all};`, forbidden))).toEqual([[expect.anything(), expect.anything()]])
    expect(rowsOf(sales(`${all};`, forbidden))).toContainEqual(expect.arrayContaining([remote]))
    expect(rowsOf(sales(`@id("sales/d") ${shown}`))).toEqual([[{ kind: 'grant', domain: 'sales' }]])
  })

  it('a group, of a person: of an agent no issuer supplies any', () => {
    const grouped = (who: string): Rules => sales(`${all.replace('principal in Mesh::Role::"analyst"', who)};\n@id("sales/d") ${shown}`)
    const group = { kind: 'group', group: 'g' }
    expect(rowsOf(grouped('principal in Mesh::Group::"g"'))).toEqual([[group]])
    const member = { ...analyst, subject: { ...analyst.subject, groups: ['g'] } }
    expect(rowsOf(grouped('principal in Mesh::Group::"g"'), member)).toEqual([])
    const forbidden =
      '@id("central/f") forbid (principal, action == Mesh::Action::"read", resource) unless { principal in Mesh::Group::"g" };'
    expect(rowsOf(sales(`${all};`, forbidden))).toEqual([[group]])
    const bot = { kind: 'Agent', id: 'workforce/bot', roles: ['everybody', 'analyst'], groups: [], attributes: {} } as const
    expect(rowsOf(sales(`${all};`, forbidden), { ...member, actors: [bot] })).toEqual([])
    const excused =
      '@id("central/f") forbid (principal is Mesh::User, action == Mesh::Action::"read", resource) unless { principal in Mesh::Group::"g" };'
    expect(rowsOf(sales(`${all};`, excused), { ...analyst, actors: [bot] })).toEqual([[group]])
  })

  const asked = (test: string, action = 'read'): Rules =>
    sales(`${all};`, `@id("central/f") forbid (principal, action == Mesh::Action::"${action}", resource) unless { ${test} };`)
  const from = (given: Partial<Circumstances>, device: Partial<Circumstances['device']> = {}): Asker => ({
    ...analyst,
    circumstances: { ...onManagedDevice, device: { ...onManagedDevice.device!, ...device }, ...given },
  })
  const has = (name: string, test = `context.device.${name}`): string => `context has device && context.device has ${name} && ${test}`

  it.each<[string, string, Asker, Change]>([
    ['encryption of an attested device', has('encrypted'), from({}, { encrypted: false }), { kind: 'signal', signal: 'encrypted' }],
    [
      'encryption of one that an issuer says is managed',
      has('encrypted'),
      from({ proof: 'bearer' }, { method: 'asserted', encrypted: false }),
      { kind: 'signal', signal: 'encrypted' },
    ],
    ['patches', has('patched'), from({}, { patched: false }), { kind: 'signal', signal: 'patched' }],
    ['its management', has('managed'), from({}, { managed: false }), { kind: 'signal', signal: 'managed' }],
    ['a look at it', 'context has device && context.device.age_minutes <= 30', from({}, { ageMinutes: 31 }), { kind: 'observed' }],
    [
      'how it is known',
      'context has device && ["managed", "attested"].contains(context.device.method)',
      from({ proof: 'bearer' }, { method: 'asserted' }),
      { kind: 'method', method: 'managed' },
    ],
    ['a proof', 'context.proof == "mtls"', from({ proof: 'bearer' }), { kind: 'proof', proof: 'mtls' }],
    ['the least of two proofs', '["dpop", "mtls"].contains(context.proof)', from({ proof: 'bearer' }), { kind: 'proof', proof: 'dpop' }],
    [
      'all of a device, where several things of it lack',
      `${has('encrypted')} && ${has('patched')} && ${has('managed')}`,
      from({}, { encrypted: false, patched: false, managed: false }),
      { kind: 'device', device: 'attested' },
    ],
    [
      'one of the issuer’s word, where nothing is known',
      `${has('encrypted')} && ${has('patched')}`,
      analyst,
      { kind: 'device', device: 'asserted' },
    ],
    [
      'a record where one is overdue, beside which the issuer’s word counts for nothing',
      has('managed'),
      { ...analyst, circumstances: { proof: 'dpop', degraded: ['posture-stale'] } },
      { kind: 'device', device: 'managed' },
    ],
    [
      'what the gate cannot know',
      '!context.degraded.contains("signals-stale")',
      from({ degraded: ['keys-stale', 'signals-stale'] }),
      { kind: 'known', degraded: ['signals-stale'] },
    ],
    [
      'all that it cannot',
      'context.degraded.isEmpty()',
      from({ degraded: ['keys-stale', 'signals-stale'] }),
      { kind: 'known', degraded: ['keys-stale', 'signals-stale'] },
    ],
  ])('of the circumstances just what lacks: %s', (_, test, asker, change) => {
    expect(rowsOf(asked(test), asker)).toEqual([[change]])
  })

  it('no other device for what a gate cannot know', () => {
    const test = `${has('managed')} && !context.degraded.contains("signals-stale")`
    expect(rowsOf(asked(test), from({ degraded: ['signals-stale'] }))).toEqual([[{ kind: 'known', degraded: ['signals-stale'] }]])
  })

  it('nothing of the circumstances of an agent but what the gate cannot know', () => {
    const bot = { kind: 'Agent', id: 'workforce/bot', roles: ['everybody', 'analyst'], groups: [], attributes: {} } as const
    const through = (given: Partial<Circumstances>): Asker => ({
      ...from({ proof: 'bearer', ...given }, { encrypted: false }),
      actors: [bot],
    })
    expect(rowsOf(asked(`context.proof == "mtls" || (${has('encrypted')})`), through({}))).toEqual([])
    expect(rowsOf(asked('context.degraded.isEmpty()'), through({ degraded: ['keys-stale'] }))).toEqual([
      [{ kind: 'known', degraded: ['keys-stale'] }],
    ])
  })

  it.each([
    ['principal has employee_id && principal.employee_id >= 100', 5, 100],
    ['principal has employee_id && principal.employee_id > 100', 5, 101],
    ['principal has employee_id && 100 >= principal.employee_id', 105, 100],
    ['principal has employee_id && principal.employee_id < 100', 105, 99],
    ['principal has employee_id && principal.employee_id == 100', undefined, 100],
    ['principal has employee_id && [100, 200].contains(principal.employee_id)', 5, 100],
    ['principal has employee_id && !(principal.employee_id < 100)', 5, 100],
    ['principal has employee_id && !(principal.employee_id >= 100)', 105, 99],
  ])('the nearest number: %s', (test, now, value) => {
    const asker = { ...analyst, subject: { ...analyst.subject, attributes: now === undefined ? {} : { employee_id: now } } }
    expect(rowsOf(asked(test), asker)).toContainEqual([{ kind: 'attribute', name: 'employee_id', value, among: false }])
  })

  const columnOf = (rules: Rules, asker = analyst): unknown => {
    const before = decided(rules, asker, tables[0]!)!
    return remediesFor(compiled(onlyRules(openMesh, rules)), asker, before, [])
      .columns.get('email' as never)!
      .map(({ changes }) => changes)
  }

  it('of a column too a grant, and both of two', () => {
    const reads =
      '@id("sales/r") permit (principal, action in [Mesh::Action::"read", Mesh::Action::"discover"], resource in Mesh::Domain::"sales");'
    expect(columnOf(sales(reads))).toEqual([[{ kind: 'grant', domain: 'sales' }]])
    const training = (value: string): Change => ({ kind: 'attribute', name: 'trainings', value, among: true })
    const trained = 'principal has trainings && principal.trainings.containsAll(["gdpr", "hipaa"])'
    expect(columnOf(asked(trained, 'reveal'))).toEqual([[training('gdpr'), training('hipaa')]])
    expect(columnOf(sales(`${all};`, '@id("central/f") forbid (principal, action == Mesh::Action::"reveal", resource);'))).toEqual([])
  })

  it('nothing where a forbid stands for everybody, and no value that a row is compared with', () => {
    const forbidden = '@id("central/f") forbid (principal, action == Mesh::Action::"read", resource);'
    expect(rowsOf(sales(`${all};`, forbidden))).toEqual([])
    const own =
      '@id("sales/p") permit (principal, action in Mesh::Action::"use", resource is sales::crm::customer) when { resource has country && resource.country == "secret" && principal has provider_id && resource.country == principal.provider_id };' +
      `\n@id("sales/d") ${shown}`
    expect(JSON.stringify(rowsOf(sales(own)))).not.toContain('secret')
  })

  it('a planted bug is caught: what merely stands in some rule is told', () => {
    const role: Change = { kind: 'role', role: 'clinician' }
    const forbidden = '@id("central/f") forbid (principal in Mesh::Role::"clinician", action == Mesh::Action::"read", resource);'
    const rules = sales(`${all} when { false };\n@id("sales/d") ${shown}`, forbidden)
    expect(helps({ rules, asker: analyst, table: tables[0]! }, [role])).toBe(false)
    expect(rowsOf(rules)).toEqual([[{ kind: 'grant', domain: 'sales' }]])
  })

  it('is bounded, however many values the rules name', () => {
    const many = Array.from({ length: 400 }, (_, i) => `"t${i}"`).join(', ')
    const rules = sales(`${all} when { principal has trainings && principal.trainings.containsAll([${many}]) };\n@id("sales/d") ${shown}`)
    const policies = compiled(withRules(onlyRules(openMesh, rules), {}))
    const started = performance.now()
    remediesFor(policies, analyst, decided(rules, analyst, tables[0]!)!, [])
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})
