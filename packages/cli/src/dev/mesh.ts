import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'
import { CommandError } from '../exit.ts'

const peopleShape = z.record(
  z.string(),
  z.array(
    z.looseObject({
      login: z.string(),
      kind: z.enum(['User', 'Workload', 'Agent']),
      roles: z.array(z.string()).default([]),
      attributes: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
)

/** issuer alias -> its people: `people.yaml` of the tree, for demo issuers only. */
export type People = z.infer<typeof peopleShape>

export function readPeople(dir: string): People {
  const path = join(dir, 'people.yaml')
  if (!existsSync(path))
    throw new CommandError('usage', `there is no people.yaml in ${dir}`, {
      help: 'It lists who may log in at the demo issuers; see the guide "your first mesh".',
    })
  const value = parseYaml(path)
  const result = peopleShape.safeParse((value as { issuers?: unknown } | null)?.issuers ?? value)
  if (!result.success) throw new CommandError('usage', `people.yaml: ${z.prettifyError(result.error)}`)
  return result.data
}

function parseYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'), { maxAliasCount: 0 })
  } catch (cause) {
    throw new CommandError('usage', `people.yaml: ${(cause as Error).message}`, { cause })
  }
}

/** The folder with the rows: the one named, else the example's generated sample, else `data` beside the tree. */
export async function dataFolder(options: {
  dir: string
  state: string
  data?: string | undefined
}): Promise<{ path: string; generated: boolean }> {
  if (options.data !== undefined) {
    if (!existsSync(options.data)) throw new CommandError('usage', `there is no folder ${options.data}`)
    return { path: options.data, generated: false }
  }
  const generator = join(options.dir, 'sample', 'generate.mjs')
  if (!existsSync(generator))
    return { path: existsSync(join(options.dir, 'data')) ? join(options.dir, 'data') : options.dir, generated: false }
  const path = join(options.state, 'sample')
  mkdirSync(path, { recursive: true })
  const { generate } = (await import(pathToFileURL(generator).href)) as { generate: (dir: string) => Promise<void> | void }
  await generate(path)
  return { path, generated: true }
}

/** A domain that has a folder of its name in the data folder names files there only; no domain names another's. */
export function dataFolders(
  data: string,
  domain: string,
  { domains }: { readonly domains: readonly { readonly name: string }[] },
): { dataWithin?: string; dataNotIn: readonly string[] } {
  const own = domains.map(({ name }) => name).filter(name => existsSync(join(data, name)))
  return { ...(own.includes(domain) ? { dataWithin: domain } : {}), dataNotIn: own.filter(name => name !== domain) }
}

/** Where the mesh's directory and the domain's own lie, as far as there are any. */
export const directoryFiles = (dir: string, tree: readonly { readonly path: string }[], domain: string): readonly string[] =>
  ['directory.yaml', `domains/${domain}/directory.yaml`]
    .filter(path => tree.some(file => file.path === path))
    .map(path => resolve(dir, path))

export const exampleMesh = fileURLToPath(new URL('../../../../examples/mesh', import.meta.url))
