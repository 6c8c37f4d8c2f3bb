import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ProductId, SelvageError } from '@selvage/kernel/model'
import { makeDurableDirectory } from '@selvage/ledger/directory'
import { syncPath } from './durable.ts'
import { findManifest, type Manifest } from './manifest.ts'

/**
 * `<out>/<product>/v000001`, `v000002`, …: whole versions, never changed. Everything else there begins with a dot: a
 * version that is being made or removed, or what is left of one.
 */
const versionName = (version: number): string => `v${String(version).padStart(6, '0')}`
const partialPrefix = '.partial-'
const productDir = (outDir: string, product: ProductId): string => join(outDir, product)

/** Folders that this process is working in; leftovers are the others. */
const working = new Set<string>()

async function listNames(dir: string): Promise<string[]> {
  return readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

/** Newest first. */
async function listVersions(dir: string): Promise<number[]> {
  const names = await listNames(dir)
  return names.flatMap(name => (/^v\d{6,}$/.test(name) ? [Number(name.slice(1))] : [])).sort((a, b) => b - a)
}

/** Folders of versions that this process knows to be on the disk, with all that leads to them. */
const settled = new Set<string>()

/**
 * The newest whole version that is on the disk. INVARIANT: what it gives outlives a loss of power: whoever installed it may
 * have died, or failed, before its name was synced, and it would go after it was served. One that cannot be synced is none.
 */
export async function findPublished(outDir: string, product: ProductId): Promise<Manifest | undefined> {
  const dir = productDir(outDir, product)
  for (const version of await listVersions(dir)) {
    const manifest = await findVersion(dir, product, version)
    if (manifest !== undefined && (await isSettled(join(dir, versionName(version))))) return manifest
  }
  return undefined
}

async function isSettled(at: string): Promise<boolean> {
  if (settled.has(at)) return true
  try {
    for (const name of await readdir(at)) await syncPath(join(at, name))
    await syncPath(at)
    await syncPath(dirname(at))
    makeDurableDirectory(dirname(at), 0o700)
  } catch {
    return false
  }
  settled.add(at)
  return true
}

async function findVersion(dir: string, product: ProductId, version: number): Promise<Manifest | undefined> {
  const at = join(dir, versionName(version))
  const stored = await findManifest(at)
  const file = join(at, 'data.duckdb')
  const bytes = await stat(file).then(
    found => found.size,
    () => undefined,
  )
  return stored?.product === product && stored.bytes === bytes ? { ...stored, version, file } : undefined
}

/** Removes all versions but those to keep. The newest whole one is kept in any case. */
export async function removeOldVersions(outDir: string, product: ProductId, keep: readonly number[]): Promise<void> {
  const dir = productDir(outDir, product)
  const newest = await findPublished(outDir, product)
  for (const version of await listVersions(dir)) {
    if (newest === undefined || version >= newest.version || keep.includes(version)) continue
    // Out of sight first: a version is never seen half removed.
    const doomed = join(dir, `${partialPrefix}removed-${version}`)
    await rename(join(dir, versionName(version)), doomed)
    settled.delete(join(dir, versionName(version)))
    await rm(doomed, { recursive: true, force: true })
  }
}

/** Removes what publications that were killed left behind: only where no other process publishes. */
export async function removeLeftovers(outDir: string, product: ProductId): Promise<void> {
  const dir = productDir(outDir, product)
  const names = await listNames(dir)
  const leftovers = names.filter(name => name.startsWith(partialPrefix)).map(name => join(dir, name))
  for (const leftover of leftovers) if (!working.has(leftover)) await rm(leftover, { recursive: true, force: true })
}

/** Does `work` in a fresh folder that no reader looks at, which is gone afterwards or has become a version. */
export async function inPartial<T>(outDir: string, product: ProductId, work: (dir: string) => Promise<T>): Promise<T> {
  const parent = productDir(outDir, product)
  makeDurableDirectory(parent, 0o700)
  const dir = await mkdtemp(join(parent, partialPrefix))
  working.add(dir)
  try {
    return await work(dir)
  } finally {
    working.delete(dir)
    await rm(dir, { recursive: true, force: true })
  }
}

/** Makes the folder, whose files are on the disk, the newest version, and returns it when that is on the disk too. */
export async function installVersion(outDir: string, product: ProductId, dir: string): Promise<Manifest> {
  const parent = productDir(outDir, product)
  const version = ((await listVersions(parent))[0] ?? 0) + 1
  // A folder with files in it cannot be replaced: of two that race, one fails.
  await rename(dir, join(parent, versionName(version)))
  await syncPath(parent)
  settled.add(join(parent, versionName(version)))
  const manifest = await findVersion(parent, product, version)
  if (manifest === undefined) throw new SelvageError('internal.fault', { cause: 'a published version is not whole' })
  return manifest
}
