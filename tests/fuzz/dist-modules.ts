import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** tests/fuzz/dist/… -> the repository. */
export const root: string = resolve(import.meta.dirname, '..', '..', '..')

/** The built module: parsers are fuzzed as they ship. */
export const distUrl = (module: string): string => {
  const [name, ...path] = module.split('/')
  return pathToFileURL(resolve(root, 'packages', name!, 'dist', `${path.join('/')}.js`)).href
}

export const load = async <T>(module: string): Promise<T> => (await import(distUrl(module))) as T
