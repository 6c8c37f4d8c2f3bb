import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorTable } from '@selvage/kernel/model'
import { describe, expect, test } from 'vitest'
import { root } from '../dev-mesh.ts'

const quoted = (code: string): RegExp => new RegExp(`['"]${code.replaceAll('.', String.raw`\.`)}['"]`)

function texts(dir: string, wanted: (path: string) => boolean): readonly string[] {
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap(entry => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : texts(path, wanted)
    return wanted(path) ? [readFileSync(join(root, path), 'utf8')] : []
  })
}

const isTest = (path: string): boolean => /\.(?:test|suite)\.ts$/.test(path) && !path.endsWith('error-codes.test.ts')
const tests = ['packages', 'tests'].flatMap(dir => texts(dir, isTest)).join('\n')
const sources = texts('packages', path => path.endsWith('.ts') && !isTest(path) && !path.endsWith(join('model', 'errors.ts'))).join('\n')

/** That a test names a code does not prove that it sees it raised; that none names it proves that none does. */
describe('the table of errors', () => {
  test.each(Object.keys(errorTable))('%s is raised by a source and named by a test', code => {
    expect({ raised: quoted(code).test(sources), tested: quoted(code).test(tests) }).toEqual({ raised: true, tested: true })
  })

  test('docs/errors.md is what the table gives', () => {
    expect(() => execFileSync(process.execPath, [join(root, 'scripts', 'errors-doc.mjs'), '--check'], { stdio: 'pipe' })).not.toThrow()
  })
})
