import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type KeptEvents, type KeptRecord, openKeptEvents } from './kept-events.ts'

let dir: string
let told: string[]
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'selvage-events-'))
  told = []
})
afterEach(() => rmSync(dir, { recursive: true }))

const path = (): string => join(dir, 'events')
const lost: KeptRecord = { issuer: '*', changes: [{ kind: 'all', at: 99 }] }
const one = (i: number): KeptRecord => ({
  issuer: 'workforce',
  event: { id: `e${i}`, digest: 'd', issuedAt: i },
  changes: [{ kind: 'party', id: `p${i}`, at: i }],
})

/** What is kept, and what was kept before. */
async function open(): Promise<{ events: KeptEvents; known: KeptRecord[] }> {
  const known: KeptRecord[] = []
  const log = (event: string): void => void told.push(event)
  const events = await openKeptEvents({ dir, log, recall: record => known.push(record), lost: () => lost, all: () => known })
  return { events, known }
}

async function keep(count: number): Promise<void> {
  const { events } = await open()
  await Promise.all(Array.from({ length: count }, (_, i) => events.keep(one(i))))
  await events.close()
}

test('what was kept is there again, however often', async () => {
  await keep(50)
  for (let i = 0; i < 2; i += 1) {
    const { events, known } = await open()
    expect(known).toEqual(Array.from({ length: 50 }, (_, n) => one(n)))
    await events.close()
  }
  expect(told).toEqual([])
})

test('a line that was cut is dropped, as nobody was told that it is kept, and more can be added', async () => {
  await keep(3)
  const text = readFileSync(path(), 'utf8')
  for (const cut of [1, 20, 40]) {
    writeFileSync(path(), text.slice(0, -cut))
    const { events, known } = await open()
    expect(known).toEqual([one(0), one(1)])
    await events.keep(one(7))
    await events.close()
    const again = await open()
    expect(again.known).toEqual([one(0), one(1), one(7)])
    await again.events.close()
  }
  expect(told).toEqual([])
})

test.each([
  ['a changed letter', (text: string) => text.replace('"p1"', '"p9"')],
  ['a line that is none', (text: string) => `nothing\n${text}`],
  ['a line without its sum', (text: string) => text.replace(/^.{17}/, '')],
])('%s makes it lost: all is refused, what can be read counts, and it stays so', async (_, change) => {
  await keep(3)
  writeFileSync(path(), change(readFileSync(path(), 'utf8')))
  const { events, known } = await open()
  expect([known.at(-1), told]).toEqual([lost, ['signals.lost']])
  expect(known).toContainEqual(one(2))
  await events.close()
  const again = await open()
  expect(again.known).toContainEqual(lost)
  await again.events.close()
  expect(told).toEqual(['signals.lost'])
})

test('what this gate did not write is lost, whatever its sum', async () => {
  const { createHash } = await import('node:crypto')
  const text = '{"issuer":"workforce","changes":[{"kind":"none","at":1}]}'
  writeFileSync(path(), `${createHash('sha256').update(text).digest('hex').slice(0, 16)} ${text}\n`)
  const { events, known } = await open()
  expect(known).toEqual([lost])
  await events.close()
})

test('what cannot be looked at is lost, not absent', async () => {
  symlinkSync('events', path())
  const { events, known } = await open()
  expect([known, told]).toEqual([[lost], ['signals.lost']])
  await events.close()
})

test('the file is written anew when it holds far more lines than it takes', async () => {
  const known: KeptRecord[] = []
  const events = await openKeptEvents({
    dir,
    log: () => undefined,
    recall: record => known.push(record),
    lost: () => lost,
    all: () => [one(1)],
  })
  await Promise.all(Array.from({ length: 10_001 }, () => events.keep(one(1))))
  await events.keep(one(2))
  await events.close()
  expect(readFileSync(path(), 'utf8').trim().split('\n').length).toBe(2)
  appendFileSync(path(), 'x')
  const again = await open()
  expect(again.known).toEqual([one(1), one(2)])
  await again.events.close()
})
