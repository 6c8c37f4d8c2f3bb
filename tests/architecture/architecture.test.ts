import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const script = join(root, 'scripts', 'architecture.mjs')
let copy: string

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'selvage-architecture-'))
  cpSync(join(root, 'packages'), join(copy, 'packages'), { recursive: true, filter: path => !/node_modules|\/dist(\/|$)/.test(path) })
})
afterAll(() => rmSync(copy, { recursive: true }))

const check = (): { status: number | null; text: string } => {
  const { status, stderr } = spawnSync(process.execPath, [script, '--root', copy], { encoding: 'utf8' })
  return { status, text: stderr }
}

test('the tree keeps its own rules', () => {
  expect(check()).toEqual({ status: 0, text: '' })
})

test.each([
  ['kernel/src/model/planted.ts', "import { parseMesh } from '../contract/index.ts'", 'model may not import contract'],
  ['kernel/src/contract/planted.ts', "import type { Expr } from '../policy/index.ts'", 'contract may not import policy'],
  ['kernel/src/query/planted.ts', "import { isName } from '../model/names.ts'", 'imports the inside of model'],
  ['kernel/src/policy/planted.ts', "import { createHash } from 'node:crypto'", 'the kernel is pure'],
  ['kernel/src/policy/planted.ts', 'export const at = Date.now()', 'the kernel is pure'],
  ['kernel/src/observe/planted.ts', "import { isName } from '../model/index.ts'", 'the kernel has no folder observe'],
  ['gate/src/planted.ts', "import '@selvage/control/main'", 'meet on the wire only'],
  ['control/src/planted.ts', "export { x } from '@selvage/gate/main'", 'meet on the wire only'],
  ['gate/src/planted.ts', "import { jwtVerify } from 'jose'", 'jose lives in identity only'],
  ['control/src/planted.ts', "const duck = await import('@duckdb/node-api')", '@duckdb/node-api lives in gate only'],
  ['gate/src/planted.ts', "import * as cedar from '@cedar-policy/cedar-wasm/nodejs'", 'lives in cedar only'],
  ['cli/src/planted.ts', "import Provider from 'oidc-provider'", 'oidc-provider lives in testkit only'],
  ['gate/src/planted.ts', "import * as openid from 'openid-client'", 'openid-client lives in testkit, cli only'],
  ['ledger/src/planted.ts', "import pino from 'pino'", 'the ledger has no dependency'],
  ['cli/src/planted.ts', "import { keys } from '../../gate/src/keys.ts'", 'reaches into another package'],
])('a violation planted in %s is caught: %s', (path, text, found) => {
  const file = join(copy, 'packages', path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${text}\n`)
  const { status, text: told } = check()
  rmSync(file)
  expect(status).toBe(1)
  expect(told).toContain(found)
})
