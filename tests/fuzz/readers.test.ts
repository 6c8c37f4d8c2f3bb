import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..', '..')
const guide = readFileSync(join(root, 'docs', 'fuzzing.md'), 'utf8')
const cells = guide
  .split('\n')
  .filter(line => line.startsWith('| '))
  .map(line => line.split(' | '))
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(match => match[1]!)
const listed = new Set(cells.flatMap(row => row.flatMap(quoted)))
const targets = cells.filter(row => row.length === 3).flatMap(row => quoted(row[0]!))

/** What gives a file away that reads text or bytes of somebody else's. */
const reads =
  /JSON\.parse\(|\.safeParse\(|schema\.parse\(|fromChild\.parse\(|\.readU?Int|\.readBigU|export (?:async )?function\*? ?parse|export const parse|TextDecoder|from 'yaml'/

const isReader = (text: string): boolean => reads.test(text)
const pathOf = (module: string): string => join(root, 'packages', `${module.replace('/', '/src/')}.ts`)
const modules = readdirSync(join(root, 'packages'))
  .flatMap(name => readdirSync(join(root, 'packages', name, 'src'), { recursive: true }).map(path => `${name}/${String(path)}`))
  .filter(path => path.endsWith('.ts') && !/\.test\.ts$|\/testing\//.test(path))
  .map(path => path.slice(0, -3))
  .filter(module => isReader(readFileSync(pathOf(module), 'utf8')))

test('whatever reads text or bytes stands in a table of docs/fuzzing.md', () => {
  expect(modules.length).toBeGreaterThan(50)
  expect(modules.filter(module => !listed.has(module))).toEqual([])
})

test('the tables name targets and files that there are', () => {
  const folder = join(import.meta.dirname, 'targets')
  const made = readdirSync(folder)
    .map(name => readFileSync(join(folder, name), 'utf8'))
    .join()
  expect(targets.length).toBeGreaterThan(35)
  for (const target of targets) expect(made).toMatch(new RegExp(`name: '${target}'|strictJsonTarget\\('${target}'`))
  const files = [...listed].filter(name => name.includes('/') && !name.includes('.'))
  expect(files.filter(file => !existsSync(pathOf(file)))).toEqual([])
})

test('a new reader is seen', () => {
  expect(isReader('export const parseThing = (text: string): Thing => JSON.parse(text)')).toBe(true)
  expect(isReader("import { parse } from 'yaml'")).toBe(true)
  expect(isReader('export const add = (a: number, b: number): number => a + b')).toBe(false)
})
