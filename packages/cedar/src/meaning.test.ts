import type { Mesh } from '@selvage/kernel/contract'
import type { Name, ProductId, TableId } from '@selvage/kernel/model'
import {
  type Asker,
  allows,
  compilePolicies,
  decide,
  declarable,
  discoverable,
  type Subject,
  schemaOf,
  type TableDecision,
  touchedLabels,
} from '@selvage/kernel/policy'
import { describe, expect, it } from 'vitest'
import { asks, exampleMesh, onlyRules, policyFiles, subject, subjects, withRules } from '../test/example-mesh.ts'
import { parsePolicies } from './parse-policies.ts'
import { openReplay } from './replay.ts'
import { validatePolicies } from './validate-policies.ts'

const customer = 'sales.crm.customer' as TableId
const conditions = 'health.care.conditions' as TableId
const encounters = 'health.care.encounters' as TableId
const organizations = 'health.care.organizations' as TableId

function compiled(mesh: Mesh) {
  const { policies, findings } = parsePolicies(policyFiles(mesh))
  expect([...findings, ...validatePolicies(schemaOf(mesh), policies).filter(one => one.severity === 'error')]).toEqual([])
  return compilePolicies(mesh, policies)
}

const example = compiled(exampleMesh)

function shown(asker: Asker, table: TableId, policies = example): TableDecision {
  const decision = decide(policies, asker, table)
  if ('kind' in decision) throw new Error('hidden')
  return decision
}

const columnOf = (decision: TableDecision, name: string) => decision.columns.find(one => one.name === name)
const masksOf = (decision: TableDecision, name: string) => columnOf(decision, name)?.masks.map(mask => [mask.transform, mask.when])

describe('the example of DEMO', () => {
  it('1: a rep sees own customers, clear', () => {
    const decision = shown(asks(subjects.rep, 'service-provision'), customer)
    expect(decision.rows).toEqual({
      kind: 'where',
      expr: { kind: 'compare', op: '==', left: { kind: 'column', column: 'support_rep_id' }, right: { kind: 'literal', value: 3n } },
      because: [{ id: 'sales/own-customers' }],
    })
    expect(columnOf(decision, 'email')?.masks).toEqual([])
    expect(columnOf(decision, 'email')?.reveal.kind).toBe('where')
  })

  it('2: an analyst sees all customers, personal columns as tokens', () => {
    const decision = shown(asks(subjects.analyst, 'analytics'), customer)
    expect(decision.rows).toEqual({ kind: 'all', because: [{ id: 'sales/analysts' }] })
    expect(masksOf(decision, 'first_name')).toEqual([['token', true]])
    expect(masksOf(decision, 'email')).toEqual([['token', true]])
    expect(masksOf(decision, 'country')).toEqual([])
    expect(columnOf(decision, 'email')?.masks[0]?.because).toEqual([
      { id: 'central/pii', reason: 'personal data is tokenised outside service provision' },
    ])
  })

  it('3: an agent for a person gets what both may see', () => {
    const decision = shown(asks(subjects.rep, 'analytics', subjects.copilot), customer)
    expect(decision.rows).toMatchObject({ kind: 'where', because: [{ id: 'sales/own-customers' }, { id: 'sales/analysts' }] })
    expect(masksOf(decision, 'email')).toEqual([['token', true]])
    // The ceiling: the agent may not declare what the person may.
    expect(shown(asks(subjects.rep, 'service-provision', subjects.copilot), customer).rows).toEqual({ kind: 'none', because: [] })
    expect(declarable(example, { subject: subjects.rep, actors: [subjects.copilot] })).toEqual(['analytics'])
  })

  it('4: a guardrail makes a domain’s mistake harmless', () => {
    expect(shown(asks(subjects.analyst, 'analytics'), conditions).rows).toEqual({
      kind: 'none',
      because: [{ id: 'central/phi-training', reason: 'health data needs the hipaa training' }],
    })
  })

  it('5: a clinician sees own encounters', () => {
    const decision = shown(asks(subjects.clinician, 'service-provision'), encounters)
    expect(decision.rows).toMatchObject({ kind: 'where', expr: { op: '==', right: { value: 'p1' } } })
    expect(decide(example, asks(subjects.clinician, 'service-provision'), organizations)).toEqual({ kind: 'hidden' })
  })

  it('6: a researcher sees all conditions but the forbidden ones', () => {
    const decision = shown(asks(subjects.researcher, 'research'), conditions)
    const equal = { kind: 'compare', op: '==', left: { kind: 'column', column: 'code' }, right: { kind: 'literal', value: '706893006' } }
    expect(decision.rows).toMatchObject({
      kind: 'where',
      expr: { kind: 'not', of: equal },
      because: [{ id: 'health/sensitive' }, { id: 'health/researchers' }],
    })
  })

  it('7: census is open to two purposes', () => {
    expect(shown(asks(subjects.analyst, 'analytics'), 'census.people.adult' as TableId).rows.kind).toBe('all')
    expect(decide(example, asks(subjects.clinician, 'service-provision'), 'census.people.adult' as TableId)).toEqual({ kind: 'hidden' })
  })

  it('8: another issuer’s analyst is not ours, and what is hidden is as what never was', () => {
    const hidden = decide(example, asks(subjects.partner, 'analytics'), customer)
    expect(hidden).toEqual(decide(example, asks(subjects.partner, 'analytics'), 'sales.crm.nothing' as TableId))
    expect(discoverable(example, { subject: subjects.partner, actors: [] }).size).toBe(0)
  })
})

