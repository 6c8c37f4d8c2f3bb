import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { takeLock } from './lock.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-lock-'))
afterAll(() => rmSync(dir, { recursive: true }))

const built = pathToFileURL(join(import.meta.dirname, '..', 'dist', 'lock.js')).href
/** Reads a number and writes the next one, with time between: who is not alone loses one. */
const counting = `
import { readFileSync, writeFileSync } from 'node:fs'
const { withLock } = await import('${built}')
const [lock, counter, times] = process.argv.slice(1)
for (let i = 0; i < Number(times); i++) {
  await withLock(lock, async () => {
    const count = Number(readFileSync(counter, 'utf8'))
    await new Promise(resolve => setTimeout(resolve, 1))
    writeFileSync(counter, String(count + 1))
  })
}`

test('many processes at once, and a lock whose process is gone: each works alone, and none fails', async () => {
  const [lock, counter] = [join(dir, 'lock'), join(dir, 'counter')]
  writeFileSync(counter, '0')
  writeFileSync(lock, '4194304 1')
  const processes = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', counting, lock, counter, '40'], { stdio: ['ignore', 'ignore', 'inherit'] }),
  )
  const codes = await Promise.all(processes.map(child => new Promise(resolve => child.once('close', resolve))))
  expect([codes, readFileSync(counter, 'utf8'), existsSync(lock)]).toEqual([[0, 0, 0, 0, 0, 0], '240', false])
}, 60_000)

test('of a process that lives is refused, with its number', () => {
  const path = join(dir, 'held')
  const started = readFileSync('/proc/1/stat', 'utf8').split(') ')[1]!.split(' ')[19]!
  writeFileSync(path, `1 ${started}`)
  expect(() => takeLock(path, holder => new Error(`held by ${holder}`))).toThrow('held by 1')
})
