import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeviceRecord, DeviceTrust, type SenderProof } from '@selvage/identity'
import * as fc from 'fast-check'
import { afterAll, expect, test, vi } from 'vitest'
import { signRecord, sourceOf } from '../../../identity/src/testing/device-record.ts'
import { testKey } from '../../../identity/src/testing/token.ts'
import { syncPath } from '../publish/durable.ts'
import { RateBound } from '../rate-bound.ts'
import type { Generation } from '../sync/generation.ts'
import { type Devices, openDevices } from './index.ts'

vi.mock('../publish/durable.ts', async original => {
  const real = await original<typeof import('../publish/durable.ts')>()
  return { ...real, syncPath: vi.fn(real.syncPath) }
})

const root = mkdtempSync(join(tmpdir(), 'selvage-devices-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const key = testKey('mdm', 'EdDSA')
const start = 1_780_000_000_000
let now = start
let sources = [sourceOf(key)]
let trust = new DeviceTrust(sources)
function trustOnly(...of: typeof sources): void {
  sources = of
  trust = new DeviceTrust(sources)
}

const open = (dir: string, most = 10, rate = new RateBound()): Promise<Devices> =>
  openDevices({
    dir,
    from: undefined,
    most,
    rate,
    generation: () => ({ devices: trust }) as Generation,
    clock: () => now,
    log: () => undefined,
  })
const proofOf = (device: string): SenderProof => ({ kind: 'dpop', thumbprint: device.repeat(43) })
const recordOf = (device: string, managed: boolean, at = now): string => saying(device, { managed }, {}, at)
const saying = (device: string, signals: object, more: object = {}, at = now, by = key): string =>
  signRecord({ iss: 'mdm', sub: device, iat: at / 1_000, cnf: { jkt: device.repeat(43) }, signals, ...more }, by)
const found = (devices: Devices, device: string): DeviceRecord => devices.find(proofOf(device)) as DeviceRecord
const managed = (devices: Devices, device: string): unknown => {
  const found = devices.find(proofOf(device))
  return typeof found === 'object' ? found.signals.managed : found
}
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'taken',
    error => (error as { code: string }).code,
  )

test('what was taken is found again after a restart, also by a clock that was set back', async () => {
  const dir = join(root, 'restart')
  await (await open(dir)).take(recordOf('a', false))
  now = start - 3_600_000
  expect(managed(await open(dir), 'a')).toBe(false)
  now = start
  expect(managed(await open(dir), 'b')).toBeUndefined()
})

test.each([
  ['altered', recordOf('a', false).replace(/.$/, '!')],
  ['cut off', recordOf('a', false).slice(0, 50)],
  ['empty', ''],
  ['too long', 'x'.repeat(10_000)],
])('a kept record that is %s is lost, not forgotten, until there is another one', async (name, text) => {
  const dir = join(root, name)
  await (await open(dir)).take(recordOf('a', false))
  const [file] = readdirSync(dir)
  writeFileSync(join(dir, file!), text)
  const again = await open(dir)
  expect([managed(again, 'a'), managed(again, 'b')]).toEqual(['lost', undefined])
  await again.take(recordOf('a', true))
  expect(managed(again, 'a')).toBe(true)
})

test('a source that is gone takes its records with it; one whose key is another leaves them lost', async () => {
  const devices = await open(join(root, 'gone'))
  await devices.take(recordOf('a', true))
  trustOnly()
  expect(managed(devices, 'a')).toBeUndefined()
  expect(await codeOf(devices.take(recordOf('a', true)))).toBe('device.source')
  trustOnly(sourceOf(testKey('other', 'EdDSA')))
  expect(managed(devices, 'a')).toBe('lost')
  trustOnly(sourceOf(key))
  expect(managed(devices, 'a')).toBe(true)
})

test('an older word and the same again change nothing, overdue or not, and take no disk', async () => {
  const dir = join(root, 'again')
  const devices = await open(dir)
  const texts = [recordOf('a', true), recordOf('b', false), recordOf('c', true, start - 3_600_000)]
  for (const text of texts) await devices.take(text)
  const before = devices.epoch()
  const written = (): unknown[] => readdirSync(dir).map(file => statSync(join(dir, file)).ino)
  const files = written()
  for (const text of [...texts, recordOf('a', false, start - 1_000), ...texts]) await devices.take(text)
  expect([managed(devices, 'a'), devices.epoch(), written()]).toEqual([true, before, files])
  expect(found(devices, 'c').expiresAt).toBeLessThan(now)
})

test('more keys than there may be are refused, and those that are known go on', async () => {
  const devices = await open(join(root, 'bound'), 1)
  await devices.take(recordOf('a', true))
  const before = devices.epoch()
  expect(await codeOf(devices.take(recordOf('b', true)))).toBe('limit.busy')
  await devices.take(recordOf('a', false))
  expect([managed(devices, 'a'), devices.epoch()]).toEqual([false, before + 1])
})

test('two at once: the newer one stays, on the disk too', async () => {
  const dir = join(root, 'two')
  const devices = await open(dir)
  await Promise.all([
    devices.take(recordOf('a', true, start - 2_000)),
    devices.take(recordOf('a', false)),
    devices.take(recordOf('a', true)),
  ])
  expect([managed(devices, 'a'), managed(await open(dir), 'a')]).toEqual([false, false])
})

test('what did not come to the disk does when the same comes again', async () => {
  const dir = join(root, 'away')
  const devices = await open(dir)
  const text = recordOf('a', false)
  rmSync(dir, { recursive: true })
  expect(await codeOf(devices.take(text))).not.toBe('taken')
  expect(managed(devices, 'a')).toBe(false)
  mkdirSync(dir)
  await devices.take(text)
  expect([managed(await open(dir), 'a'), devices.epoch()]).toEqual([false, 1])
})

test('of one second the worse of each counts, in whatever order they come, after a restart too', async () => {
  let dirs = 0
  const flag = fc.option(fc.boolean(), { nil: undefined })
  const word = fc.record({ managed: flag, encrypted: flag, patched: flag, lives: fc.integer({ min: 1, max: 900 }) })
  const worst = (flags: (boolean | undefined)[]): boolean | undefined =>
    flags.includes(false) ? false : flags.includes(undefined) ? undefined : true
  await fc.assert(
    fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 8 }), async words => {
      dirs += 1
      const dir = join(root, `second-${dirs}`)
      const devices = await open(dir)
      const texts = words.map(({ lives, ...signals }) => saying('a', signals, { exp: now / 1_000 + lives }))
      for (const text of texts) await devices.take(text)
      const all = (name: 'managed' | 'encrypted' | 'patched'): unknown => worst(words.map(one => one[name]))
      const epoch = devices.epoch()
      for (const one of [devices, await open(dir)]) {
        for (const text of texts) await one.take(text)
        const { signals, expiresAt } = found(one, 'a')
        expect([signals.managed, signals.encrypted, signals.patched]).toEqual([all('managed'), all('encrypted'), all('patched')])
        expect(expiresAt).toBe(now + Math.min(...words.map(({ lives }) => lives)) * 1_000)
      }
      expect(devices.epoch()).toBe(epoch)
    }),
    { numRuns: 40 },
  )
})

