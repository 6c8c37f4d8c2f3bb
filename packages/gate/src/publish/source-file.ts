import { createHash } from 'node:crypto'
import { type FileHandle, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import type { Product, Table } from '@selvage/kernel/contract'
import { canonicalJson } from '@selvage/kernel/model'
import { openSource } from './open-source.ts'
import type { DataProblem, FileDigest } from './wire.ts'

export interface SourceFile {
  readonly table: Table
  /** Absolute, without symbolic links. */
  readonly path: string
  /** The path below the data folder. */
  readonly shown: string
}

/** Where the files of a domain may lie. */
export interface DataPlace {
  /** The folder that the contract's paths begin in. */
  readonly dataDir: string
  /** Folders in it: the one that all files must be in, and such that none may be in. */
  readonly within?: string | undefined
  readonly notIn?: readonly string[] | undefined
}

/** The file of each table, inside of the data folder; problems for those that are not there. */
export async function findSourceFiles(
  product: Product,
  place: DataPlace,
): Promise<{ readonly files: readonly SourceFile[]; readonly problems: readonly DataProblem[] }> {
  const files: SourceFile[] = []
  const problems = sourceProblems(product)
  if (problems.length > 0) return { files, problems }
  for (const table of product.tables) {
    const shown = product.source?.path.replaceAll('{table}', table.physicalName) ?? ''
    const path = await findInside(place, shown)
    if (path === undefined) problems.push(missingFile(shown))
    else files.push({ table, path, shown })
  }
  return { files, problems }
}

/** The contract's parser takes any character that is no letter and no digit; the scanner counts bytes. */
function sourceProblems({ path, source }: Product): DataProblem[] {
  if (source === undefined)
    return [{ file: path, what: 'the contract does not say where the data is', help: 'Add a server of type local with format csv.' }]
  if (/^[\t\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]$/.test(source.delimiter) && source.delimiter !== '"') return []
  return [{ file: path, what: 'the delimiter is no ASCII character that can be one', help: 'Use a comma, a semicolon, a tab or a bar.' }]
}

const missingFile = (file: string): DataProblem => ({
  file,
  what: 'there is no such file in the data folder',
  help: 'Put it there, or correct `path` at the contract’s server.',
})

/** attacker-controlled: `shown`, by whoever writes contracts; links, by whoever fills the data folder. */
async function findInside({ dataDir, within, notIn = [] }: DataPlace, shown: string): Promise<string | undefined> {
  try {
    const path = await realpath(join(dataDir, shown))
    if (!isBelow(path, await realpath(within === undefined ? dataDir : join(dataDir, within)))) return undefined
    for (const folder of notIn)
      if (isBelow(path, await realpath(join(dataDir, folder)).catch(() => join(dataDir, folder)))) return undefined
    return (await stat(path)).isFile() ? path : undefined
  } catch {
    return undefined
  }
}

function isBelow(path: string, folder: string): boolean {
  const below = relative(folder, path)
  return below !== '' && !isAbsolute(below) && !/^\.\.(?:[\\/]|$)/.test(below)
}

/** Hex SHA-256 over paths, sizes and digests of the files. */
export function sourceDigest(files: readonly FileDigest[]): string {
  const listed = files.map(({ path, size, sha256 }) => ({ path, size, sha256 })).toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return createHash('sha256').update(canonicalJson(listed)).digest('hex')
}

/** Digests of files that have rested: one whose clock says that it is new may yet change unseen. */
const known = new Map<string, { readonly state: string; readonly digest: Omit<FileDigest, 'path'> }>()
const restMs = 5_000

/** Throws SourceMoved where the file is another by now. */
export async function digestFile({ path, shown }: SourceFile, now: number): Promise<FileDigest> {
  const handle = await openSource(path)
  try {
    return { ...(await digestOf(handle, path, now)), path: shown }
  } finally {
    await handle.close()
  }
}

async function digestOf(handle: FileHandle, path: string, now: number): Promise<Omit<FileDigest, 'path'>> {
  const before = await fileState(handle)
  const held = known.get(path)
  if (held?.state === before.state) return held.digest
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of handle.createReadStream({ highWaterMark: 1_048_576, autoClose: false }) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    size += chunk.length
  }
  const digest = { size, sha256: hash.digest('hex') }
  if (now - before.changed > restMs) known.set(path, { state: before.state, digest })
  return digest
}

async function fileState(handle: FileHandle): Promise<{ state: string; changed: number }> {
  const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = await handle.stat({ bigint: true })
  return { state: [dev, ino, size, mtimeNs, ctimeNs].join('-'), changed: Number(ctimeMs) }
}
