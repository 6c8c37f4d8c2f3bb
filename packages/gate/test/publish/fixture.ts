import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Column, Label, Product, Table, Taxonomy } from '@selvage/kernel/contract'
import { type ColumnType, type Name, productId, tableId } from '@selvage/kernel/model'
import { type Manifest, type PublishOptions, publishProduct } from '../../src/publish/index.ts'

const domain = 'shop' as Name
const productName = 'crm' as Name
export const id = productId(domain, productName)

export const column = (name: string, type: ColumnType = 'VARCHAR', more: Partial<Column> = {}): Column => ({
  name: name as Name,
  physicalName: name,
  type,
  required: false,
  unique: false,
  classification: 'public',
  labels: [],
  quality: [],
  options: {},
  ...more,
})

export const table = (name: string, columns: readonly Column[], more: Partial<Table> = {}): Table => ({
  id: tableId(id, name as Name),
  name: name as Name,
  physicalName: name,
  labels: [],
  primaryKey: [],
  quality: [],
  columns,
  ...more,
})

export const product = (tables: readonly Table[], more: Partial<Product> = {}): Product => ({
  id,
  domain,
  name: productName,
  version: '1.0.0',
  labels: [],
  source: { kind: 'csv', path: 'shop/{table}.csv', delimiter: ',' },
  text: JSON.stringify(tables),
  path: 'domains/shop/products/crm/contract.odcs.yaml',
  tables,
  ...more,
})

const label = (name: string, kind: Label['kind'], more: Partial<Label> = {}): [string, Label] => [
  name,
  { name, parents: [], kind, classification: false, ...more },
]

export const taxonomy: Taxonomy = {
  labels: new Map([
    label('public', 'releasing', { classification: true }),
    label('restricted', 'restricting', { classification: true }),
    label('pii', 'restricting'),
    label('contact', 'releasing', { parents: ['pii'] }),
    label('open', 'releasing'),
  ]),
  purposes: new Map(),
  semanticTypes: new Map([['email', { name: 'email' }]]),
  subjectAttributes: new Map(),
  roles: [],
  groups: [],
}

/** A data folder and a folder of products, gone with `close`. */
export class Workplace {
  readonly dir = mkdtempSync(join(tmpdir(), 'selvage-publish-'))
  readonly dataDir = join(this.dir, 'data')
  readonly outDir = join(this.dir, 'products')
  readonly progress: { table: string; rows: number; stage: string }[] = []
  readonly events: [string, unknown][] = []

  constructor() {
    mkdirSync(this.dataDir)
  }

  write(name: string, content: string | Uint8Array): string {
    const path = join(this.dataDir, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  }

  options(of: Product, more: Partial<PublishOptions> = {}): PublishOptions {
    return {
      product: of,
      taxonomy,
      dataDir: this.dataDir,
      outDir: this.outDir,
      tokenKey: scope => new Uint8Array(32).fill(scope.length),
      tokenKeyId: 'key-1',
      now: Date.now,
      memoryMb: 192,
      overheadMb: 384,
      tempMb: 1_024,
      onProgress: progress => this.progress.push(progress),
      signal: new AbortController().signal,
      log: (event, attributes) => this.events.push([event, attributes]),
      ...more,
    }
  }

  publish(of: Product, more: Partial<PublishOptions> = {}): Promise<Manifest> {
    return publishProduct(this.options(of, more))
  }

  close(): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** Rows of a statement on a file that is opened as an engine opens it, as JSON. */
export async function rowsOf(file: string, sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' })
  try {
    const connection = await instance.connect()
    const reader = await connection.runAndReadAll(sql)
    connection.closeSync()
    return reader.getRowsJson() as unknown[][]
  } finally {
    instance.closeSync()
  }
}

export const quarantineOf = (manifest: Manifest): string => join(dirname(manifest.file), 'quarantine.duckdb')