test('of two sources and one second what is attested does not win; a newer word is heard alone', async () => {
  const other = testKey('tpm', 'EdDSA')
  trustOnly(sourceOf(key), { ...sourceOf(other, 'tpm'), method: 'attested' })
  const said = [saying('a', { managed: true }), saying('a', { managed: true }, { iss: 'tpm' }, now, other)]
  for (const texts of [said, said.toReversed()]) {
    const dir = join(root, `sources-${texts[0] === said[0]}`)
    const devices = await open(dir)
    for (const text of texts) await devices.take(text)
    for (const one of [devices, await open(dir)])
      expect(found(one, 'a')).toMatchObject({ method: 'managed', source: 'mdm', signals: { managed: true } })
    await devices.take(saying('a', { patched: true }, { iss: 'tpm' }, now + 1_000, other))
    for (const one of [devices, await open(dir)]) expect(found(one, 'a')).toMatchObject({ method: 'attested', signals: { patched: true } })
  }
  trustOnly(sourceOf(key))
})

test('a source that sends more news than a gate can take is told to wait; what is no news is not counted', async () => {
  let at = 0
  const devices = await open(join(root, 'rate'), 10, new RateBound(() => at, { burst: 2, perSecond: 1 }))
  const [first, second, third] = [recordOf('a', true, start - 3_000), recordOf('a', true, start - 2_000), recordOf('a', false)] as const
  for (const text of [first, first, second, first, second]) await devices.take(text)
  expect([await codeOf(devices.take(third)), managed(devices, 'a')]).toEqual(['limit.busy', true])
  at += 1_000
  await devices.take(third)
  expect(managed(devices, 'a')).toBe(false)
})

