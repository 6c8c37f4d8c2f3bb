import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { watchFolder } from './folder.ts'

const root = mkdtempSync(join(tmpdir(), 'selvage-folder-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('a folder that is not there is told once, and again when it has gone; what comes into it is taken', async () => {
  const dir = join(root, 'records')
  const told: string[] = []
  const taken: string[] = []
  const take = async (text: string): Promise<void> => void taken.push(text)
  const watch = watchFolder(dir, take, event => void told.push(event))
  await new Promise(resolve => setTimeout(resolve, 900))
  expect(told).toEqual(['device.folder'])
  mkdirSync(dir)
  writeFileSync(join(dir, 'a.jwt'), 'a record')
  await vi.waitFor(() => expect(taken).toEqual(['a record']), 5_000)
  rmSync(dir, { recursive: true })
  await vi.waitFor(() => expect(told).toEqual(['device.folder', 'device.folder']), 5_000)
  watch.close()
})
