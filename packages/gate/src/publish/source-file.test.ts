import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { column, product, table, Workplace } from '../../test/publish/fixture.ts'
import { openSource, SourceMoved } from './open-source.ts'
import { type DataPlace, digestFile, findSourceFiles } from './source-file.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
  place.write('shop/t.csv', 'a\n1\n')
  place.write('bank/t.csv', 'a\n2\n')
  place.write('other/t.csv', 'a\n3\n')
})
afterEach(() => place.close())

const found = async (path: string, more: Partial<DataPlace> = {}): Promise<boolean> => {
  const of = product([table('t', [column('a')])], { source: { kind: 'csv', path, delimiter: ',' } })
  const { files, problems } = await findSourceFiles(of, { dataDir: place.dataDir, ...more })
  expect(files.length + problems.length).toBe(1)
  return files.length === 1
}

test('a domain with a folder of its own names files there only', async () => {
  const own = { within: 'shop', notIn: ['bank'] }
  expect(await found('shop/{table}.csv', own)).toBe(true)
  symlinkSync(join(place.dataDir, 'bank'), join(place.dataDir, 'shop', 'link'))
  for (const path of [
    'bank/t.csv',
    'shop/../bank/t.csv',
    'other/t.csv',
    './bank/t.csv',
    'shop/link/t.csv',
    join(place.dataDir, 'bank/t.csv'),
  ])
    expect({ path, found: await found(path, own) }).toEqual({ path, found: false })
})

test('one without names no file of another domain', async () => {
  const shared = { notIn: ['bank', 'nowhere'] }
  expect([await found('shop/t.csv', shared), await found('other/t.csv', shared)]).toEqual([true, true])
  symlinkSync(join(place.dataDir, 'bank'), join(place.dataDir, 'bank2'))
  for (const path of ['bank/t.csv', 'other/../bank/t.csv', 'bank2/t.csv'])
    expect({ path, found: await found(path, shared) }).toEqual({ path, found: false })
})

test('a file that was swapped after it was found is not opened', async () => {
  const path = join(place.dataDir, 'shop', 't.csv')
  const of = product([table('t', [column('a')])], { source: { kind: 'csv', path: 'shop/t.csv', delimiter: ',' } })
  const { files } = await findSourceFiles(of, { dataDir: place.dataDir })
  const file = { ...files[0]! }
  const swaps: readonly (readonly [string, () => void])[] = [
    ['a link', () => symlinkSync(join(place.dataDir, 'bank', 't.csv'), path)],
    ['a link to a file of the system', () => symlinkSync('/proc/self/environ', path)],
    ['a folder', () => mkdirSync(path)],
    ['a pipe, which would wait', () => execFileSync('mkfifo', [path])],
    ['nothing', () => undefined],
  ]
  for (const [what, swap] of swaps) {
    rmSync(path, { recursive: true, force: true })
    swap()
    expect({ what, error: await openSource(path).catch((error: unknown) => error) }).toEqual({ what, error: expect.any(SourceMoved) })
    await expect(digestFile(file, 0)).rejects.toBeInstanceOf(SourceMoved)
  }
  rmSync(path, { recursive: true, force: true })
})

test('nor where a folder above it was', async () => {
  const shop = join(place.dataDir, 'shop')
  renameSync(shop, join(place.dataDir, 'away'))
  symlinkSync(join(place.dataDir, 'bank'), shop)
  await expect(openSource(join(shop, 't.csv'))).rejects.toBeInstanceOf(SourceMoved)
})
