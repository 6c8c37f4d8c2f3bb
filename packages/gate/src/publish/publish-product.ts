import { chmod, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Product, Taxonomy } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import type { Log } from '../ports.ts'
import { syncPath, writeDurable } from './durable.ts'
import { runLoad } from './load-process.ts'
import type { Manifest, StoredManifest } from './manifest.ts'
import { SourceMoved } from './open-source.ts'
import { contractDigest, planDigest, type TokenScopes, tokenScopes } from './plan.ts'
import { setColumn } from './set-column.ts'
import { type DataPlace, digestFile, findSourceFiles, type SourceFile, sourceDigest } from './source-file.ts'
import { tokenColumn } from './token-column.ts'
import { findPublished, inPartial, installVersion } from './versions.ts'
import type { DataProblem, FromChild, Job, LoadedTable, Progress } from './wire.ts'

export interface PublishOptions extends DataPlace {
  readonly product: Product
  readonly taxonomy: Taxonomy
  /** Holds one folder for each product. */
  readonly outDir: string
  /** The key of a scope of tokens, 32 bytes. It goes to the loading child over its stdin, and nowhere else. */
  readonly tokenKey: (scope: string) => Uint8Array
  readonly tokenKeyId: string
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
  readonly onProgress: (progress: Progress) => void
  readonly signal: AbortSignal
  readonly log: Log
  /** MiB for the engine that loads; it spills to disk beyond, and fails beyond that. */
  readonly memoryMb: number
  /** MiB that the loading child may take beside that. */
  readonly overheadMb: number
  readonly tempMb: number
}

/** Whether the newest version was made of another contract, other files, another meaning of labels or another key. */
export async function needsPublish(
  options: Pick<PublishOptions, 'product' | 'taxonomy' | 'outDir' | 'tokenKeyId' | 'now'> & DataPlace,
): Promise<boolean> {
  const { product, taxonomy, outDir, tokenKeyId } = options
  const manifest = await findPublished(outDir, product.id)
  if (manifest === undefined || manifest.tokenKeyId !== tokenKeyId) return true
  if (manifest.contractDigest !== contractDigest(product)) return true
  if (manifest.planDigest !== planDigest(product, tokenScopes(product, taxonomy))) return true
  const { files, problems } = await findSourceFiles(product, options)
  if (problems.length > 0) return true
  try {
    const digests = await Promise.all(files.map(file => digestFile(file, options.now())))
    return manifest.sourceDigest !== sourceDigest(digests)
  } catch (error) {
    // Publishing says what is wrong with it.
    if (error instanceof SourceMoved) return true
    throw error
  }
}

/**
 * Checks the product's files against its contract and makes a new version of it, whole or not at all. Throws
 * `contract.data` with file, line and column when the files do not fit; the version before stays in any case.
 */
export async function publishProduct(options: PublishOptions): Promise<Manifest> {
  const { product, outDir, signal, log, onProgress } = options
  const { files, problems } = await findSourceFiles(product, options)
  if (problems.length > 0) throw dataError(problems, 0)
  const scopes = tokenScopes(product, options.taxonomy)
  return inPartial(outDir, product.id, async dir => {
    const onMessage = (message: FromChild): void => {
      if (message.kind === 'progress') onProgress({ table: message.table, rows: message.rows, stage: message.stage })
      if (message.kind === 'note') log('publish.note', { product: product.id, file: message.file, what: message.what })
    }
    const last = await runLoad(jobOf(options, dir, files, scopes), options.memoryMb + options.overheadMb, onMessage, signal)
    if (last.kind === 'refused') throw dataError(last.problems, last.more)
    for (const name of ['data', 'quarantine']) await seal(join(dir, `${name}.duckdb`))
    const { size } = await stat(join(dir, 'data.duckdb'))
    const manifest = describe(options, scopes, last.tables, { bytes: size, sourceDigest: sourceDigest(last.files) })
    signal.throwIfAborted()
    await writeDurable(join(dir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, 0o440)
    await syncPath(dir)
    return installVersion(outDir, product.id, dir)
  })
}

function jobOf(options: PublishOptions, dir: string, files: readonly SourceFile[], scopes: TokenScopes): Job {
  const tables = files.map(({ table, path, shown }) => ({
    table,
    path,
    shown,
    delimiter: options.product.source!.delimiter,
    scopes: scopes.get(table)!,
  }))
  const names = new Set(tables.flatMap(table => Object.values(table.scopes)))
  const keys = Object.fromEntries([...names].map(scope => [scope, Buffer.from(options.tokenKey(scope)).toString('base64')]))
  return { dir, tables, keys, memoryMb: options.memoryMb, tempMb: options.tempMb, threads: 2 }
}

/** The file is on the disk and nobody writes to it any more. */
async function seal(path: string): Promise<void> {
  await chmod(path, 0o440)
  await syncPath(path)
}

function describe(
  { product, tokenKeyId, now }: PublishOptions,
  scopes: TokenScopes,
  loaded: readonly LoadedTable[],
  made: Pick<StoredManifest, 'bytes' | 'sourceDigest'>,
): StoredManifest {
  const tables = product.tables.map(table => {
    const { rows, quarantined, findings } = loaded.find(candidate => candidate.table === table.name)!
    const hasToken = (name: string): boolean => Object.hasOwn(scopes.get(table)!, name)
    const columns = table.columns.map(({ name, type }) => (hasToken(name) ? { name, type, token: tokenColumn(name) } : { name, type }))
    const sets = table.sets?.map(set => ({ ...set, column: setColumn(set.name) }))
    return { table: table.name, rows, quarantined, findings, columns, ...(sets === undefined ? {} : { sets }) }
  })
  return {
    product: product.id,
    contractDigest: contractDigest(product),
    planDigest: planDigest(product, scopes),
    tokenKeyId,
    published: new Date(now()).toISOString(),
    ...made,
    tables,
  }
}

/** All problems in one error; its position is the first one's. */
function dataError(problems: readonly DataProblem[], more: number): SelvageError {
  const [first] = problems
  const { line, byte, help } = first!
  return new SelvageError('contract.data', {
    detail: [...problems.map(describeProblem), ...(more === 0 ? [] : [`${more} more problems; mend these, then publish again.`])].join(
      '\n',
    ),
    help,
    ...(line === undefined ? {} : { position: { line, column: byte ?? 1 } }),
  })
}

/** `sales/customer.csv, line 3, column 7 (`email`): … Bytes are counted, not characters. */
function describeProblem({ file, line, byte, column, what, help }: DataProblem): string {
  const named = column === undefined ? '' : ` (\`${column}\`)`
  const place = line === undefined ? '' : `, line ${line}, column ${byte ?? 1}${named}`
  return `${file}${place}: ${what}. ${help}`
}
