/** A name of ours: `[a-z][a-z0-9_]*`, no reserved word of Cedar. Domains, products, tables, columns, purposes, semantic types. */
export type Name = string & { readonly '~name': true }
/** `domain.product` */
export type ProductId = string & { readonly '~product': true }
/** `domain.product.table` */
export type TableId = string & { readonly '~table': true }

const pattern = /^[a-z][a-z0-9_]{0,62}$/
const reserved = new Set([
  'true',
  'false',
  'if',
  'then',
  'else',
  'in',
  'is',
  'like',
  'has',
  'permit',
  'forbid',
  'when',
  'unless',
  'principal',
  'action',
  'resource',
  'context',
])

export const isName = (text: string): text is Name => pattern.test(text) && !reserved.has(text) && !text.startsWith('__')

/** Domains and labels may carry hyphens too, as in `service-provision`. */
const hyphenated = /^[a-z][a-z0-9_-]{0,62}$/
export const isHyphenatedName = (text: string): boolean => hyphenated.test(text) && !reserved.has(text)

export const productId = (domain: Name, product: Name): ProductId => `${domain}.${product}` as ProductId
export const tableId = (product: ProductId, table: Name): TableId => `${product}.${table}` as TableId

export interface TableParts {
  readonly domain: Name
  readonly product: Name
  readonly table: Name
}

/** The three parts of a table id. Ids are made of names only, so this cannot fail. */
export function tableParts(id: TableId): TableParts {
  const [domain, product, table] = id.split('.') as [Name, Name, Name]
  return { domain, product, table }
}