const hour = 3_600_000

test('what was heard of the longest ago makes room once no token or session of its time can live, and not before', async () => {
  const dir = join(root, 'room')
  const devices = await open(dir, 2)
  // A day that counts, then a day of a token and half a day of a session.
  trustOnly(sourceOf(key, 'mdm', 86_400))
  await devices.take(recordOf('b', true))
  await devices.take(recordOf('a', false))
  now = start + 24 * hour
  await devices.take(recordOf('b', true))
  now = start + 60 * hour
  expect(await codeOf(devices.take(recordOf('c', true)))).toBe('limit.busy')
  // What comes again is no news of it.
  await devices.take(recordOf('a', false, start))
  now = start + 60 * hour + 61_000
  // What could go itself takes no place.
  expect(await codeOf(devices.take(recordOf('c', true, start)))).toBe('limit.busy')
  expect([managed(devices, 'a'), managed(devices, 'b')]).toEqual([false, true])
  const before = devices.epoch()
  await devices.take(recordOf('c', true))
  expect([managed(devices, 'a'), managed(devices, 'b'), managed(devices, 'c')]).toEqual([undefined, true, true])
  expect(devices.epoch()).toBe(before + 1)
  expect(await codeOf(devices.take(recordOf('a', true)))).toBe('limit.busy')
  const again = await open(dir, 2)
  expect([managed(again, 'a'), managed(again, 'b'), managed(again, 'c')]).toEqual([undefined, true, true])
  trustOnly(sourceOf(key))
  now = start
})

test('after a restart, what was written the longest ago makes room, though nobody can read it', async () => {
  const dir = join(root, 'room-again')
  const devices = await open(dir, 2)
  await devices.take(recordOf('a', true))
  const [first] = readdirSync(dir)
  await devices.take(recordOf('b', true))
  const second = readdirSync(dir).find(file => file !== first)
  const written = (file: string | undefined, at: number): void => utimesSync(join(dir, file!), at / 1_000, at / 1_000)
  written(first, now - 59 * hour)
  written(second, now - 59 * hour)
  expect(await codeOf((await open(dir, 2)).take(recordOf('c', true)))).toBe('limit.busy')
  writeFileSync(join(dir, second!), 'broken')
  written(second, now - 61 * hour)
  const again = await open(dir, 2)
  await again.take(recordOf('c', true))
  expect([managed(again, 'a'), managed(again, 'b'), managed(again, 'c')]).toEqual([true, undefined, true])
})

test('a name is on the disk when a record is taken, and many at once are put there together', async () => {
  const dir = join(root, 'names')
  const devices = await open(dir, 100)
  const names: number[] = []
  vi.mocked(syncPath).mockImplementation(async path => {
    if (path === dir) names.push(readdirSync(dir).filter(file => file.endsWith('.jwt')).length)
  })
  await devices.take(recordOf('a', true))
  expect(names).toEqual([1])
  await Promise.all([...'bcdefghijklmnopqrstuvwxyz'].map(device => devices.take(recordOf(device, true))))
  expect(names.at(-1)).toBe(26)
  expect(names.length).toBeLessThan(6)
})
