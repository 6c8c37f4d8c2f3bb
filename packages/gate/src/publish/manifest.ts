import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReachedSet } from '@selvage/kernel/contract'
import { type ColumnType, isName, type Name, type ProductId } from '@selvage/kernel/model'
import { z } from 'zod'

/** One immutable version of a product's data: what it was made from and what is in it. */
export interface Manifest {
  readonly product: ProductId
  /** 1, 2, 3, … */
  readonly version: number
  /** Hex SHA-256 of the contract's text. */
  readonly contractDigest: string
  /** Of all that is done to the data besides: what the contract and the taxonomy came to mean together. */
  readonly planDigest: string
  /** Of the paths, sizes and SHA-256 digests of the files it was read from. */
  readonly sourceDigest: string
  readonly tokenKeyId: string
  /** Absolute path of `data.duckdb`. */
  readonly file: string
  /** Its length. */
  readonly bytes: number
  /** ISO 8601, UTC. */
  readonly published: string
  readonly tables: readonly {
    readonly table: Name
    /** Rows that can be read. */
    readonly rows: number
    readonly quarantined: number
    /** The rules that fail, with the number of rows that fail them (for a rule of the table: its rows). */
    readonly findings: readonly { readonly rule: string; readonly severity: 'error' | 'warning'; readonly rows: number }[]
    readonly columns: readonly { readonly name: Name; readonly type: ColumnType; readonly token?: string }[]
    /** Which column of the file holds a set of its rows. */
    readonly sets?: readonly (ReachedSet & { readonly column: string })[]
  }[]
}

/** What stands in `manifest.json`: where it lies says version and path. */
export type StoredManifest = Omit<Manifest, 'version' | 'file'>

const count = z.int().min(0)
const digest = z.string().regex(/^[0-9a-f]{64}$/)
const name = z.custom<Name>(value => typeof value === 'string' && isName(value))
const schema = z.object({
  // What they say is compared with what the reader expects of them.
  product: z.custom<ProductId>(value => typeof value === 'string'),
  contractDigest: digest,
  planDigest: digest,
  sourceDigest: digest,
  tokenKeyId: z.string(),
  bytes: count,
  published: z.iso.datetime(),
  tables: z.array(
    z.object({
      table: name,
      rows: count,
      quarantined: count,
      findings: z.array(z.object({ rule: z.string(), severity: z.enum(['error', 'warning']), rows: count })),
      columns: z.array(
        z.object({ name, type: z.custom<ColumnType>(value => typeof value === 'string'), token: z.string().exactOptional() }),
      ),
      sets: z
        .array(
          z.object({
            name,
            from: name,
            foreignKey: name,
            key: name,
            collect: name,
            element: z.enum(['VARCHAR', 'BIGINT']),
            column: z.string(),
          } satisfies Record<keyof ReachedSet | 'column', z.ZodType>),
        )
        .exactOptional(),
    }),
  ),
})

/** The manifest of a version's folder; undefined if it is not whole. */
export async function findManifest(dir: string): Promise<StoredManifest | undefined> {
  const text = await readFile(join(dir, 'manifest.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
