import { createPublicKey } from 'node:crypto'
import { createStanding, type KeySource, type SecurityEvent } from '@selvage/identity'
import { beforeEach, expect, test } from 'vitest'
import { audienceOfStream, eventClaims, signEvent } from '../../../identity/src/testing/event.ts'
import { trustIn } from '../../../identity/src/testing/issuer.ts'
import { testKey } from '../../../identity/src/testing/token.ts'
import type { KeptRecord } from './kept-events.ts'
import { createReceiver, type Receiver, type Signaller } from './receiver.ts'
import { States } from './states.ts'

const url = 'https://issuer.example'
const now = Date.UTC(2026, 10, 25, 12)
const key = testKey('k1', 'RS256')
const keys = { getKey: () => Promise.resolve({ key: createPublicKey(key.privateKey), stale: false }) } as unknown as KeySource
const from = { ...trustIn(url), signals: { audience: audienceOfStream } } as unknown as Signaller
const eventOf = (jti: string, sub = jti): string =>
  signEvent(eventClaims(url, now, { jti, sub_id: { format: 'iss_sub', iss: url, sub } }), key)

/** What is on the disks when the process is killed. Each write waits until it is let through, or fails. */
interface Disks {
  readonly entries: string[]
  readonly kept: KeptRecord[]
  ledger: () => Promise<unknown>
  events: () => Promise<unknown>
}
let disks: Disks
beforeEach(() => {
  disks = { entries: [], kept: [], ledger: () => Promise.resolve(), events: () => Promise.resolve() }
})

/** One life of a gate, which knows what was kept. */
function life(): { receiver: Receiver; isRefused: (sub: string) => boolean; all: () => KeptRecord[] } {
  const standing = createStanding({ now: () => now })
  const receiver = createReceiver({
    keys,
    clock: () => now,
    log: () => undefined,
    standing,
    states: new States(),
    record: async ({ tokenId }: SecurityEvent) => {
      await disks.ledger()
      disks.entries.push(tokenId)
    },
    keep: async record => {
      await disks.events()
      disks.kept.push(record)
    },
  })
  for (const record of disks.kept) receiver.recall(record)
  const isRefused = (sub: string): boolean => {
    try {
      standing.refuse({ subject: { id: `${from.alias}/${sub}` }, actors: [], issuer: from.alias, issuedAt: now })
      return false
    } catch {
      return true
    }
  }
  const said = (): KeptRecord[] => [...standing.said()].map(([issuer, changes]) => ({ issuer, changes: [...changes] }))
  return { receiver, isRefused, all: () => [...said(), ...receiver.taken()] }
}
const broken = (): Promise<never> => Promise.reject(new Error('EIO'))
const never = (): Promise<never> => new Promise(() => undefined)
/** More than it takes to verify an event. */
const settle = (): Promise<void> => new Promise(resolve => void setTimeout(resolve, 200))

test('an event that was acknowledged has its entry, though the log failed when it came first, and the gate was started again', async () => {
  disks.ledger = broken
  const first = life()
  await expect(first.receiver.receive(from, eventOf('e1'))).rejects.toMatchObject({ code: 'ledger.unavailable' })
  expect(first.isRefused('e1')).toBe(true)
  disks.ledger = () => Promise.resolve()
  await life().receiver.receive(from, eventOf('e1'))
  expect(disks.entries).toEqual(['e1'])
})

test('so it has where the gate was killed while its entry was under way, and it counted meanwhile', async () => {
  disks.ledger = never
  const first = life()
  void first.receiver.receive(from, eventOf('e1'))
  await expect.poll(() => first.isRefused('e1'), { timeout: 10_000 }).toBe(true)
  await settle()
  disks.ledger = () => Promise.resolve()
  await life().receiver.receive(from, eventOf('e1'))
  expect(disks.entries).toEqual(['e1'])
})

test('one whose entry was made and which was not kept has another when it comes again', async () => {
  disks.events = broken
  await expect(life().receiver.receive(from, eventOf('e1'))).rejects.toMatchObject({ code: 'ledger.unavailable' })
  disks.events = () => Promise.resolve()
  const again = life()
  await again.receiver.receive(from, eventOf('e1'))
  await again.receiver.receive(from, eventOf('e1'))
  expect([disks.entries, disks.kept.length]).toEqual([['e1', 'e1'], 1])
})

test('one that comes twice at once is written once, and acknowledged when it is', async () => {
  const { receiver } = life()
  let isKept = false
  disks.events = async () => {
    await settle()
    isKept = true
  }
  await Promise.all([receiver.receive(from, eventOf('e1')), receiver.receive(from, eventOf('e1')).then(() => expect(isKept).toBe(true))])
  expect([disks.entries, disks.kept.length]).toEqual([['e1'], 1])
})

test('an event under way is not known by a file that is written meanwhile: its change may not be in it', async () => {
  const { receiver, all } = life()
  await receiver.receive(from, eventOf('e1'))
  disks.events = never
  // As the file is written: what is said first, then, after others had their turn, which events were taken.
  const [said] = all()
  void receiver.receive(from, eventOf('e2'))
  await settle()
  const written = [said!, ...receiver.taken()]
  expect(written.map(({ event }) => event?.id)).toEqual([undefined, 'e1'])

  disks.events = () => Promise.resolve()
  disks.kept.splice(0, Number.POSITIVE_INFINITY, ...written)
  const again = life()
  expect([again.isRefused('e1'), again.isRefused('e2')]).toEqual([true, false])
  await again.receiver.receive(from, eventOf('e2'))
  expect(again.isRefused('e2')).toBe(true)
})
