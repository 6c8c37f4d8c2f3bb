import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeviceTrust, type SenderProof } from '@selvage/identity'
import { afterAll, expect, test } from 'vitest'
import { signRecord, sourceOf } from '../../../identity/src/testing/device-record.ts'
import { testKey } from '../../../identity/src/testing/token.ts'
import type { Generation } from '../sync/generation.ts'
import { type Devices, openDevices } from './index.ts'

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

const open = (dir: string, most = 10): Promise<Devices> =>
  openDevices({
    dir,
    from: undefined,
    most,
    generation: () => ({ devices: trust }) as Generation,
    clock: () => now,
    log: () => undefined,
  })
const proofOf = (device: string): SenderProof => ({ kind: 'dpop', thumbprint: device.repeat(43) })
const recordOf = (device: string, managed: boolean, at = now): string =>
  signRecord({ iss: 'mdm', sub: device, iat: at / 1_000, cnf: { jkt: device.repeat(43) }, signals: { managed } }, key)
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

test('an older word and the same again change nothing; more keys than there may be are refused, and those that are known go on', async () => {
  const devices = await open(join(root, 'bound'), 1)
  await devices.take(recordOf('a', true))
  const before = devices.epoch()
  await devices.take(recordOf('a', false, start - 1_000))
  expect([managed(devices, 'a'), devices.epoch()]).toEqual([true, before])
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