describe('discover', () => {
  it('a purpose that one may not declare shows nothing, and does not hide', () => {
    expect(shown(asks(subjects.analyst, 'research'), customer).rows).toEqual({ kind: 'none', because: [] })
    expect(shown(asks(subjects.analyst, 'nonsense'), customer).columns[0]?.reveal).toEqual({ kind: 'none', because: [] })
  })

  it('another purpose that would do is found', () => {
    const rules =
      'permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"sales") when { context.purpose == Mesh::Purpose::"analytics" };'
    const policies = compiled(onlyRules(exampleMesh, { sales: `@id("sales/a") ${rules}` }))
    expect(shown(asks(subjects.rep, 'service-provision'), customer, policies).rows).toEqual({ kind: 'none', because: [] })
  })

  it('a permit that can hold for no row does not show the table', () => {
    const rule = (condition: string) =>
      compiled(
        onlyRules(exampleMesh, {
          sales: `@id("sales/a") permit (principal, action in Mesh::Action::"use", resource is sales::crm::customer) when { ${condition} };`,
        }),
      )
    expect(decide(rule('resource has country && !(resource has country)'), asks(subjects.rep, 'analytics'), customer)).toEqual({
      kind: 'hidden',
    })
    expect(decide(rule('principal has provider_id'), asks(subjects.rep, 'analytics'), customer)).toEqual({ kind: 'hidden' })
    expect(decide(rule('resource has country'), asks(subjects.rep, 'analytics'), customer)).toMatchObject({ table: customer })
  })

  it('columns: a permit of reveal shows them, a forbid of discover hides them, a forbid of reveal does not', () => {
    const mesh = onlyRules(exampleMesh, {
      sales: `
        @id("sales/read") permit (principal, action == Mesh::Action::"read", resource in Mesh::Domain::"sales");
        @id("sales/reveal") permit (principal, action == Mesh::Action::"reveal", resource in Mesh::Label::"internal") when { true };
      `.replace('resource in Mesh::Label::"internal"', 'resource is sales::crm::customer in Mesh::Label::"internal"'),
      central: `
        @id("central/no-vip") forbid (principal, action == Mesh::Action::"discover", resource == Mesh::Column::"sales.crm.customer.vip");
        @id("central/hide") forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Column::"sales.crm.customer.customer_id");
      `,
    })
    const decision = shown(asks(subjects.rep, 'analytics'), customer, compiled(mesh))
    expect(decision.columns.map(one => one.name)).toEqual(['customer_id', 'support_rep_id'])
    expect(columnOf(decision, 'customer_id')?.reveal).toEqual({ kind: 'none', because: [{ id: 'central/hide' }] })
    expect(columnOf(decision, 'support_rep_id')?.reveal.kind).toBe('all')
  })

  it('an explicit permit of discover shows a table whose rows one may not read', () => {
    const mesh = onlyRules(exampleMesh, {
      sales: '@id("sales/d") permit (principal, action == Mesh::Action::"discover", resource in Mesh::Product::"sales.crm");',
    })
    const decision = shown(asks(subjects.analyst, 'analytics'), customer, compiled(mesh))
    expect(decision.rows).toEqual({ kind: 'none', because: [] })
    expect(decision.columns).toHaveLength(8)
    const forbidden = withRules(mesh, {
      central: '@id("central/d") forbid (principal, action == Mesh::Action::"discover", resource == Mesh::Product::"sales.crm");',
    })
    expect(decide(compiled(forbidden), asks(subjects.analyst, 'analytics'), customer)).toEqual({ kind: 'hidden' })
  })
})

