import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { root, selvage } from '../dev-mesh.ts'
import { until } from '../faults/random.ts'
import { blocksOf } from '../guide-page.ts'
import { hasTerminal, inTerminal } from '../terminal.ts'
import { hasGo } from './go-auditor.ts'

/** Follows the guides literally, as somebody in a clone with a terminal of 80 columns; one mesh for all of them. */
vi.setConfig({ testTimeout: 90_000 })

/** Instead of the default 7400, so that other meshes are not in the way. */
const portBase = 21_900
let dir: string
let mesh: ChildProcess | undefined
let said = ''

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'selvage-guides-'))
  for (const name of ['examples', 'tests']) symlinkSync(join(root, name), join(dir, name))
})
afterAll(async () => {
  const running = mesh
  if (running !== undefined) {
    const ended = new Promise(resolve => running.once('exit', resolve))
    running.kill('SIGTERM')
    await ended
  }
  rmSync(dir, { recursive: true, force: true })
})

const year = String(new Date().getUTCFullYear())
/** The ports and the year in which this runs. */
const here = (text: string): string =>
  text
    .replaceAll('--port-base 7400', `--port-base ${portBase}`)
    .replace(/(127\.0\.0\.1):(74\d\d)/g, (_, host: string, port: string) => `${host}:${portBase + Number(port) - 7400}`)
    .replaceAll('audit/2026', `audit/${year}`)

/** What differs from run to run, and nothing else. */
const varying: readonly (readonly [RegExp, string])[] = [
  [/tok_[a-z2-7]{26}/g, 'TOKEN'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'TIME'],
  [/"leaf":"[0-9a-f]{64}"/g, '"leaf":"LEAF"'],
  [/"index":\d+/g, '"index":INDEX'],
  [/"statement":"[0-9a-f]{16}"/g, '"statement":"ID"'],
  [/#\d+ [0-9a-f]{16}…/g, '#INDEX LEAF'],
  [/^entry( +)│ \d+$/gm, 'entry$1│ INDEX'],
  [/\d+ entries, root [A-Za-z0-9+/]{43}=/g, 'N entries, root ROOT'],
  // Progress, which is overwritten.
  [/(\r {2}\d+ of \d+ entries)+\n/g, ''],
  [/ready in \d+\.\d s/g, 'ready in T s'],
]
const steady = (text: string): string => varying.reduce((kept, [pattern, name]) => kept.replace(pattern, name), text)

/** `…` stands for what a page leaves out. */
function shows(page: string, real: string): boolean {
  const pattern = steady(here(page))
    .trim()
    .split('…')
    .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^\\n]*')
  return new RegExp(`^${pattern}$`).test(steady(real).trim())
}

/** In a shell for each block; KEY is handed on, as it is in the one that a reader has. */
const inShell = (block: string): ReturnType<typeof inTerminal> =>
  inTerminal(`[ -f vars ] && . ./vars; trap 'declare -p KEY > ${dir}/vars 2>/dev/null' EXIT; ${here(block)}`, { columns: 80, cwd: dir })

async function startMesh(command: string): Promise<void> {
  const args = here(command).trim().split(/\s+/).slice(2)
  const child = spawn(process.execPath, [join(root, 'packages', 'cli', 'bin', 'selvage.js'), ...args], {
    cwd: dir,
    env: { ...process.env, NO_COLOR: '1' },
  })
  mesh = child
  const gather = (part: Buffer): void => {
    said += part
  }
  child.stdout.on('data', gather)
  child.stderr.on('data', gather)
  await until(() => said.includes('Ctrl-C stops everything') || child.exitCode !== null || undefined, 80_000)
  expect(existsSync(join(dir, '.selvage', 'dev.json')), said).toBe(true)
  expect(said).not.toContain('is busy')
}

async function follow(page: string): Promise<void> {
  const blocks = blocksOf(page)
  expect(blocks.some(({ language }) => language === 'sh')).toBe(true)
  for (const [i, { language, info, text }] of blocks.entries()) {
    const shown = blocks[i + 1]?.language === 'text' ? blocks[i + 1]!.text : undefined
    if (language !== 'sh' || (info === 'go' && !hasGo)) continue
    if (info === 'background') {
      await startMesh(text)
      const lines = steady(said).split('\n')
      for (const line of steady(here(shown ?? ''))
        .trim()
        .split('\n'))
        expect(lines).toContain(line)
      continue
    }
    const ran = await inShell(text)
    expect({ text, code: ran.code, said: ran.text }).toEqual({ text, code: info === 'refused' ? 1 : 0, said: ran.text })
    if (shown !== undefined && !shows(shown, ran.text)) expect(steady(ran.text).trim(), text).toBe(steady(here(shown)).trim())
  }
}

describe.skipIf(!hasTerminal)('a guide is true as it stands', () => {
  test.each(['run-the-example.md', 'ask-a-question.md', 'verify-the-audit.md', 'who-saw-what.md'])('%s', follow)

  test('who-saw-what.md shows a rule that the example has', () => {
    const [rule] = blocksOf('who-saw-what.md').filter(({ language }) => language === 'cedar')
    expect(readFileSync(join(root, 'examples', 'mesh', 'domains', 'health', 'policies', 'audit.cedar'), 'utf8')).toContain(rule!.text)
  })

  test('write-a-contract.md: what it shows passes the checks, and what it says of them is so', async () => {
    const [contract, quality] = blocksOf('write-a-contract.md').map(({ text }) => text)
    const tree = join(dir, 'mesh')
    cpSync(join(root, 'examples', 'mesh'), tree, { recursive: true })
    const product = join(tree, 'domains', 'health', 'products', 'guide')
    mkdirSync(product)
    const head = 'apiVersion: v3.2.0\nkind: DataContract\nid: health.guide\nname: guide\nversion: 1.0.0\nstatus: active\ndomain: health\n'
    /** The last column gets the rules; more columns may follow. */
    const check = async (columns: readonly string[]): Promise<Finding[]> => {
      const rules = quality!.replace(/^(?=.)/gm, '        ')
      const more = columns.map(column => `      - { ${column}, classification: internal }\n`).join('')
      writeFileSync(join(product, 'contract.odcs.yaml'), head + contract!.replace('name: patients', 'name: guided') + rules + more)
      return (JSON.parse((await selvage(['check', tree, '--json'])).out) as { findings: Finding[] }).findings
    }
    expect(await check([])).toEqual([])
    const found = await check([
      'name: a, logicalType: integer, logicalTypeOptions: { multipleOf: 2 }',
      'name: b, logicalType: object',
      'name: c, logicalType: string, nonesuch: true',
    ])
    expect(found.map(({ code, severity }) => `${severity} ${code}`).sort()).toEqual([
      expect.stringMatching(/^error /),
      expect.stringMatching(/^error /),
      'warning contract.not_enforced',
    ])
  })
})

interface Finding {
  readonly code: string
  readonly severity: string
}
