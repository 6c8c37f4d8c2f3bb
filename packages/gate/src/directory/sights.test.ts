import { readPolicies } from '@selvage/cedar'
import { type Directory, findEntry, parseDirectory, parseMesh } from '@selvage/kernel/contract'
import type { Name, TableId } from '@selvage/kernel/model'
import { compilePolicies, schemaOf, tellCondition } from '@selvage/kernel/policy'
import { describe, expect, it } from 'vitest'
import { centreFiles, domainFiles } from '../../../../tests/conformance/gate/small-tree.ts'
import type { Model } from '../sync/model.ts'
import { type Sight, sightsOf } from './sights.ts'

const orders = 'lab.shop.orders' as TableId
const names = ['id', 'email', 'country'] as Name[]

/** The small mesh with more rules of the domain, and who is there. */
function world(rules: string, people: string): { generation: Model; directory: Directory } {
  const files = [...centreFiles, ...domainFiles, { path: 'domains/lab/policies/more.cedar', text: rules }]
  const { mesh } = parseMesh(files, { variables: {} })
  if (mesh === undefined) throw new Error('the tree is not sound')
  const { policies, findings } = readPolicies([...mesh.guardrails, ...mesh.domains[0]!.policies], schemaOf(mesh))
  if (findings.length > 0) throw new Error(JSON.stringify(findings))
  const head = 'issuer: staff\nsource: test\nobserved: 2026-11-26\n'
  const { directory } = parseDirectory([{ path: 'directory.yaml', text: head + people }], mesh)
  return { generation: { mesh, trust: mesh.domains[0]!, policies: compilePolicies(mesh, policies) }, directory }
}

interface Asked {
  readonly columns?: readonly Name[]
  readonly showing?: boolean
  readonly documentBytes?: number
  readonly tables?: ReadonlyMap<TableId, readonly Name[]>
  readonly going?: () => void
  readonly through?: readonly string[]
}
function ask(
  rules: string,
  people: string,
  {
    columns = names,
    showing = false,
    documentBytes = 1e6,
    tables = new Map([[orders, columns]]),
    going = () => undefined,
    through = [],
  }: Asked = {},
): Promise<readonly Sight[]> {
  const { generation, directory } = world(rules, people)
  const overseeing = { columnsOf: () => names, tellsOf: (_: TableId, expr: Parameters<typeof tellCondition>[0]) => tellCondition(expr) }
  return sightsOf(
    { generation, overseeing, documentBytes, going },
    {
      entries: directory.entries,
      through: through.map(login => findEntry(directory, login)!),
      tables,
      showing,
    },
  )
}
const brief = (sights: readonly Sight[]): unknown =>
  sights.map(({ login, rows, columns }) => [
    login,
    rows.condition ?? rows.visible,
    ...columns.map(({ name, protection }) => `${name} ${protection}`),
  ])

