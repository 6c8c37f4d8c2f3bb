import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Product } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { column, id, product, table, Workplace } from '../../test/publish/fixture.ts'
import { findPublished } from './index.ts'

const place = new Workplace()
afterAll(() => place.close())

const care = product([
  table('visit', [column('id', 'BIGINT'), column('what', 'VARCHAR', { physicalName: 'WHAT' })], { physicalName: 'Visit' }),
])
const file = 'shop/Visit.csv'

async function refusal(content: string | Uint8Array, of: Product = care): Promise<SelvageError['options']> {
  place.write(file, content)
  const error = await place.publish(of).then(
    () => new Error('published'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof SelvageError)) throw error
  expect(error.code).toBe('contract.data')
  return error.options
}

beforeEach(async () => {
  expect(await findPublished(place.outDir, id)).toBeUndefined()
})

describe('what is said of a file that does not fit', () => {
  it.each<[string, string | Uint8Array, string]>([
    [
      'a missing column',
      'id,when\n1,2\n',
      `${file}, line 1, column 1: the column \`WHAT\` (\`what\` in the contract) is missing. Add the column to the file, or take it out of the contract.`,
    ],
    [
      'a name written otherwise',
      'id,What\n1,2\n',
      `${file}, line 1, column 1: the column \`WHAT\` (\`what\` in the contract) is missing. Field 2 is written differently; set \`physicalName\` to what stands in the file.`,
    ],
    ['a column twice', 'id,WHAT,id\n1,2,3\n', `${file}, line 1, column 1: the column \`id\` stands there twice. Rename one of them.`],
    [
      'a wrong delimiter',
      'id;WHAT\n1;2\n',
      `${file}, line 1, column 3: the fields are separated by \`;\`, the contract says \`,\`. Set \`selvageDelimiter\` at the contract’s server, or export the file again.`,
    ],
    [
      'a wrong delimiter between quotes',
      '"id"\t"WHAT"\n1\t2\n',
      `${file}, line 1, column 5: the fields are separated by tabs, the contract says \`,\`. Set \`selvageDelimiter\` at the contract’s server, or export the file again.`,
    ],
    [
      'a broken encoding',
      Buffer.from('id,WHAT\n1,Zoë\n2,Zoë\n', 'latin1'),
      `${file}, line 2, column 5 (\`WHAT\`): the byte 0xEB is not UTF-8. Save the file as UTF-8; it may be in Latin-1 or Windows-1252 now.`,
    ],
    [
      'UTF-16',
      Buffer.from('\ufeffid,WHAT\n', 'utf16le'),
      `${file}, line 1, column 1: the file is not UTF-8; it looks like UTF-16. Save the file as UTF-8.`,
    ],
    [
      'a truncated last line',
      'id,WHAT\n1,a\n2',
      `${file}, line 3, column 2 (\`id\`): the last line is cut off: it has 1 of 2 fields and no line end. The file seems to be truncated; fetch it again.`,
    ],
    [
      'a last line that ends inside of quotes',
      'id,WHAT\n1,a\n2,"b c',
      `${file}, line 3, column 3 (\`WHAT\`): the file ends inside of a quoted field that begins here. The file seems to be truncated; fetch it again.`,
    ],
    [
      'a ragged line',
      'id,WHAT\n1,a,b\n',
      `${file}, line 2, column 6: the record has more than 2 fields. The header has 2. Put a field that holds the delimiter in quotes; fill in what is missing.`,
    ],
    [
      'a stray quote',
      'id,WHAT\n1,5" pipe\n',
      `${file}, line 2, column 4 (\`WHAT\`): a quote stands inside of a field without quotes. Put the whole field in quotes and double the quotes inside of it.`,
    ],
    ['an empty file', '', `${file}, line 1, column 1: the file is empty. The first line must name the columns.`],
    [
      'rows that all fail',
      'id,WHAT\nx,a\ny,b\n',
      `${file}: no row passes; they fail \`type(id)\` (2). Mend the data, or change the contract.`,
    ],
  ])('%s', async (_, content, message) => {
    const { detail } = await refusal(content)
    expect(detail).toBe(message)
  })

  it('has a position too', async () => {
    expect(await refusal('id,WHAT\n1,5" pipe\n')).toMatchObject({ position: { line: 2, column: 4 } })
  })

  it('names all missing columns, and the problems of all files', async () => {
    place.write('shop/other.csv', 'a\n"x')
    const { detail } = await refusal('x\n', product([...care.tables, table('other', [column('a')])]))
    expect(detail!.split('\n').map(line => line.slice(0, line.indexOf('. ')))).toEqual([
      `${file}, line 1, column 1: the column \`id\` is missing`,
      `${file}, line 1, column 1: the column \`WHAT\` (\`what\` in the contract) is missing`,
      'shop/other.csv, line 2, column 1 (`a`): the file ends inside of a quoted field that begins here',
    ])
  })

  it('says so when a file is not there, or lies outside of the data folder', async () => {
    place.write('../secret.csv', 'id,WHAT\n1,a\n')
    symlinkSync(join(place.dir, 'secret.csv'), join(place.dataDir, 'link.csv'))
    for (const path of ['nowhere/{table}.csv', '../secret.csv', 'link.csv', 'shop', '/etc/hostname']) {
      const { detail } = await refusal('id,WHAT\n', { ...care, source: { kind: 'csv', path, delimiter: ',' } })
      expect(detail).toContain(`${path.replace('{table}', 'Visit')}: there is no such file in the data folder.`)
    }
  })

  it('says so when the contract names no source, or a delimiter that is none', async () => {
    const { source: _, ...without } = care
    expect((await refusal('id,WHAT\n', without)).detail).toContain(`${care.path}: the contract does not say where the data is.`)
    for (const delimiter of ['§', '"', 'x', '\n', ',,'])
      expect((await refusal('id,WHAT\n', { ...care, source: { kind: 'csv', path: 'shop/{table}.csv', delimiter } })).detail).toContain(
        'the delimiter is no ASCII character',
      )
  })

  it('says which rule has a pattern that the engine cannot use', async () => {
    const { detail } = await refusal(
      'a\nx\n',
      product([table('visit', [column('a', 'VARCHAR', { options: { pattern: '(?=x)' } })], { physicalName: 'Visit' })]),
    )
    expect(detail).toBe(
      `${file}: the pattern of the rule \`pattern(a)\` is not one of RE2. Write it without look-around and back references.`,
    )
  })

  it('never tells what a cell says', async () => {
    for (const content of ['id,WHAT\n1,SECRET"\n', 'SECRET,1\n2,3\n', 'id,WHAT\nSECRET,1\n', 'id,WHAT\n1,"SECRET']) {
      expect(JSON.stringify(await refusal(content))).not.toContain('SECRET')
    }
    expect(JSON.stringify([place.events, place.progress])).not.toContain('SECRET')
  })
})