describe('a rule of several actions that asks for an attribute of the row', () => {
  const usa = 'resource has country && resource.country == "USA"'
  const scopes = [
    'principal, action',
    'principal, action in [Mesh::Action::"discover", Mesh::Action::"reveal"]',
    'principal, action in [Mesh::Action::"discover", Mesh::Action::"read", Mesh::Action::"reveal"]',
  ]
  const analyst = asks(subjects.analyst, 'analytics')
  const email = (scope: string, above: string) => {
    const forbid = `@id("central/usa") forbid (${scope}, resource in Mesh::${above}) when { ${usa} };`
    return columnOf(shown(analyst, customer, compiled(withRules(exampleMesh, { central: forbid }))), 'email')?.reveal
  }

  it.each(scopes)('forbids cells though it says nothing of their column: %s', scope => {
    for (const above of ['Label::"pii"', 'Column::"sales.crm.customer.email"', 'Table::"sales.crm.customer"']) {
      const alone = email('principal, action == Mesh::Action::"reveal"', above)
      expect(alone?.kind).toBe('where')
      expect(email(scope, above)).toEqual(alone)
    }
  })

  it.each(scopes)('does not hide a table, nor is hidden by what it says of it: %s', scope => {
    const forbid = `@id("sales/usa") forbid (${scope}, resource in Mesh::Domain::"sales") when { ${usa} };`
    const policies = compiled(withRules(exampleMesh, { sales: forbid }))
    expect(discoverable(policies, analyst).get(customer)).toEqual(discoverable(example, analyst).get(customer))
    expect(shown(analyst, customer, policies).columns.length).toBe(shown(analyst, customer).columns.length)
  })

  it('permits rows, and so shows their table', () => {
    const permit = `@id("sales/usa") permit (${scopes[2]}, resource in Mesh::Domain::"sales") when { ${usa} };`
    const policies = compiled(onlyRules(exampleMesh, { sales: permit }))
    expect(discoverable(policies, analyst).has(customer)).toBe(true)
    expect(shown(analyst, customer, policies).rows.kind).toBe('where')
  })
})

describe('an entity that a condition names', () => {
  const reveal = 'action == Mesh::Action::"reveal"'
  const countryOf = (policies: ReturnType<typeof compiled>, who: Subject) =>
    columnOf(shown(asks(who, 'analytics'), customer, policies), 'country')
  const official = (mesh: Mesh, who: Subject) => {
    const { world } = compiled(mesh)
    const found = openReplay(mesh, parsePolicies(policyFiles(mesh)).policies)(
      who,
      'analytics',
      world.tables.get(customer)!.table,
      { country: 'DE' },
      {
        columns: ['country' as Name],
      },
    )
    return {
      visible: found.visible,
      revealed: found.cells.get('country' as Name)?.revealed,
      masks: [...found.cells.get('country' as Name)!.masks],
    }
  }

  it.each((['User', 'Workload'] as const).flatMap(kind => ['', '@mask("null") '].map(mask => [kind, mask] as const)))(
    'may be whoever asks, and nobody else is taken for them: %s %s',
    (kind, mask) => {
      const rule = `@id("central/x") ${mask}forbid (principal, ${reveal}, resource in Mesh::Column::"sales.crm.customer.country") unless { Mesh::${kind}::"workforce/b" in Mesh::Role::"analyst" };`
      const mesh = withRules(exampleMesh, { central: rule })
      const asking = (policies: ReturnType<typeof compiled>, id: string) => countryOf(policies, { ...subjects.analyst, id, kind })
      const fresh = ['workforce/a', 'workforce/b'].map(id => asking(compiled(mesh), id))
      expect(fresh[0]).not.toEqual(fresh[1])
      for (const order of [
        ['workforce/a', 'workforce/b'],
        ['workforce/b', 'workforce/a'],
      ]) {
        const policies = compiled(mesh)
        const asked = new Map(order.map(id => [id, asking(policies, id)]))
        expect([asked.get('workforce/a'), asked.get('workforce/b')]).toEqual(fresh)
      }
    },
  )

  it.each(['"reveal" in Mesh::Action::"use"', '"read" in Mesh::Action::"use"', '"discover" in Mesh::Action::"use"'])(
    'may be an action, whatever is asked: %s',
    condition => {
      const rule = `@id("central/x") forbid (principal, action in [Mesh::Action::"read", Mesh::Action::"reveal"], resource in Mesh::Domain::"sales") when { Mesh::Action::${condition} };`
      const mesh = withRules(exampleMesh, { central: rule })
      const holds = !condition.startsWith('"discover"')
      expect(shown(asks(subjects.analyst, 'analytics'), customer, compiled(mesh)).rows.kind).toBe(holds ? 'none' : 'all')
      expect(official(mesh, subjects.analyst).visible).toBe(!holds)
    },
  )

  it.each([
    'Mesh::Column::"sales.crm.customer.email" in Mesh::Label::"pii"',
    'Mesh::Table::"health.care.conditions" in Mesh::Domain::"health"',
  ])('stands where it stands, for the official engine too: %s', condition => {
    for (const mask of ['', '@mask("null") ']) {
      const mesh = withRules(exampleMesh, {
        central: `@id("central/x") ${mask}forbid (principal, ${reveal}, resource) when { ${condition} };`,
      })
      const ours = countryOf(compiled(mesh), subjects.analyst)
      const theirs = official(mesh, subjects.analyst)
      if (mask === '') expect([ours?.reveal.kind, theirs.revealed]).toEqual(['none', false])
      else expect([ours?.masks.map(({ transform }) => transform), theirs.masks]).toEqual([['null'], ['null']])
    }
  })
})

