import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseYaml } from '../../packages/kernel/src/contract/yaml.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

type Tree = NonNullable<ReturnType<typeof parseYaml>>

/** A YAML file of the suite, read by the reader that also reads contracts. */
export function readYaml(path: string): unknown {
  const report = (code: string, _place: unknown, what: string): never => {
    throw new Error(`${path}: ${code}: ${what}`)
  }
  const tree = parseYaml(readFileSync(here(path), 'utf8'), report as unknown as Parameters<typeof parseYaml>[1])
  if (tree === undefined) throw new Error(`${path}: no YAML`)
  return plain(tree)
}

function plain(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value
  if (tree.kind === 'list') return tree.items.map(plain)
  return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plain(value)]))
}

/** The texts of the suite's mesh, with their paths inside it. */
export const meshFiles: readonly { readonly path: string; readonly text: string }[] = readdirSync(here('mesh'), { recursive: true })
  .map(String)
  .filter(path => path.endsWith('.yaml'))
  .sort()
  .map(path => ({ path, text: readFileSync(here(`mesh/${path}`), 'utf8') }))

export const dataDir = here('data')
export const caseFiles: readonly string[] = readdirSync(here('cases'))
  .filter(name => name.endsWith('.yaml'))
  .sort()
  .map(name => `cases/${name}`)
