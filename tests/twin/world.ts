import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Table } from '@selvage/kernel/contract'
import type { Gate } from '../../packages/gate/src/ports.ts'
import type { Stand } from '../golden/stand.ts'
import { Twin } from '../golden/twin.ts'
import { Choice, seedOf } from './random.ts'
import { planRules, type Rules } from './rules.ts'
import { contractOf, csvOf, idOf, planTables, type Row, semanticTypes, shared, sqlOf, type TablePlan } from './schema.ts'
import type { Named } from './sources.ts'

export const purpose = 'analytics'

/** A mesh, its data and its rules, all from one seed. */
export interface World {
  readonly number: number
  readonly tables: readonly TablePlan[]
  readonly rules: Rules
}

export const planWorld = (seed: number, number: number): World => {
  const choice = new Choice(seedOf(seed, number))
  const tables = planTables(choice)
  return { number, tables, rules: planRules(choice, tables, number) }
}

/** Tables as this asker knows them; those that are denied among them, now and then. */
export function namedTables({ tables, rules }: World, choice: Choice): readonly Named[] {
  const strange = choice.chance(0.04)
  const open = tables.filter(table => strange || (!rules.hiddenTables.includes(idOf(table)) && !rules.deniedTables.includes(idOf(table))))
  return (open.length === 0 ? tables : open).map(table => ({
    id: idOf(table),
    columns: table.columns
      .filter(({ name }) => strange || !rules.hiddenColumns.includes(`${idOf(table)}.${name}`))
      .map(({ name, kind }) => ({ name, kind, exact: true })),
    rows: table.rows.length,
  }))
}

const taxonomy = `labels:
  public: { classification: true, kind: releasing }
  internal: { classification: true, kind: restricting }
  pii: { kind: restricting }
purposes:
  analytics: { iri: https://w3id.org/dpv#ServiceUsageAnalytics }
semanticTypes:${semanticTypes}
subjectAttributes:
  employee_id: integer
  trainings: strings
roles: [analyst]
`
const domain = `title: Shop
owner: shop@example.org
escalation: [shop@example.org]
issuers:
  - alias: workforce
    issuer: https://workforce.example
    audience: selvage:twin
    algorithms: [ES256]
    maxLifetime: 600
    roles: { analyst: analyst }
    attributes: [employee_id, trainings]
    agents: [copilot]
declare:
  - { role: analyst, purposes: [analytics] }
`

/** The rows that files hold, by table; the world's own where nothing else is said. */
export type Rows = ReadonlyMap<string, Iterable<Row>>

/** The gate with this mesh in force, over these rows. */
export async function openGate(stand: Stand, dataDir: string, world: World, rows: Rows = new Map()): Promise<Gate> {
  const dir = `w${world.number}`
  mkdirSync(join(dataDir, dir), { recursive: true })
  for (const table of world.tables)
    writeFileSync(join(dataDir, dir, `${table.name}.csv`), csvOf(table.columns, rows.get(idOf(table)) ?? table.rows))
  const files = [
    { path: 'mesh.yaml', text: 'name: golden\ndomains: [shop]\n' },
    { path: 'guardrails/baseline.yaml', text: 'require:\n  - must: [classification]\n' },
    { path: 'guardrails/taxonomy.yaml', text: taxonomy },
    { path: 'domains/shop/domain.yaml', text: domain },
    ...['crm', 'ops'].map(product => ({
      path: `domains/shop/products/${product}/contract.odcs.yaml`,
      text: contractOf(product, world.tables, dir, world.number),
    })),
  ]
  const { centre, shop, links, party } = world.rules
  if (links !== '') files.push({ path: 'domains/shop/policies/links.yaml', text: links })
  return stand.gate({ centre: centre === '' ? undefined : centre, shop }, { party }, files)
}

/** What rules look at. */
const looked: ReadonlySet<string> = new Set(shared.map(({ name }) => name))

/** A database that never held more than this asker may see. @param labels of what its statements touch */
export function openTwin(gate: Gate, world: World, labels: readonly string[] = []): Promise<Twin> {
  const { party, hiddenColumns, hiddenTables } = world.rules
  const unread = new Set(world.tables.flatMap(table => table.columns.map(({ name }) => name)).filter(name => !looked.has(name)))
  return Twin.open({
    unread,
    gate,
    party,
    purpose,
    labels,
    undiscoverable: [...hiddenTables, ...hiddenColumns],
    rowsOf: table => rowsOf(world, table),
  })
}

function rowsOf(world: World, { id }: Table): string {
  const table = world.tables.find(one => idOf(one) === id)!
  const names = table.columns.map(({ name }) => `"${name}"`).join(', ')
  const row = (values: Row, i: number): string =>
    `(${[i, ...table.columns.map(({ name, type }) => sqlOf(type, values[name] ?? null))].join(', ')})`
  const nothing = `(${[0, ...table.columns.map(({ type }) => sqlOf(type, null))].join(', ')})`
  const rows = [nothing, ...table.rows.map((values, i) => row(values, i + 1))]
  return `(SELECT ${names} FROM (VALUES ${rows.join(', ')}) AS v(twin_row, ${names}) WHERE twin_row > 0 ORDER BY twin_row)`
}
