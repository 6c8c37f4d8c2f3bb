import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { makeOnce, nameOf, run } from './cache.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-cache-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

it('makes a thing once, whole', async () => {
  let made = 0
  const make = async (partial: string) => writeFileSync(join(partial, 'text'), String(++made))
  const target = join(dir, 'once')
  expect(await makeOnce(target, make)).toBe(target)
  await makeOnce(target, make)
  expect([made, readFileSync(join(target, 'text'), 'utf8')]).toEqual([1, '1'])
})

it('leaves nothing where making fails', async () => {
  const target = join(dir, 'failing')
  await expect(makeOnce(target, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(existsSync(target)).toBe(false)
  expect(readdirSync(dir).filter(name => name.startsWith('failing'))).toEqual([])
})

it('keeps one of those that are made at once', async () => {
  const target = join(dir, 'together')
  const make = async (partial: string) => writeFileSync(join(partial, 'text'), 'x')
  await Promise.all([makeOnce(target, make), makeOnce(target, make), makeOnce(target, make)])
  expect(readdirSync(dir).filter(name => name.startsWith('together'))).toEqual(['together'])
})

it('names a thing by what it is made of', () => {
  expect(nameOf('a', 'b')).toBe(nameOf('a', Buffer.from('b')))
  expect(new Set([nameOf('a', 'b'), nameOf('ab'), nameOf('b', 'a')]).size).toBe(3)
})

it('says what a tool said that failed', async () => {
  await expect(run('sh', ['-c', 'echo because >&2; exit 3'])).rejects.toThrow('sh failed: because')
})