describe('what is seen', () => {
  it('is told of people and of whom rules name alone; an agent sees nothing by itself', async () => {
    const named = `@id("lab/eve")
permit (principal == Mesh::User::"staff/eve", action in Mesh::Action::"use", resource in Mesh::Product::"lab.shop");
@id("lab/not-eve-email")
forbid (principal == Mesh::User::"staff/eve", action == Mesh::Action::"reveal", resource in Mesh::Column::"lab.shop.orders.email");
`
    const people = 'people: { ana: { roles: [analyst] }, eve: { roles: [analyst] }, lee: {} }\nprograms: { bot: { roles: [analyst] } }\n'
    const sights = await ask(named, people)
    expect(brief(sights)).toEqual([
      ['ana@staff', 'all', 'id clear', 'email token', 'country clear'],
      ['eve@staff', 'all', 'id clear', 'country clear'],
      ['eve@staff', 'all', 'id clear', 'country clear'],
    ])
    expect(sights.map(({ purpose }) => purpose)).toEqual(['analytics', 'analytics', 'support'])
    expect(brief(await ask(named, people, { columns: ['email' as Name], showing: true }))).toEqual([['ana@staff', 'all', 'email token']])
  })

  it('through an agent is what both may see, in the best that an agent’s request comes in', async () => {
    const halves = `@id("lab/ceiling")
forbid (principal is Mesh::Agent, action == Mesh::Action::"read", resource is lab::shop::orders)
when { if resource has country then resource.country == "US" else true };
@id("lab/own")
forbid (principal == Mesh::User::"staff/eve", action == Mesh::Action::"read", resource is lab::shop::orders)
when { if resource has id then resource.id < 2 else true };
@id("lab/own-key")
forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Column::"lab.shop.orders.country") unless { context.proof == "dpop" || context.proof == "mtls" };
@id("lab/managed")
forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Column::"lab.shop.orders.id") unless { context has device && context.device has managed && context.device.managed };
`
    const people = 'people: { ana: { roles: [analyst] }, eve: { roles: [analyst] } }\nprograms: { bot: { roles: [analyst] } }\n'
    expect(brief(await ask(halves, people))).toEqual([
      ['ana@staff', 'all', 'id clear', 'email token', 'country clear'],
      ['eve@staff', 'id IS NOT NULL AND NOT id < 2', 'id clear', 'email token', 'country clear'],
    ])
    const sights = await ask(halves, people, { through: ['bot'] })
    expect(brief(sights)).toEqual([
      ['ana@staff', "country IS NOT NULL AND NOT country = 'US'", 'id clear', 'email token'],
      ['eve@staff', "id IS NOT NULL AND NOT id < 2 AND country IS NOT NULL AND NOT country = 'US'", 'id clear', 'email token'],
    ])
    expect(sights.map(({ agents }) => agents)).toEqual([['bot@staff'], ['bot@staff']])
    for (const through of [['ana'], ['bot', 'ana']]) expect(await ask(halves, people, { through })).toEqual([])
  })

  it('of columns that rules forbid together is what is seen one after the other', async () => {
    const together = `@id("lab/not-together")
forbid (principal, action == Mesh::Action::"read", resource in Mesh::Product::"lab.shop")
when { context.statement.labels.containsAll([Mesh::Label::"pii", Mesh::Label::"public"]) };
@id("lab/british-mail")
forbid (principal, action == Mesh::Action::"read", resource is lab::shop::orders)
when { context.statement.labels.contains(Mesh::Label::"pii") && resource has country && resource.country != "UK" };
`
    expect(brief(await ask(together, 'people: { ana: { roles: [analyst] } }\n'))).toEqual([
      ['ana@staff', 'all', 'id clear', 'country clear'],
      ['ana@staff', "NOT (country IS NOT NULL AND NOT country = 'UK')", 'email token'],
    ])
  })

  it('throws where it is longer than one document, and tells no part of it', async () => {
    const people = `people:\n${Array.from({ length: 50 }, (_, i) => `  p${i}: { roles: [analyst] }\n`).join('')}`
    expect(await ask('', people)).toHaveLength(50)
    await expect(ask('', people, { documentBytes: 5_000 })).rejects.toMatchObject({ code: 'limit.rows' })
  })

  /** The same table again and again: as of one who asks of all of a domain's. */
  const tables = {
    *[Symbol.iterator]() {
      for (let i = 0; i < 3_000; i += 1) yield [orders, names] as const
    },
  } as ReadonlyMap<TableId, readonly Name[]>
  const one = 'people: { ana: { roles: [analyst] } }\n'

  it('leaves turns to whatever else there is, of one login with many tables too', async () => {
    let turns = 0
    const timer = setInterval(() => {
      turns += 1
    }, 1)
    expect(await ask('', one, { tables, documentBytes: 1e9 })).toHaveLength(3_000)
    clearInterval(timer)
    expect(turns).toBeGreaterThan(3)
  })

  it('is looked at no longer than somebody waits for it, by the rules of when they asked', async () => {
    let asked = 0
    const going = (): void => {
      asked += 1
      if (asked > 1) throw new Error('gone')
    }
    await expect(ask('', one, { tables, documentBytes: 1e9, going })).rejects.toThrow('gone')
    await expect(ask('', one, { going })).rejects.toThrow('gone')
  })
})
