import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import type { Product, Table } from '@selvage/kernel/contract'
import { canonicalJson } from '@selvage/kernel/model'
import type { DataProblem, FileDigest } from './wire.ts'

export interface SourceFile {
  readonly table: Table
  /** Absolute, without symbolic links. */
  readonly path: string
  /** The path below the data folder. */
  readonly shown: string
}

/** The file of each table, inside of the data folder; problems for those that are not there. */
export async function findSourceFiles(
  product: Product,
  dataDir: string,
): Promise<{ readonly files: readonly SourceFile[]; readonly problems: readonly DataProblem[] }> {
  const files: SourceFile[] = []
  const problems = sourceProblems(product)
  if (problems.length > 0) return { files, problems }
  for (const table of product.tables) {
    const shown = product.source?.path.replaceAll('{table}', table.physicalName) ?? ''
    const path = await findInside(dataDir, shown)
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
async function findInside(dataDir: string, shown: string): Promise<string | undefined> {
  try {
    const root = await realpath(dataDir)
    const path = await realpath(join(root, shown))
    const below = relative(root, path)
    const inside = below !== '' && !isAbsolute(below) && !/^\.\.(?:[\\/]|$)/.test(below)
    return inside && (await stat(path)).isFile() ? path : undefined
  } catch {
    return undefined
  }
}

/** Hex SHA-256 over paths, sizes and digests of the files. */
export function sourceDigest(files: readonly FileDigest[]): string {
  const listed = files.map(({ path, size, sha256 }) => ({ path, size, sha256 })).toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return createHash('sha256').update(canonicalJson(listed)).digest('hex')
}

/** Digests of files that have rested: one whose clock says that it is new may yet change unseen. */
const known = new Map<string, { readonly state: string; readonly digest: FileDigest }>()
const restMs = 5_000

export async function digestFile({ path, shown }: SourceFile, now: number): Promise<FileDigest> {
  const before = await fileState(path)
  const held = known.get(path)
  if (held?.state === before.state) return { ...held.digest, path: shown }
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 }) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    size += chunk.length
  }
  const digest = { path: shown, size, sha256: hash.digest('hex') }
  if (now - before.changed > restMs) known.set(path, { state: before.state, digest })
  return digest
}

async function fileState(path: string): Promise<{ state: string; changed: number }> {
  const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = await stat(path, { bigint: true })
  return { state: [dev, ino, size, mtimeNs, ctimeNs].join('-'), changed: Number(ctimeMs) }
}
