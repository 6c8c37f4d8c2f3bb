import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Column, type Product, parseMesh, type Table, writeContract } from './index.ts'

const example = resolve(import.meta.dirname, '../../../../examples/mesh')
const real = resolve(example, '../../../shared/data')
const odcsSchema = join(real, 'contracts/odcs-3.2.0.schema.json')

const files = readdirSync(example, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile() && /\.(yaml|cedar)$/.test(entry.name))
  .map(entry => join(entry.parentPath, entry.name))
  .map(path => ({ path: relative(example, path), text: readFileSync(path, 'utf8') }))
  // people.yaml is the demo issuers', no text of the mesh.
  .filter(file => file.path !== 'people.yaml')
const { mesh, findings } = parseMesh(files)
const products: readonly Product[] = mesh?.domains.flatMap(domain => domain.products) ?? []

let sample: string
beforeAll(() => {
  sample = mkdtempSync(join(tmpdir(), 'selvage-sample-'))
  run('sample/generate.mjs', sample)
})
afterAll(() => rmSync(sample, { recursive: true }))

const run = (script: string, ...args: string[]): string =>
  execFileSync(process.execPath, [join(example, script), ...args], { encoding: 'utf8' })
const read = (...parts: string[]): string => readFileSync(join(...parts), 'utf8')

describe('the example mesh', () => {
  it('has no findings, and its three domains', () => {
    expect(findings).toEqual([])
    expect(mesh?.domains.map(domain => domain.name)).toEqual(['sales', 'health', 'census'])
    expect(products.map(product => product.id)).toEqual(['sales.crm', 'sales.orders', 'health.care', 'census.people'])
  })

  it('takes the partner’s tokens and gives them no role', () => {
    for (const { issuers } of mesh?.domains ?? []) expect(issuers.find(issuer => issuer.alias === 'partner')?.roles).toEqual({})
  })

  it('can be read one domain at a time', () => {
    const own = files.filter(file => !file.path.startsWith('domains/') || file.path.startsWith('domains/health/'))
    expect(parseMesh(own, { domain: 'health' })).toEqual({ findings: [], mesh: { ...mesh, domains: [mesh?.domains[1]] } })
  })

  it.runIf(existsSync(odcsSchema))('has contracts that the ODCS 3.2.0 schema takes, as written by hand and by us', () => {
    const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(JSON.parse(read(odcsSchema)))
    for (const product of products) {
      for (const text of [product.text, writeContract(product)])
        expect([product.id, validate(parse(text)), validate.errors]).toEqual([product.id, true, null])
    }
    // The check bites: ODCS has no key for the delimiter of a local file.
    expect(validate(parse(products[0]!.text.replace('    format: csv', "    format: csv\n    delimiter: ';'")))).toBe(false)
  })
})

describe('the sample data', () => {
  it('is the same bytes everywhere', () => {
    const again = mkdtempSync(join(tmpdir(), 'selvage-sample-'))
    const digest = (dir: string): string =>
      tablesOf(products)
        .reduce((hash, { file }) => hash.update(readFileSync(join(dir, file))), createHash('sha256'))
        .digest('hex')
    try {
      run('sample/generate.mjs', again)
      expect(digest(again)).toBe(digest(sample))
    } finally {
      rmSync(again, { recursive: true })
    }
    // Whoever changes the generator raises `sampleVersion` and puts the new digest here.
    expect(digest(sample)).toBe('e2b52a3a8aab464c33c449aa02f63b2b29822732fa0b10d848852af4f0666396')
  })

  it('gives what the tour expects of it', () => checkExpected('sample', sample))
})

describe.runIf(existsSync(join(real, 'sales')))('the real data', () => {
  it('gives what the tour expects of it', () => checkExpected('real', real))
})

function checkExpected(name: 'sample' | 'real', dir: string): void {
  const target = join(sample, `expected.${name}.json`)
  run('expected.mjs', name, dir, target)
  expect(JSON.parse(read(target))).toEqual(JSON.parse(read(example, `expected.${name}.json`)))
}

describe.each([['sample', () => sample], ...(existsSync(join(real, 'sales')) ? [['real', () => real] as const] : [])] as const)(
  'every row of the %s data',
  (_, dir) => {
    it.each(tablesOf(products))('fits $table.id', ({ table, file, delimiter }) => {
      const [header, ...rows] = parseCsv(read(dir(), file), delimiter)
      expect(header).toEqual(table.columns.map(column => column.physicalName))
      const seen = table.columns.map(() => new Set<string>())
      for (const row of rows) {
        table.columns.forEach((column, index) => {
          const value = row[index]!
          const repeats = column.unique && seen[index]!.has(value)
          if (repeats || !fits(value, column)) expect.fail(`${table.id}.${column.name}: ${JSON.stringify(value)}`)
          seen[index]!.add(value)
        })
      }
    })
  },
)

interface PlacedTable {
  readonly table: Table
  readonly file: string
  readonly delimiter: string
}

function tablesOf(all: readonly Product[]): PlacedTable[] {
  return all.flatMap(({ source, tables }) =>
    tables.map(table => ({ table, file: source!.path.replace('{table}', table.physicalName), delimiter: source!.delimiter })),
  )
}

const shapes: Readonly<Record<string, RegExp>> = {
  VARCHAR: /./s,
  BIGINT: /^-?\d{1,18}$/,
  DOUBLE: /^-?\d+(\.\d+)?$/,
  DATE: /^\d{4}-\d\d-\d\d$/,
  TIMESTAMP: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
  'TIMESTAMP WITH TIME ZONE': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  'DECIMAL(10,2)': /^-?\d{1,8}(\.\d{1,2})?$/,
  'DECIMAL(12,2)': /^-?\d{1,10}(\.\d{1,2})?$/,
}

function fits(value: string, { type, required, options }: Column): boolean {
  if (value === '') return !required
  if (!shapes[type]!.test(value)) return false
  if (options.pattern !== undefined && !new RegExp(options.pattern).test(value)) return false
  if (options.enum !== undefined && !options.enum.includes(value)) return false
  return !(Number(value) < (options.minimum ?? Number.NEGATIVE_INFINITY) || Number(value) > (options.maximum ?? Number.POSITIVE_INFINITY))
}

/** RFC 4180. */
function parseCsv(text: string, delimiter: string): string[][] {
  const rows: string[][] = [[]]
  const field = new RegExp(`("(?:[^"]|"")*"|[^"\\r\\n${delimiter}]*)(${delimiter}|\\r?\\n)`, 'gy')
  for (const [, value, end] of text.matchAll(field)) {
    rows.at(-1)!.push(value!.startsWith('"') ? value!.slice(1, -1).replaceAll('""', '"') : value!)
    if (end !== delimiter) rows.push([])
  }
  return rows.slice(0, -1)
}
