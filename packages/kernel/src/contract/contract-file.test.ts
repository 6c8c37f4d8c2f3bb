import { describe, expect, it } from 'vitest'
import { type ParsedMesh, parseMesh } from './parse-mesh.ts'
import type { Column } from './product.ts'

const files = [
  { path: 'mesh.yaml', text: 'name: small\ndomains: [shop]\n' },
  {
    path: 'guardrails/taxonomy.yaml',
    text: 'labels: { open: { classification: true, kind: releasing }, pii: { kind: restricting }, phi: { kind: restricting }, low: { kind: restricting, parents: [phi] } }\n',
  },
  { path: 'guardrails/baseline.yaml', text: 'require: []\n' },
  { path: 'domains/shop/domain.yaml', text: 'owner: shop\n' },
]
const parse = (text: string, baseline = 'require: []\n'): ParsedMesh =>
  parseMesh([
    ...files.map(file => (file.path === 'guardrails/baseline.yaml' ? { ...file, text: baseline } : file)),
    { path: 'domains/shop/products/crm/contract.odcs.yaml', text },
  ])

const head = 'apiVersion: v3.1.0\nkind: DataContract\nid: shop.crm\nname: crm\ndomain: shop\nversion: 1.0.0\n'
const oneColumn = (column: string): ParsedMesh => parse(`${head}schema: [{ name: t, properties: [{ name: c, ${column} }] }]\n`)
const columnOf = (parsed: ParsedMesh): Column | undefined => parsed.mesh?.domains[0]?.products[0]?.tables[0]?.columns[0]

describe('types', () => {
  it.each([
    ['logicalType: string', 'VARCHAR'],
    ['logicalType: string, physicalType: "VARCHAR(40)"', 'VARCHAR'],
    ['logicalType: string, physicalType: character varying', 'VARCHAR'],
    ['logicalType: string, physicalType: uuid', 'UUID'],
    ['logicalType: integer', 'BIGINT'],
    ['logicalType: integer, physicalType: integer', 'INTEGER'],
    ['logicalType: integer, physicalType: smallint', 'SMALLINT'],
    ['logicalType: number', 'DOUBLE'],
    ['logicalType: number, physicalType: "decimal( 10 , 2 )"', 'DECIMAL(10,2)'],
    ['logicalType: number, physicalType: "NUMERIC(5)"', 'DECIMAL(5,0)'],
    ['logicalType: number, physicalType: real', 'FLOAT'],
    ['logicalType: number, physicalType: int', 'INTEGER'],
    ['logicalType: date', 'DATE'],
    ['logicalType: time', 'TIME'],
    ['logicalType: boolean', 'BOOLEAN'],
    ['logicalType: timestamp', 'TIMESTAMP'],
    ['logicalType: timestamp, logicalTypeOptions: { timezone: true }', 'TIMESTAMP WITH TIME ZONE'],
    ['logicalType: timestamp, physicalType: "timestamp(6) with time zone"', 'TIMESTAMP WITH TIME ZONE'],
    ['physicalType: text', 'VARCHAR'],
    ['physicalType: double precision', 'DOUBLE'],
  ])('{ %s } is %s', (column, type) => {
    const parsed = oneColumn(column)
    expect(parsed.findings).toEqual([])
    expect(columnOf(parsed)?.type).toBe(type)
  })

  it.each([
    'logicalType: string, physicalType: integer',
    'logicalType: date, physicalType: timestamp',
    'logicalType: integer, physicalType: "DECIMAL(5,0)"',
    'logicalType: number, physicalType: "DECIMAL(5,6)"',
    'physicalType: geometry',
    'logicalType: string, physicalType: "TEXT); DROP"',
  ])('{ %s } is refused', column => expect(oneColumn(column).findings.map(finding => finding.code)).toEqual(['contract.type']))
})

