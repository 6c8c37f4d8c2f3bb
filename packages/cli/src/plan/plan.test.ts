import type { DirectoryEntry, Mesh } from '@selvage/kernel/contract'
import type { Name } from '@selvage/kernel/model'
import { describe, expect, it } from 'vitest'
import { compiled, directory, issuer, mesh, orderIsNothing, plan, saysSo } from '../../test/generated-plans.ts'
import { nameOf } from './asked.ts'
import type { Item } from './item.ts'
import { type Change, planChanges } from './plan.ts'
import { RulesOf } from './rules-of.ts'
import { planRows } from './tell.ts'
import { unsaidOf } from './unsaid.ts'

const ana = directory.entries[1]!

const told = (changes: readonly Change[]) =>
  changes.flatMap(({ viewers, purposes, asset, items }) =>
    items.map(({ of, columns, rights = [], circumstances = 'at best', before, after, effect }) =>
      [
        viewers.map(one => one.entry.login + (one.agent === undefined ? '' : ` through ${one.agent.login}`)).join(),
        purposes.join(),
        nameOf(asset),
        (of === 'rows' ? of : of === 'rights' ? `may ${rights.join()}` : columns.join()) +
          (circumstances === 'at best' ? '' : `, ${circumstances}`),
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

  it('asks through agents as a request through them comes at best: with no proof, and the issuer’s word of the device', () => {
    const open = all('all', '')
    const proven = `@id("sales/own-key") forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Column::"sales.crm.customer.email") unless { context.proof == "mtls" };\n`
    const managed = `@id("sales/managed") forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Column::"sales.crm.customer.vip") unless { context has device && context.device has managed && context.device.managed };\n`
    const changes = plan({ sales: open }, { sales: open + proven + managed })
    const [alone, through] = [changes.filter(({ viewers }) => viewers[0]?.agent === undefined), changes.slice(1)]
    const lines = (of: readonly Change[]) => told(of).map(line => line.split(' | ').slice(3).join(' | '))
    expect(lines(alone)).toEqual(['email, bearer token | clear -> null | loses', 'vip, unmanaged device | clear -> null | loses'])
    expect(lines(through)).toEqual(['email | clear -> null | loses', 'vip, unmanaged device | clear -> null | loses'])
    expect(through.flatMap(({ viewers }) => viewers.map(({ agent }) => agent?.login))).toEqual(Array(4).fill('copilot'))
  })

  it('says what changes with a bearer token or on an unmanaged device alone, and what changes at best once', () => {
    const when = (test: string) =>
      `@id("sales/w") forbid (principal, action == Mesh::Action::"read", resource is sales::crm::customer) ${test};\n`
    const managed = when('unless { context has device && context.device has managed && context.device.managed }')
    const lines = (one: string, two: string) =>
      told(plan({ sales: all('all', '') + one }, { sales: all('all', '') + two })).map(line => line.split(' | ').slice(3).join(' | '))
    expect(lines('', managed)[0]).toBe('rows, unmanaged device | all -> none | loses')
    expect(lines(managed, '')[0]).toBe('rows, unmanaged device | none -> all | gains')
    expect(lines('', when('when { context.proof == "bearer" }'))).toContain('rows, bearer token | all -> none | loses')
    const denied = when('when { context has device && context.device has managed && !context.device.managed }')
    expect(lines(managed, denied)[0]).toBe('rows, unknown device | none -> all | gains')
    expect(lines('', when('when { context.proof == "dpop" }'))[0]).toBe('rows, managed device | all -> none | loses')
    const method = when('when { context has device && context.device.method == "managed" }')
    expect(lines('', method)[0]).toBe('rows, managed device | all -> none | loses')
    const closed = when('when { true }')
    expect(lines('', closed + managed.replace('sales/w', 'sales/v'))).toEqual(lines('', closed))
    // A rule that stays as it is may make the same of another one.
    const two = all('two', '', ' when { context has device && context.device has managed && context.device.managed }')
    expect(told(plan({ sales: all('all', '') + two }, { sales: two })).map(line => line.split(' | ')[3])[0]).toBe('rows, unmanaged device')
  })

  it('names rules that ask for circumstances in which it does not ask', () => {
    const when = (test: string) =>
      unsaidOf(
        new RulesOf(
          compiled({ sales: all('all', '') }),
          compiled({
            sales: `${all('all', '')}@id("sales/w") forbid (principal, action == Mesh::Action::"read", resource is sales::crm::customer) when { ${test} };`,
          }),
        ),
        ['sales'],
      ).map(line => /^sales\/w asks for (.*?):/.exec(line)?.[1])
    expect(when('context has device && context.device has managed && !context.device.managed')).toEqual([])
    expect(when('context.proof == "bearer"')).toEqual([])
    expect(when('context.proof == "dpop"')).toEqual([])
    expect(when('context has device && context.device.method == "attested"')).toEqual([])
    expect(when('context has device && context.device.method == "managed"')).toEqual([])
    const rest =
      'context.device has encrypted && !context.device.encrypted && context.device.age_minutes > 5 && context.device.source == "x"'
    expect(when(`context has device && ${rest} && context.degraded.isEmpty()`)).toEqual(['encrypted, age_minutes, source, degraded'])
    expect(when('context has device && context.device has patched')).toEqual(['patched'])
  })

  const may = (actions: readonly string[], resource: string, more = '', effect = 'permit'): string =>
    `@id("sales/may-${effect}") ${effect} (principal in Mesh::Role::"analyst", action in [${actions.map(one => `Mesh::Action::"${one}"`).join()}], ${resource})${more};\n`
  const rightsOf = (before: string, after: string) => told(plan({ sales: before }, { sales: after }))
  const four = ['audit', 'administer', 'publish', 'grant']

  it('says who may audit, administer, publish or grant what they might not, and what they might', () => {
    const all = may(four, 'resource in Mesh::Domain::"sales"')
    const told = (change: string) => [`ana,ben |  | sales.crm | may ${four.join()} | ${change}`]
    expect(rightsOf('', all)).toEqual(told('no -> yes | gains'))
    expect(rightsOf(all, '')).toEqual(told('yes -> no | loses'))
    expect(rightsOf(all, all.replace('sales/may', 'sales/other'))).toEqual([])
    for (const one of four)
      expect(
        rightsOf('', may([one], 'resource in Mesh::Product::"sales.crm"')).map(line => line.split(' | ').slice(2).join(' | ')),
      ).toEqual([`sales.crm | may ${one} | no -> yes | gains`])
    expect(planRows(plan({}, { sales: all }))[0]!.slice(1)).toEqual(['any', 'sales.crm', `may ${four.join(', ')}`, 'no', 'yes', 'gains'])
  })

  it('says so of a table or a column where it is not so of its product, for a purpose, and in circumstances', () => {
    const lines = (before: string, after: string) => rightsOf(before, after).map(line => line.split(' | ').slice(1, 5).join(' | '))
    const product = may(['audit'], 'resource in Mesh::Product::"sales.crm"')
    const table = may(['audit'], 'resource == Mesh::Table::"sales.crm.customer"')
    expect(lines('', table)).toEqual([' | sales.crm.customer | may audit | no -> yes'])
    const column = 'resource == Mesh::Column::"sales.crm.customer.email"'
    expect(lines('', may(['audit'], column))).toEqual([' | sales.crm.customer.email | may audit | no -> yes'])
    expect(lines(product, product + may(['audit'], column, '', 'forbid'))).toEqual([' | sales.crm.customer.email | may audit | yes -> no'])
    const purpose = ' when { context.purpose == Mesh::Purpose::"analytics" }'
    expect(lines('', may(['audit'], 'resource in Mesh::Product::"sales.crm"', purpose))).toEqual([
      'analytics | sales.crm | may audit | no -> yes',
    ])
    expect(lines(may(['audit'], 'resource in Mesh::Product::"sales.crm"', purpose), product)).toEqual([
      ' | sales.crm | may audit | no -> yes',
    ])
    const bearer = may(['audit'], 'resource in Mesh::Product::"sales.crm"', ' when { context.proof == "bearer" }', 'forbid')
    expect(lines(product, product + bearer)).toEqual([
      ' | sales.crm | may audit, bearer token | yes -> no',
      ' | sales.crm | may audit | yes -> no',
    ])
  })

  it('asks through no agent of another issuer than the person’s', () => {
    const ceiling = `@id("sales/no") forbid (principal is Mesh::Agent, action, resource in Mesh::Domain::"sales");\n`
    const [before, after] = ['', ceiling].map(more => compiled({ sales: all('all', '') + more }))
    const entries = directory.entries.map(entry => (entry.login === 'copilot' ? { ...entry, issuer: 'other' as never } : entry))
    const domains = mesh.domains.map(domain => ({
      ...domain,
      issuers: domain.issuers.flatMap(one => [one, { ...one, alias: 'other' as never }]),
    }))
    const known = (side: typeof before) => ({ ...side!, world: { ...side!.world, mesh: { ...side!.world.mesh, domains } } })
    expect(planChanges(known(before), known(after), { entries })).toEqual([])
    expect(planChanges(before, after!, directory)).not.toEqual([])
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
    expect(planChanges(undefined, whole, directory).map(({ asset }) => nameOf(asset))).toContain('sales.crm.customer')
  })

  const touching = (test: string, resource = 'resource is sales::crm::customer'): string =>
    `@id("sales/t") forbid (principal, action in Mesh::Action::"use", ${resource}) when { context.statement.labels.${test} };\n`
  const whole = (changes: readonly Change[]) => changes.flatMap(({ items }) => items.filter(({ alone }) => alone === undefined))
  const alone = (changes: readonly Change[]) =>
    changes.flatMap(({ items }) =>
      items.map(({ of, columns, before, after, effect, alone }) => [
        of === 'rows' ? of : columns.join(),
        alone?.join(),
        before,
        after,
        effect,
      ]),
    )

  it('says what becomes of columns that are seen alone, where it is not what becomes of the whole table', () => {
    const sales = all('all', '')
    const together = touching('containsAll([Mesh::Label::"pii", Mesh::Label::"public"])')
    const changes = plan({ sales: sales + together }, { sales: sales + touching('contains(Mesh::Label::"public")') })
    expect(whole(changes)).toEqual([])
    expect(alone(changes)).toEqual([
      ['rows', 'country', 'all', 'none', 'loses'],
      ['country', 'country', 'clear', '–', 'loses'],
    ])
    expect(planRows(changes).map(([, , , what]) => what)).toEqual(['rows of country alone', 'country alone'])
  })

  it('says of a column alone nothing that becomes of the whole table, and nothing where rules look at no statement', () => {
    const [wide, narrow] = [all('all', ''), all('all', ' in Mesh::Role::"analyst"')]
    for (const looks of ['', touching('contains(Mesh::Label::"phi")')])
      expect(plan({ sales: wide + looks }, { sales: narrow + looks }).flatMap(({ items }) => items.map(one => one.alone))).toEqual([
        undefined,
        undefined,
        undefined,
      ])
  })

  it('names the rules of which it cannot say all, wherever they may do otherwise than they did', () => {
    const forbid = (id: string): string =>
      `@id("${id}") forbid (principal, action == Mesh::Action::"read", resource in Mesh::Domain::"sales") when { context.statement.labels.contains(Mesh::Label::"pii") };\n`
    const [none, own] = [compiled({ sales: all('all', '') }), compiled({ sales: all('all', '') + forbid('sales/t') })]
    const central = compiled({ central: forbid('central/t').replace('resource in Mesh::Domain::"sales"', 'resource') })
    const asked = (before: typeof none | undefined, after: typeof none, signers: readonly string[]) =>
      unsaidOf(new RulesOf(before, after), signers)
    const said = (...sides: Parameters<typeof asked>) => asked(...sides).map(line => line.split(' look')[0])
    expect(said(none, none, ['sales'])).toEqual([])
    for (const [before, after] of [
      [none, own],
      [own, none],
      [own, own],
    ] as const) {
      expect(said(before, after, ['sales'])).toEqual(['sales/t'])
      expect(said(before, after, ['centre'])).toEqual(['sales/t'])
      for (const signers of [['health'], []]) expect(said(before, after, signers)).toEqual([])
    }
    expect(said(undefined, own, ['centre', 'sales'])).toEqual(['sales/t'])
    expect(said(own, central, ['centre', 'sales'])).toEqual(['central/t, sales/t'])
    expect(said(central, central, ['health'])).toEqual(['central/t'])
    expect(asked(own, central, ['centre'])[0]).toMatch(
      /^central\/t, sales\/t look at .* of what they do to several columns .* joined tables .* count\(\*\)/,
    )
  })

  it('tells what becomes of a column that is called `rows` from what becomes of rows', () => {
    const called = (name: string) => (name === 'vip' ? ('rows' as never) : (name as never))
    const domains = mesh.domains.map(domain => ({
      ...domain,
      products: domain.products.map(product => ({
        ...product,
        tables: product.tables.map(table => ({ ...table, columns: table.columns.map(one => ({ ...one, name: called(one.name) })) })),
      })),
    }))
    const told = (before: string, after: string) =>
      planRows(plan({ sales: all('all', '') + before }, { sales: all('all', '') + after }, { ...mesh, domains })).map(([, , , ...rest]) =>
        rest.join(' | '),
      )
    const hides = (test: string): string =>
      `@id("sales/t") forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Column::"sales.crm.customer.rows") when { ${test} };\n`
    expect(told('', read('x', 'true'))).toContain('rows | all | none | loses')
    expect(told('', hides('true'))).toEqual(['"rows" | clear | null | loses'])
    const [together, alone] = ['containsAll([Mesh::Label::"pii", Mesh::Label::"internal"])', 'contains(Mesh::Label::"internal")']
    expect(told(hides(`context.statement.labels.${together}`), hides(`context.statement.labels.${alone}`))).toEqual([
      '"rows" alone | clear | null | loses',
    ])
  })

  const entries = Array.from({ length: 110_000 }, (_, at) => ({ ...ana, login: `a${at}`, name: `a${at}@workforce`, subject: `a${at}` }))

  it('counts what it asks of columns alone: here of those of three labels', () => {
    const counted = (more: string): number => {
      try {
        planChanges(undefined, compiled({ sales: more }), { entries })
      } catch (error) {
        return Number.parseInt((error as Error).message, 10)
      }
      return 0
    }
    expect(counted(touching('contains(Mesh::Label::"pii")'))).toBeGreaterThan(counted('') + 3 * entries.length)
  })

  it('refuses more questions than it can ask', () => {
    expect(() => planChanges(undefined, compiled({}), { entries })).toThrow('are more than the')
  })

  describe('counts', () => {
    const partner = 'partner' as Name
    const many = (kind: string, count: number, of = 'workforce' as Name): DirectoryEntry[] =>
      Array.from({ length: count }, (_, at) => ({
        ...ana,
        login: `${kind}${at}`,
        name: `${kind}${at}@${of}`,
        subject: `${kind}${at}`,
        issuer: of,
      }))
    const planned = (bots: DirectoryEntry[], people: DirectoryEntry[]) => {
      const agents = bots.map(({ subject }) => subject)
      const domains = mesh.domains.map(domain => ({
        ...domain,
        issuers: [
          { ...issuer, agents },
          { ...issuer, alias: partner },
        ],
      }))
      return () => planChanges(undefined, compiled({}, { ...mesh, domains }), { entries: [...bots, ...people] })
    }

    it('before it makes a list of everybody through every agent', () => {
      expect(planned(many('bot', 6_000), many('a', 6_000))).toThrow('are more than the')
    })

    it('nobody through an agent of another issuer', () => {
      expect(planned(many('bot', 1_000), many('a', 1_000))).toThrow('are more than the')
      expect(planned(many('bot', 1_000), many('a', 1_000, partner))()).toEqual([])
    })
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

  it('of generated ones', () => {
    expect(orderIsNothing({ numRuns: 4 })).toMatchObject({ failed: false })
  })
})

describe('where rows or cells differ for somebody of the directory, the plan says so', () => {
  it('holds', () => expect(saysSo({ numRuns: 5 })).toMatchObject({ failed: false }))

  it.each([
    ['at rows alone', ({ of }: Item) => of === 'rows'],
    ['at whole tables', ({ alone }: Item) => alone === undefined],
    ['at the best circumstances', ({ circumstances }: Item) => circumstances === undefined],
  ])('does not hold of a plan that looks %s', { timeout: 120_000 }, (_, looks) => {
    expect(saysSo({ numRuns: 400, endOnFailure: true }, looks).failed).toBe(true)
  })
})
