import { join } from 'node:path'
import type { Domain, Mesh, Product } from '@selvage/kernel/contract'
import { asSelvageError, type Name, type ProductId, type TableId } from '@selvage/kernel/model'
import { type BoundColumn, type BoundSet, isSameSet, type TableBinding } from '@selvage/kernel/query'
import { describeCause } from '../cause.ts'
import type { Config } from '../config.ts'
import type { Keys } from '../keys.ts'
import type { Clock, Log } from '../ports.ts'
import { findPublished, type Manifest, needsPublish, publishProduct, removeLeftovers, removeOldVersions } from '../publish/index.ts'
import type { ReadableProduct } from './generation.ts'

export interface Bound {
  readonly products: ReadonlyMap<ProductId, ReadableProduct>
  readonly bindings: ReadonlyMap<TableId, TableBinding>
  /** Keeps the files of these versions, however many newer ones there are, until what it returns is called. */
  readonly pin: () => () => void
}

export interface Products {
  /** Publishes what its contract or its files have changed for, and binds what can be read. */
  readonly make: (mesh: Mesh, trust: Domain) => Promise<Bound>
  /** Whether the last `make` left something undone that may go well later: a disk that was full, a child that died. */
  readonly unfinished: () => boolean
  readonly close: () => Promise<void>
}

/** A product that cannot be published keeps its old version if that still fits; the rules go live in any case. */
export function openProducts({ config, clock, log, keys }: { config: Config; clock: Clock; log: Log; keys: Keys }): Products {
  const outDir = join(config.stateDir, 'products')
  const stop = new AbortController()
  let unfinished = false

  async function publish(product: Product, mesh: Mesh): Promise<void> {
    const { dataDir } = config
    if (dataDir === undefined || product.source === undefined) return
    const options = {
      product,
      taxonomy: mesh.taxonomy,
      dataDir,
      within: config.dataWithin,
      notIn: config.dataNotIn,
      outDir,
      tokenKey: keys.tokenKey,
      tokenKeyId: keys.tokenKeyId,
      now: clock,
      signal: stop.signal,
      ...config.publish,
      log,
      onProgress: (progress: object) => log('publish.progress', { product: product.id, ...progress }),
    }
    try {
      if (!(await needsPublish(options))) return
      const manifest = await publishProduct(options)
      log('publish.done', {
        product: product.id,
        version: manifest.version,
        tables: manifest.tables.map(({ table, rows, quarantined }) => ({ table, rows, quarantined })),
      })
    } catch (error) {
      const failure = asSelvageError(error)
      // What is wrong with the data is so until the data change.
      if (failure.code !== 'contract.data') unfinished = true
      const before = await findPublished(outDir, product.id).catch(() => undefined)
      const serves = before !== undefined && fits(product, before) ? before.version : undefined
      log('publish.failed', { product: product.id, code: failure.code, what: failure.message, serves, cause: describeCause(failure) })
    }
  }

  /** What is pinned now, each by how many. */
  const pinned = new Map<Bound['products'], number>()

  const pinOf = (products: Bound['products']) => (): (() => void) => {
    pinned.set(products, (pinned.get(products) ?? 0) + 1)
    let held = true
    return () => {
      if (!held) return
      held = false
      const others = pinned.get(products)! - 1
      if (others === 0) pinned.delete(products)
      else pinned.set(products, others)
    }
  }

  const pinnedVersions = (product: ProductId): readonly number[] =>
    [...pinned.keys()].flatMap(products => products.get(product)?.manifest.version ?? [])

  /** What is left lying costs room only: rules go live without it. */
  async function tidy(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => log('publish.untidy', { cause: describeCause(asSelvageError(error)) }))
  }

  async function make(mesh: Mesh, trust: Domain): Promise<Bound> {
    const products = new Map<ProductId, ReadableProduct>()
    const bindings = new Map<TableId, TableBinding>()
    unfinished = false
    for (const product of trust.products) {
      await publish(product, mesh)
      await tidy(removeLeftovers(outDir, product.id))
      const manifest = await findPublished(outDir, product.id)
      if (manifest === undefined || !fits(product, manifest)) continue
      const alias = `p_${product.name}_v${manifest.version}`
      products.set(product.id, { product, manifest, alias })
      // A statement that is being identified has the generation before, and pins it next.
      await tidy(removeOldVersions(outDir, product.id, [manifest.version - 1, manifest.version, ...pinnedVersions(product.id)]))
      for (const table of product.tables) bindings.set(table.id, bind(mesh, product, table, manifest, alias))
    }
    return { products, bindings, pin: pinOf(products) }
  }

  return { make, unfinished: () => unfinished, close: async () => stop.abort() }
}

/** Every column and set of the contract is there, with its type. */
const fits = (product: Product, manifest: Manifest): boolean =>
  product.tables.every(table => {
    const stored = manifest.tables.find(candidate => candidate.table === table.name)
    const columns = table.columns.every(column =>
      stored?.columns.some(candidate => candidate.name === column.name && candidate.type === column.type),
    )
    const sets = (table.sets ?? []).every(set => stored?.sets?.some(candidate => isSameSet(candidate, set)))
    return columns && sets
  })

function bind(mesh: Mesh, _product: Product, table: Product['tables'][number], manifest: Manifest, alias: string): TableBinding {
  const stored = manifest.tables.find(candidate => candidate.table === table.name)!
  const columns = new Map<Name, BoundColumn>()
  for (const column of table.columns) {
    const token = stored.columns.find(candidate => candidate.name === column.name)?.token
    const semantic = column.semanticType === undefined ? undefined : mesh.taxonomy.semanticTypes.get(column.semanticType)
    columns.set(column.name, {
      type: column.type,
      ...(token === undefined ? {} : { token: quoted(token) }),
      ...(semantic === undefined ? {} : { semantic }),
    })
  }
  const sets = new Map<Name, BoundSet>()
  for (const set of table.sets ?? []) {
    const { column } = stored.sets!.find(candidate => isSameSet(candidate, set))!
    sets.set(set.name, { ...set, column: quoted(column) })
  }
  return { table: table.id, relation: `${quoted(alias)}.main.${quoted(table.name)}`, columns, sets }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
