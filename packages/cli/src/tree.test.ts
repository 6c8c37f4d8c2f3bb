import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readTree } from './tree.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-tree-'))
afterAll(() => rmSync(dir, { recursive: true }))

test('a link is no text of the mesh, at its head either', () => {
  writeFileSync(join(dir, 'mesh.yaml'), 'name: small\n')
  writeFileSync(join(dir, 'elsewhere'), 'canary')
  symlinkSync(join(dir, 'elsewhere'), join(dir, 'directory.yaml'))
  expect(readTree(dir).map(({ path }) => path)).toEqual(['mesh.yaml'])
  rmSync(join(dir, 'mesh.yaml'))
  symlinkSync(join(dir, 'elsewhere'), join(dir, 'mesh.yaml'))
  expect(() => readTree(dir)).toThrow('no mesh.yaml')
})
