import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { readMesh } from '@selvage/cedar'
import { type Mesh, parseMesh } from '@selvage/kernel/contract'
import type { Finding } from '@selvage/kernel/model'
import { lintPolicies, type PolicyJson, reviewPolicies } from '@selvage/kernel/policy'
import { maskLosses } from '@selvage/kernel/protect'
import { CommandError } from './exit.ts'

export interface TreeFile {
  readonly path: string
  readonly text: string
}

const maxFiles = 10_000
const maxFileBytes = 2 * 1024 * 1024

/**
 * The texts of a mesh: mesh.yaml, directory.yaml, and what lies under guardrails/ and domains/. Everything else is not the mesh's.
 * @param others folders that hold parts of it, such as a domain's own repository: their files stand before those of the same path
 */
export function readTree(dir: string, others: readonly string[] = []): readonly TreeFile[] {
  if (!isFile(join(dir, 'mesh.yaml')))
    throw new CommandError('usage', `there is no mesh.yaml in ${dir}`, { help: 'Name the folder that holds the mesh’s texts.' })
  const found = [dir, ...others].flatMap(root => readPart(root).map(file => [file.path, file] as const))
  return [...new Map(found).values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function readPart(dir: string): readonly TreeFile[] {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) throw new CommandError('usage', `there is no folder ${dir}`)
  const heads = ['mesh.yaml', 'directory.yaml'].map(name => join(dir, name)).filter(isFile)
  const paths = [...heads, ...walk(join(dir, 'guardrails')), ...walk(join(dir, 'domains'))]
  if (paths.length > maxFiles) throw new CommandError('refused', `more than ${maxFiles} files`)
  return paths.map(path => ({ path: relative(dir, path).split(sep).join('/'), text: readBounded(path) }))
}

/** attacker-controlled: somebody's branch. A link could lead to a device without end, or to a file whose text an error would quote. */
const isFile = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true

function* walk(dir: string): Generator<string> {
  if (!existsSync(dir)) return
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && !entry.name.startsWith('.')) yield join(entry.parentPath, entry.name)
  }
}

function readBounded(path: string): string {
  const { size } = statSync(path)
  if (size > maxFileBytes)
    throw new CommandError('refused', `${path} is larger than ${maxFileBytes} bytes`, {
      help: 'A text of the mesh is written by people; data lies elsewhere.',
    })
  return readFileSync(path, 'utf8')
}

export interface CheckedTree {
  /** Absent where the texts around the policies are not sound. */
  readonly mesh?: Mesh
  readonly policies?: readonly PolicyJson[]
  readonly findings: readonly Finding[]
}

/** Parses, validates and lints the whole tree; every problem is reported. */
export function checkTree(files: readonly TreeFile[], variables: Readonly<Record<string, string>> = {}): CheckedTree {
  const { mesh, findings } = parseMesh(files, { variables })
  if (mesh === undefined) return { findings }
  const read = readMesh(mesh)
  const linted = [...read.findings, ...lintPolicies(mesh, read.policies), ...read.unsound]
  const reviewed = [...reviewPolicies(mesh, read.policies), ...maskLosses(mesh, read.policies)]
  return { mesh, policies: read.policies, findings: [...findings, ...linted, ...reviewed] }
}
