import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../dev-mesh.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(root, 'packages', 'kernel', '.planted-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

/** Compiles one file as the kernel's own configuration compiles its sources. */
function compile(text: string): { status: number | null; said: string } {
  writeFileSync(join(dir, 'planted.ts'), `${text}\n`)
  const tsconfig = {
    extends: '../tsconfig.json',
    compilerOptions: { rootDir: '.', noEmit: true, composite: false, incremental: false, tsBuildInfoFile: null },
    include: ['planted.ts'],
    references: [],
  }
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify(tsconfig))
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', dir], {
    encoding: 'utf8',
  })
  return { status, said: stdout }
}

test('what the kernel may use compiles', () => {
  expect(compile('export const sum = [1, 2].reduce((a, b) => a + b)')).toEqual({ status: 0, said: '' })
})

test.each([
  "export const text = process.env['HOME']",
  "export const answer = fetch('http://127.0.0.1')",
  'export const timer = setTimeout(() => undefined, 1)',
  'export const bytes = crypto.getRandomValues(new Uint8Array(4))',
  "import { readFileSync } from 'node:fs'\nexport const text = readFileSync('x')",
  "export const text = new TextEncoder().encode('x')",
  "export const bytes = Buffer.from('x')",
  "console.log('x')",
])('%s does not compile in the kernel', text => {
  expect(compile(text).status).not.toBe(0)
})
