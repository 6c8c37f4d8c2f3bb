import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { column, table, Workplace } from '../../../test/publish/fixture.ts'
import type { TableJob } from '../wire.ts'
import { DataError } from './data-error.ts'
import { createRaw } from './raw-table.ts'
import { scanFile } from './scan-file.ts'
import { openSession, type Session } from './session.ts'

const place = new Workplace()
let session: Session

const jobFor = (columns: readonly string[], delimiter = ','): TableJob => ({
  table: table(
    't',
    columns.map(name => column(name)),
  ),
  path: join(place.dataDir, 't.csv'),
  shown: 't.csv',
  delimiter,
  scopes: {},
})

beforeAll(async () => {
  const dir = join(place.dir, 'partial')
  mkdirSync(dir)
  session = await openSession({ dir, tables: [jobFor(['a'])], keys: {}, memoryMb: 128, tempMb: 1_024, threads: 2 }, [
    join(place.dataDir, 't.csv'),
  ])
})
afterAll(() => {
  session.close()
  place.close()
})

/** What the engine has after both readers; undefined if ours refuses the file. */
async function read(content: string | Uint8Array, columns: readonly string[], delimiter = ','): Promise<unknown[][] | undefined> {
  place.write('t.csv', content)
  const job = jobFor(columns, delimiter)
  try {
    const scanned = await scanFile(job, join(place.dir, 'shifts.csv'), () => undefined)
    await createRaw(session, job, scanned)
  } catch (error) {
    if (error instanceof DataError) return undefined
    throw error
  }
  // The binding drops a byte order mark at the beginning of a text.
  const cells = columns.map((_, index) => `'_' || c${index}`).join(', ')
  const reader = await session.connection.runAndReadAll(`SELECT ${cells} FROM raw ORDER BY rowid`)
  await session.run('DROP TABLE raw')
  return (reader.getRows() as (string | null)[][]).map(row => row.map(text => text?.slice(1) ?? null))
}

describe('createRaw', () => {
  const special = fc.constantFrom(
    'a',
    'b',
    '"',
    ',',
    ';',
    '\n',
    '\r',
    '\r\n',
    ' ',
    'é',
    '漢',
    '😀',
    '\\',
    '#',
    "'",
    '\u2028',
    '\ufeff',
    'NULL',
  )
  const cell = fc.oneof(fc.constant(null), fc.string({ unit: special, maxLength: 5 }))

  it.each([',', ';', '\t', '|'])('has the cells that were written, with the delimiter %j', async delimiter => {
    const records = fc.array(fc.tuple(cell, cell, cell), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(records, fc.constantFrom('\n', '\r\n'), fc.boolean(), async (rows, lineEnd, last) => {
        const lines = rows.map(cells => cells.map(written).join(delimiter))
        const text = [['a', 'b', 'c'].join(delimiter), ...lines].join(lineEnd) + (last || rows.length === 0 ? lineEnd : '')
        expect(await read(text, ['a', 'b', 'c'], delimiter)).toEqual(rows)
      }),
      { numRuns: 60 },
    )
  })

  it('reads no file otherwise than the scanner did, whatever bytes are in it', async () => {
    const piece = fc.constantFrom('a', 'b', '"', '""', ',', '\n', '\r\n', '\r', ' ', 'é', '\0', '#', '\\"', "'")
    let taken = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 10 }),
        fc.constantFrom('a', 'a,b', 'a,b,c'),
        fc.constantFrom('\n', '\r\n'),
        async (pieces, header, end) => {
          // createRaw throws where the two differ in records or in bytes of a column.
          const rows = await read(`${header}${end}${pieces.join('')}`, header.split(','))
          if (rows !== undefined) taken += 1
        },
      ),
      { numRuns: 1_500 },
    )
    expect(taken).toBeGreaterThan(100)
  })

  it('keeps the columns of the contract, in its order', async () => {
    expect(await read('x,b,a\n1,2,3\n', ['a', 'b'])).toEqual([['3', '2']])
  })

  it('counts rows in the order of the file, also in a large one', async () => {
    const lines = Array.from({ length: 300_000 }, (_, index) => `${index},"x\ny"`)
    place.write('t.csv', `a,b\n${lines.join('\n')}\n`)
    const job = jobFor(['a', 'b'])
    await createRaw(session, job, await scanFile(job, join(place.dir, 'shifts.csv'), () => undefined))
    expect(await session.row('SELECT count(*), count(*) FILTER (WHERE rowid <> c0::BIGINT) FROM raw')).toEqual([300_000, 0])
    await session.run('DROP TABLE raw')
  })

  it('refuses a file that changes between the two readings', async () => {
    place.write('t.csv', 'a\n1\n')
    const job = jobFor(['a'])
    const scanned = await scanFile(job, join(place.dir, 'shifts.csv'), () => undefined)
    place.write('t.csv', 'a\n2\n')
    await expect(createRaw(session, job, scanned)).rejects.toMatchObject({
      problems: [{ file: 't.csv', what: 'the file was changed while it was read' }],
    })
    await session.run('DROP TABLE raw')
  })

  it('reads no other file than it scanned where the name has become a link', async () => {
    place.write('t.csv', 'a\n1\n')
    place.write('../secret.csv', 'a\n2\n')
    const path = join(place.dataDir, 't.csv')
    const job = jobFor(['a'])
    const scanned = await scanFile(job, join(place.dir, 'shifts.csv'), () => undefined)
    renameSync(path, join(place.dataDir, 'away.csv'))
    symlinkSync(join(place.dir, 'secret.csv'), path)
    const changed = { problems: [{ file: 't.csv', what: 'the file was changed while it was read' }] }
    await expect(createRaw(session, job, scanned)).rejects.toMatchObject(changed)
    expect(await session.row("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'raw'")).toEqual([0])
    await expect(scanFile(job, join(place.dir, 'shifts.csv'), () => undefined)).rejects.toMatchObject(changed)
    rmSync(path)
  })

  it('refuses what the engine reads otherwise', async () => {
    place.write('t.csv', 'a\n1\n')
    const job = jobFor(['a'])
    const scanned = await scanFile(job, join(place.dir, 'shifts.csv'), () => undefined)
    await expect(createRaw(session, job, { ...scanned, records: 2 })).rejects.toThrow('otherwise than the scanner')
    await session.run('DROP TABLE raw')
  })
})

const written = (text: string | null): string => (text === null ? '' : `"${text.replaceAll('"', '""')}"`)
