import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../dev-mesh.ts'
import { titlesIn } from './titles.ts'

const rows = (text: string): string[] => text.split('\n').filter(line => /^\| \d+ +\|/.test(line))

/** A file of tests, and behind it “parts of titles”. */
const named = /`([^`]+\.(?:test|suite)\.ts)`((?:\s+“[^”]+”)*)/g

type Read = (path: string) => string | undefined

/** What is named and is not there, in a row of the table or anywhere else. */
function missing(text: string, read: Read): string[] {
  const bare = rows(text).filter(row => row.match(named) === null)
  const gone = [...text.matchAll(named)].flatMap(([, path = '', words = '']) => {
    const source = read(path)
    if (source === undefined) return [path]
    const titles = titlesIn(source)
    const parts = [...words.matchAll(/“([^”]+)”/g)].map(([, part = '']) => part.replace(/\s+/g, ' '))
    if (parts.length === 0) return [`${path} without a title`]
    return parts.filter(part => !titles.some(title => title.includes(part))).map(part => `${path}: ${part}`)
  })
  return [...bare, ...gone]
}

/** A suite is run by a test beside it, or not at all. */
const isRun = (path: string): boolean =>
  path.endsWith('.test.ts') ||
  readdirSync(join(root, dirname(path)))
    .filter(name => name.endsWith('.test.ts'))
    .some(name => readFileSync(join(root, dirname(path), name), 'utf8').includes(`from './${path.split('/').at(-1)}'`))

const readHere: Read = path => (existsSync(join(root, path)) && isRun(path) ? readFileSync(join(root, path), 'utf8') : undefined)

const security = readFileSync(join(root, 'SECURITY.md'), 'utf8')

test('every promise of SECURITY.md names tests that exist, and so does the rest of it', () => {
  expect(rows(security).length).toBeGreaterThan(50)
  expect(missing(security, readHere)).toEqual([])
})

describe('is caught:', () => {
  const path = 'tests/some.test.ts'
  const source = "describe('all of it', () => {\n  it('shows that it holds', () => {})\n})\n"
  const found = (row: string, text = source): string[] => missing(row, one => (one === path ? text : undefined))
  const row = `| 1 | we promise | \`${path}\` “shows that it holds” |`

  test('nothing, where each is there', () => {
    expect(found(row)).toEqual([])
    expect(found(`| 1 | we promise | \`${path}\` “all of” “it holds” |`)).toEqual([])
  })

  test.each([
    ['a promise without a test', '| 1 | we promise | – |', '| 1 | we promise | – |'],
    ['a file that is gone', '| 1 | we promise | `tests/nowhere.test.ts` “x” |', 'tests/nowhere.test.ts'],
    ['a file without a title', `| 1 | we promise | \`${path}\` |`, `${path} without a title`],
    ['a title that is gone', `| 1 | we promise | \`${path}\` “all of” “that it lasts” |`, `${path}: that it lasts`],
    ['one that is named elsewhere', `- Not promised: \`${path}\`\n  “that it\n  lasts” shows it.`, `${path}: that it lasts`],
  ])('%s', (_, text, said) => {
    expect(found(text)).toEqual([said])
  })

  test.each([
    ['deleted', ''],
    ['commented out', "// it('shows that it holds', () => {})\n"],
    ['left out', "it.skip('shows that it holds', () => {})\n"],
    ['still to be written', "it.todo('shows that it holds', () => {})\n"],
    ['a text alone', "const title = 'shows that it holds',\n"],
  ])('a test that is %s', (_, text) => {
    expect(found(row, text)).toEqual([`${path}: shows that it holds`])
  })

  test('each test of the table, if it alone is taken away', () => {
    const cited = [...security.matchAll(named)].flatMap(([, one = '', words = '']) =>
      [...words.matchAll(/“([^”]+)”/g)].map(([, title = '']) => [one, title] as const),
    )
    expect(cited.length).toBeGreaterThan(150)
    for (const [one, title] of cited)
      expect(missing(`\`${one}\` “${title}”`, path => readHere(path)?.replaceAll(title, 'something else'))).toEqual([`${one}: ${title}`])
  })

  test('a suite that no test runs', () => {
    expect(isRun('tests/cli/login.suite.ts')).toBe(true)
    expect(isRun('tests/architecture/unrun.suite.ts')).toBe(false)
  })
})