describe('the traps that are decided', () => {
  it('unclassified is not revealed, and is named', () => {
    const decision = shown(asks(subjects.analyst, 'analytics'), customer)
    expect(columnOf(decision, 'note')?.reveal).toMatchObject({ kind: 'none', because: [{ id: 'selvage/unclassified' }] })
    expect(columnOf(decision, 'country')?.reveal.kind).toBe('all')
  })

  it('a missing value of `has` forbids where it should', () => {
    const mesh = withRules(exampleMesh, {
      sales:
        '@id("sales/consent") forbid (principal, action == Mesh::Action::"read", resource is sales::crm::customer) unless { resource has country && resource.country == "BR" };',
    })
    const { rows } = shown(asks(subjects.analyst, 'analytics'), customer, compiled(mesh))
    expect(rows).toMatchObject({ kind: 'where', expr: { kind: 'compare', left: { column: 'country' }, right: { value: 'BR' } } })
  })

  it('an erring forbid forbids, an erring mask masks, an erring permit does not permit', () => {
    const overflow = 'principal has employee_id && principal.employee_id * 9007199254740991 > 5'
    const rules = (action: string, effect: string, mask = '') =>
      `@id("sales/x") ${mask} ${effect} (principal, action == Mesh::Action::"${action}", resource is sales::crm::customer) when { ${overflow} };`
    const asker = asks(subject('big', ['analyst'], { employee_id: 9007199254740991 }), 'analytics')
    const decided = (text: string) => shown(asker, customer, compiled(withRules(exampleMesh, { sales: text })))
    expect(decided(rules('read', 'forbid')).rows).toEqual({ kind: 'none', because: [{ id: 'sales/x' }] })
    expect(masksOf(decided(rules('reveal', 'forbid', '@mask("partial")')), 'country')).toEqual([['partial', true]])
    expect(decided(rules('read', 'permit')).rows).toEqual({ kind: 'all', because: [{ id: 'sales/analysts' }] })
  })

  it('a malformed attribute is neither there nor missing', () => {
    const mesh = withRules(exampleMesh, {
      sales:
        '@id("sales/x") permit (principal, action in Mesh::Action::"use", resource is sales::crm::customer) when { !(principal has employee_id) };',
    })
    const policies = compiled(mesh)
    expect(shown(asks(subject('a', ['sales-rep']), 'analytics'), customer, policies).rows.kind).toBe('all')
    for (const employee_id of ['3', 3.5, 2 ** 60, true, ['3']]) {
      expect(decide(policies, asks(subject('a', ['sales-rep'], { employee_id }), 'analytics'), customer)).toEqual({ kind: 'hidden' })
    }
    for (const provider_id of ['a\0b', '\ud800']) {
      const { rows } = shown(
        asks(subject('a', ['clinician'], { provider_id, trainings: ['hipaa'] }), 'service-provision'),
        customer,
        policies,
      )
      expect(rows.kind).toBe('all')
      expect(decide(policies, asks(subject('a', ['clinician'], { provider_id }), 'service-provision'), encounters)).toEqual({
        kind: 'hidden',
      })
    }
  })

  it('an agent with nobody behind it gets nothing', () => {
    const alone = asks(subjects.copilot, 'analytics')
    expect(decide(example, alone, customer)).toEqual({ kind: 'hidden' })
    expect(decide(example, asks(subjects.copilot, 'analytics', subjects.copilot), customer)).toEqual({ kind: 'hidden' })
    expect(declarable(example, alone)).toEqual([])
    expect(discoverable(example, alone).size).toBe(0)
    expect(allows(example, alone, 'audit', { table: customer }).allowed).toBe(false)
  })

  it('a purpose below one that may be declared is not declared with it', () => {
    expect(declarable(example, { subject: subjects.analyst, actors: [] })).toEqual(['analytics'])
    expect(declarable(example, { subject: subjects.rep, actors: [] }, 'sales' as Name)).toEqual(['service-provision', 'analytics'])
    expect(declarable(example, { subject: subjects.rep, actors: [] }, 'nowhere' as Name)).toEqual([])
  })

  it('a set of a subject that is too large fails closed', () => {
    const rule = (effect: string) =>
      `@id("health/x") ${effect} (principal, action == Mesh::Action::"read", resource is health::care::conditions) when { resource has code && principal has trainings && principal.trainings.contains(resource.code) };`
    const trainings = ['hipaa', ...Array.from({ length: 5000 }, (_, at) => `t${at}`)]
    const asker = asks(subject('r', ['researcher'], { trainings }), 'research')
    expect(shown(asker, conditions, compiled(withRules(exampleMesh, { health: rule('forbid') }))).rows.kind).toBe('none')
    expect(shown(asker, conditions, compiled(withRules(exampleMesh, { health: rule('permit') }))).rows.because.map(one => one.id)).toEqual([
      'health/sensitive',
      'health/researchers',
    ])
  })
})

