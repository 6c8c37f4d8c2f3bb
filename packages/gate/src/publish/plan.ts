import { createHash } from 'node:crypto'
import { type Column, type Product, type Table, type Taxonomy, withAncestors } from '@selvage/kernel/contract'
import { canonicalJson, type Json } from '@selvage/kernel/model'

/** Changes whenever the loader would make something else of the same contract and files. */
const loaderVersion = 1

/** For each table of a product: column -> scope of its tokens. */
export type TokenScopes = ReadonlyMap<Table, Readonly<Record<string, string>>>

/**
 * A column of text has tokens if it, its table or its product has a restricting label. Values of one semantic type
 * share a scope, and so their tokens; a column without one has its own.
 */
export function tokenScopes(product: Product, taxonomy: Taxonomy): TokenScopes {
  return new Map(
    product.tables.map(table => {
      const columns = table.columns.filter(column => column.type === 'VARCHAR' && isRestricted(column, table, product, taxonomy))
      return [table, Object.fromEntries(columns.map(column => [column.name, column.semanticType ?? `${table.id}.${column.name}`]))]
    }),
  )
}

/** A label that the taxonomy does not know restricts. */
function isRestricted(column: Column, table: Table, product: Product, taxonomy: Taxonomy): boolean {
  const own = column.classification === undefined ? column.labels : [column.classification, ...column.labels]
  const labels = withAncestors([...own, ...table.labels, ...product.labels], taxonomy.labels)
  return [...labels].some(label => taxonomy.labels.get(label)?.kind !== 'releasing')
}

export const contractDigest = (product: Product): string => createHash('sha256').update(product.text).digest('hex')

/** Hex SHA-256 over all that the contract, its variables resolved, and the taxonomy say about loading. */
export function planDigest(product: Product, scopes: TokenScopes): string {
  const { text: _, path: __, ...meaning } = product
  const plan = { loaderVersion, meaning, scopes: product.tables.map(table => scopes.get(table)) }
  return createHash('sha256')
    .update(canonicalJson(JSON.parse(JSON.stringify(plan)) as Json))
    .digest('hex')
}
