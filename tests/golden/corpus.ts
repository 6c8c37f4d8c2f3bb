import type { SqlRequest } from '../../packages/gate/src/decide/request.ts'
import { readYaml } from './tree.ts'

export interface Hostile {
  readonly sql: string
  readonly parameters?: SqlRequest['parameters']
  readonly heavy?: boolean
}

type Corpus = Readonly<Record<string, readonly (string | Hostile)[]>>

/** What no text of YAML should hold: odd characters, great depth and great length. */
const generated: Corpus = {
  'odd characters': [
    'SELECT \u202e first_name FROM shop.crm.customer',
    'SELECT\u00a0first_name\u00a0FROM\u00a0shop.crm.customer',
    'SELECT first_name FROM shop.crm.customer\u2028WHERE true',
    "SELECT 'a\u0000b'",
    'SELECT \u0000',
    "SELECT '\ud800' FROM shop.crm.customer",
    '\ufeffSELECT first_name FROM shop.crm.customer',
  ],
  depth: [
    { sql: `SELECT ${'('.repeat(3_000)}1${')'.repeat(3_000)}`, heavy: true },
    { sql: `SELECT ${'NOT '.repeat(5_000)}true`, heavy: true },
    { sql: `SELECT ${'-'.repeat(1)}${'(-'.repeat(2_000)}1${')'.repeat(2_000)}`, heavy: true },
    { sql: `${'SELECT * FROM ('.repeat(800)}SELECT first_name FROM shop.crm.customer${')'.repeat(800)}`, heavy: true },
    { sql: `SELECT ${'['.repeat(1_500)}${']'.repeat(1_500)}`, heavy: true },
    { sql: `SELECT ${'list_transform([1], x -> '.repeat(100)}1${')'.repeat(100)}`, heavy: true },
    { sql: `SELECT 1 WHERE ${Array.from({ length: 6_000 }, (_, i) => `${i}=1`).join(' AND ')}`, heavy: true },
    { sql: Array.from({ length: 1_500 }, () => 'SELECT 1').join(' UNION ALL '), heavy: true },
    {
      sql: `WITH ${Array.from({ length: 400 }, (_, i) => `t${i} AS (SELECT * FROM ${i === 0 ? 'shop.crm.customer' : `t${i - 1}`})`).join(', ')} SELECT count(*) FROM t399`,
      heavy: true,
    },
    {
      sql: `WITH ${Array.from({ length: 30 }, (_, i) => `t${i} AS (${i === 0 ? 'SELECT 1 AS x' : `SELECT a.x FROM t${i - 1} a, t${i - 1} b`})`).join(', ')} SELECT count(*) FROM t29`,
      heavy: true,
    },
    { sql: `SELECT '${'x'.repeat(70_000)}'`, heavy: true },
    { sql: `SELECT 1 AS ${'y'.repeat(60_000)}`, heavy: true },
  ],
}

const corpus: Corpus = { ...(readYaml('hostile.yaml') as Corpus), ...generated }
export const { shared, filters } = readYaml('filters.yaml') as { shared: string; filters: Readonly<Record<string, string>> }
interface Named extends Hostile {
  readonly name: string
}

export const statements: readonly Named[] = Object.entries(corpus).flatMap(([family, list]) =>
  list
    .map(item => (typeof item === 'string' ? { sql: item } : item))
    .map(item => ({ ...item, name: `${family}: ${item.sql.slice(0, 120)}` })),
)
