import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseYaml } from '../../packages/kernel/src/contract/yaml.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

type Tree = NonNullable<ReturnType<typeof parseYaml>>

/** A YAML file, read by the reader that also reads contracts. @param file of this suite, or with its whole path */
export function readYaml(file: string): unknown {
  const path = resolve(here('.'), file)
  const report = (code: string, _place: unknown, what: string): never => {
    throw new Error(`${path}: ${code}: ${what}`)
  }
  const tree = parseYaml(readFileSync(path, 'utf8'), report as unknown as Parameters<typeof parseYaml>[1])
  if (tree === undefined) throw new Error(`${path}: no YAML`)
  return plain(tree)
}

function plain(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value
  if (tree.kind === 'list') return tree.items.map(plain)
  return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plain(value)]))
}

/** A mesh without its policies, and the files that its products are published from. */
export interface MeshTree {
  /** Texts with their paths inside the mesh. */
  readonly files: readonly { readonly path: string; readonly text: string }[]
  readonly dataDir: string
}

export const meshTree = (meshDir: string, dataDir: string): MeshTree => ({
  files: readdirSync(meshDir, { recursive: true })
    .map(String)
    .filter(path => path.endsWith('.yaml'))
    .sort()
    .map(path => ({ path, text: readFileSync(join(meshDir, path), 'utf8') })),
  dataDir,
})

export const goldenTree: MeshTree = meshTree(here('mesh'), here('data'))
export const caseFiles: readonly string[] = readdirSync(here('cases'))
  .filter(name => name.endsWith('.yaml'))
  .sort()
  .map(name => `cases/${name}`)