describe('what a statement touches', () => {
  const rule = '@id("central/x") @reason("not together") forbid (principal, action in Mesh::Action::"use", resource in Mesh::Label::"pii")'
  const combination = compiled(
    withRules(exampleMesh, { central: `${rule} when { context.statement.labels.contains(Mesh::Label::"quasi") };` }),
  )
  const asker = asks(subjects.analyst, 'analytics')
  const decided = (labels?: readonly string[]) => decide(combination, asker, customer, labels)

  it('closes a cell only beside what the rule names, whatever the purpose opens', () => {
    expect(decided([])).toEqual(shown(asker, customer))
    expect(decided(['public', 'quasi'])).toMatchObject({
      columns: expect.arrayContaining([
        { name: 'email', reveal: { kind: 'none', because: [{ id: 'central/x', reason: 'not together' }] }, masks: expect.any(Array) },
        expect.objectContaining({ name: 'country', reveal: expect.objectContaining({ kind: 'all' }) }),
      ]),
    })
  })

  it('is known with all labels above; without a statement it is the table with all its columns', () => {
    const { world } = combination
    expect(touchedLabels(world, new Map([[customer, ['email' as Name]]]))).toEqual(['confidential', 'origin/sales/crm', 'pii', 'pii_email'])
    expect(touchedLabels(world, new Map([[customer, []]]))).toEqual(['origin/sales/crm'])
    const both = new Map<TableId, Name[]>([
      [encounters, []],
      [customer, ['country' as Name, 'note' as Name]],
    ])
    expect(touchedLabels(world, both)).toEqual(['origin/health/care', 'origin/sales/crm', 'phi', 'public', 'unclassified'])
    const alone = compiled(withRules(exampleMesh, { central: `${rule} when { context.statement.labels.contains(Mesh::Label::"pii") };` }))
    expect(columnOf(shown(asker, customer, alone), 'email')?.reveal.kind).toBe('none')
  })

  it('does not hide: what there is to be known hangs on no statement', () => {
    const nothing =
      '@id("central/x") forbid (principal, action in Mesh::Action::"use", resource) when { context.statement.labels.contains(Mesh::Label::"pii") };'
    const policies = compiled(withRules(exampleMesh, { central: nothing }))
    expect(discoverable(policies, asker)).toEqual(discoverable(example, asker))
    const columns =
      '@id("central/x") forbid (principal, action == Mesh::Action::"discover", resource is Mesh::Column) when { context.statement.labels.contains(Mesh::Label::"pii") };'
    const hiding = compiled(withRules(exampleMesh, { central: columns }))
    expect(discoverable(hiding, asker).get(customer)).toEqual(['customer_id', 'country', 'support_rep_id', 'vip', 'note'])
    for (const labels of [[], ['pii']]) {
      const decision = decide(hiding, asker, customer, labels)
      expect('kind' in decision || decision.columns.map(column => column.name)).toEqual(discoverable(hiding, asker).get(customer))
    }
  })
})