describe('a contract', () => {
  it.each(['v3.0.0', '3.0.2', 'v3.1.0', '3.2.0'])('of version %s is read', version => {
    expect(
      parse(`${head.replace('v3.1.0', version)}schema: [{ name: t, properties: [{ name: c, logicalType: date }] }]\n`).findings,
    ).toEqual([])
  })

  it('may carry all that ODCS knows, and its URN', () => {
    const text = `${head.replace('id: shop.crm', 'id: urn:selvage:shop.crm').replace('1.0.0', '1.0')}status: draft
tenant: t
dataProduct: p
team: [{ username: a }]
price: { priceAmount: 1 }
roles: [{ role: a }]
support: [{ channel: a }]
slaProperties: [{ property: latency, value: 4, unit: d }]
context: x
description: { purpose: why, usage: how, limitations: none }
customProperties: [{ property: theirs, value: { any: [thing] } }]
schema:
  - name: t
    id: t1
    logicalType: object
    physicalType: table
    businessName: T
    dataGranularityDescription: one row
    tags: [finance, phi]
    properties:
      - name: c
        logicalType: string
        logicalTypeOptions: { format: email }
        semanticType: dimension
        examples: [1, { a: b }]
        enum: [{ value: 01, label: one }, { value: "no" }]
        criticalDataElement: true
        relationships: [{ to: a.b }]
        transformSourceObjects: [x]
        tags: [finance, pii]
        customProperties: [{ property: selvageLabels, value: [low, pii] }]
        quality:
          - { rule: nullValues, mustBeLessThan: 5, unit: percent, severity: info, dimension: completeness }
          - { type: text, description: good }
      - { name: d, logicalType: integer, primaryKey: true, primaryKeyPosition: 2 }
      - { name: e, logicalType: integer, primaryKey: true, primaryKeyPosition: 1 }
    quality:
      - { metric: duplicateValues, mustBe: 0, arguments: { properties: [d, e] } }
`
    const { mesh, findings } = parse(text)
    expect(findings).toEqual([])
    const product = mesh!.domains[0]!.products[0]!
    const [table] = product.tables
    expect(product).toMatchObject({ id: 'shop.crm', version: '1.0', description: 'why', text })
    expect(table).toMatchObject({ labels: ['phi'], primaryKey: ['e', 'd'] })
    expect(table?.quality[0]).toMatchObject({ name: 'duplicateValues(d, e)', severity: 'error', check: { columns: ['d', 'e'] } })
    expect(table?.columns[0]).toMatchObject({ labels: ['pii', 'low'], options: { enum: ['01', 'no'] } })
    expect(table?.columns[0]?.quality).toEqual([
      {
        name: 'nullValues(c)',
        severity: 'warning',
        check: { kind: 'nullValues', columns: ['c'], bound: { operator: 'mustBeLessThan', value: 5, unit: 'percent' } },
      },
      { name: 'text', severity: 'error', check: { kind: 'shown', type: 'text', text: 'good' } },
    ])
  })

  it('without a word of the taxonomy is still read whole where the taxonomy is broken', () => {
    const broken = files.map(file => (file.path === 'guardrails/taxonomy.yaml' ? { ...file, text: 'labels: [' } : file))
    const text = `${head}schema: [{ name: t, tags: [what], properties: [{ name: C, classification: any, logicalType: date }] }]\n`
    const { findings } = parseMesh([...broken, { path: 'domains/shop/products/crm/contract.odcs.yaml', text }])
    expect(findings.map(finding => finding.code)).toEqual(['name.invalid', 'yaml.syntax'])
  })
})

describe('the baseline', () => {
  const codes = (labels: string, at: 'product' | 'table' | 'column'): string[] => {
    const tags = (level: string): string => (level === at ? `tags: [${labels}],` : '')
    const product = at === 'product' ? `tags: [${labels}]\n` : ''
    const schema = `schema: [{ name: t, ${tags('table')} properties: [{ name: c, ${tags('column')} logicalType: date }] }]\n`
    return parse(`${head}${product}${schema}`, 'require: [{ when: { label: phi }, must: [subject, description] }]\n').findings.map(
      finding => finding.what,
    )
  }

  it.each(['product', 'table', 'column'] as const)('asks for a label of the %s, and for those below it', at => {
    expect(codes('phi', at)).toEqual(['the column `c` lacks: subject, description'])
    expect(codes('low', at)).toEqual(['the column `c` lacks: subject, description'])
    expect(codes('pii', at)).toEqual([])
  })
})