describe('labels', () => {
  const closed = (scope: string, mesh = exampleMesh) =>
    shown(
      asks(subjects.analyst, 'analytics'),
      customer,
      compiled(
        withRules(mesh, {
          central: `@id("central/x") forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Label::"${scope}");`,
        }),
      ),
    )
      .columns.filter(column => column.reveal.kind === 'none')
      .map(column => column.name)
  const withLabel = (label: string): Mesh => ({
    ...exampleMesh,
    domains: exampleMesh.domains.map(domain => ({
      ...domain,
      products: domain.products.map(product => (product.name === 'crm' ? { ...product, labels: [label] } : product)),
    })),
  })

  it('concern what carries them or one below them: a column, or all of a product', () => {
    expect(closed('pii')).toEqual(['first_name', 'email', 'born', 'note'])
    expect(closed('pii_email')).toEqual(['email', 'note'])
    expect(closed('pii', withLabel('pii_email'))).toHaveLength(8)
    expect(closed('phi')).toEqual(['note'])
  })

  it('a product carries its origin, on which its domain may forbid and nobody else', () => {
    const mesh = withRules(exampleMesh, {
      sales: '@id("sales/x") forbid (principal, action == Mesh::Action::"read", resource in Mesh::Label::"origin/sales/crm");',
    })
    expect(shown(asks(subjects.analyst, 'analytics'), customer, compiled(mesh)).rows).toEqual({
      kind: 'none',
      because: [{ id: 'sales/x' }],
    })
    expect(closed('origin/sales/crm')).toHaveLength(8)
    expect(closed('origin/health/care')).toEqual(['note'])
  })

  it('masks of a domain on its own, of a person and of their agent, join', () => {
    const mesh = withRules(exampleMesh, {
      sales: `
        @id("sales/m") @mask("partial") forbid (principal is Mesh::User, action == Mesh::Action::"reveal", resource in Mesh::Column::"sales.crm.customer.country");
        @id("sales/a") @mask("token") forbid (principal is Mesh::Agent, action == Mesh::Action::"reveal", resource in Mesh::Column::"sales.crm.customer.country");
      `,
    })
    const decision = (...agents: readonly Subject[]) => shown(asks(subjects.analyst, 'analytics', ...agents), customer, compiled(mesh))
    expect(masksOf(decision(), 'country')).toEqual([['partial', true]])
    expect(masksOf(decision(subjects.copilot), 'country')).toEqual([
      ['partial', true],
      ['token', true],
    ])
  })
})

describe('allows', () => {
  it('asks of products, tables and columns, with or without a purpose', () => {
    const because = [{ id: 'sales/auditors' }]
    expect(allows(example, asks(subjects.auditor, ''), 'audit', { product: 'sales.crm' as ProductId })).toEqual({ allowed: true, because })
    expect(allows(example, asks(subjects.auditor, 'service-provision'), 'audit', { column: 'sales.crm.customer.email' })).toEqual({
      allowed: true,
      because,
    })
    expect(allows(example, asks(subjects.auditor, ''), 'publish', { product: 'sales.crm' as ProductId }).allowed).toBe(false)
    expect(allows(example, asks(subjects.auditor, 'research'), 'audit', { table: customer }).allowed).toBe(false)
    expect(allows(example, asks(subjects.owner, ''), 'administer', { product: 'sales.crm' as ProductId }).allowed).toBe(true)
    expect(allows(example, asks(subjects.owner, ''), 'administer', { product: 'health.care' as ProductId }).allowed).toBe(false)
    expect(allows(example, asks(subjects.owner, ''), 'audit', { column: 'sales.crm.customer.nothing' }).allowed).toBe(false)
    expect(allows(example, asks(subjects.auditor, '', subjects.copilot), 'audit', { table: customer }).allowed).toBe(false)
  })
})
