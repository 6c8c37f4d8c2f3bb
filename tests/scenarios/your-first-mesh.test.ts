import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root, selvage } from '../dev-mesh.ts'
import { blocksOf, writeFirstMesh } from '../guide-page.ts'

/** Follows docs/guide/your-first-mesh.md literally: writes its files, runs its commands, compares what it shows. */
const blocks = blocksOf('your-first-mesh.md')
let dir: string
let mesh: ChildProcess | undefined

const words = (line: string): string[] => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!)

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'selvage-first-'))
  writeFirstMesh(dir)
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

// Processes start in it, beside whatever else the machine does.
test('the page works as it stands', { timeout: 90_000 }, async () => {
  const steps = blocks.filter(block => block.language === 'sh' || block.language === 'text')
  expect(steps.length).toBeGreaterThan(6)
  for (const [i, { language, info, text }] of steps.entries()) {
    if (language !== 'sh') continue
    const args = words(text.trim()).slice(1)
    if (info === 'background') {
      await start(args)
      continue
    }
    const { code, out, err } = await selvage(args, { cwd: dir })
    const shown = steps[i + 1]?.language === 'text' ? steps[i + 1]!.text.trim() : undefined
    expect({ text, code, err: info === 'refused' ? '' : code === 0 ? '' : err }).toEqual({
      text,
      code: info === 'refused' ? 1 : 0,
      err: '',
    })
    if (shown !== undefined) expect((info === 'refused' ? err : out).trim()).toBe(shown)
  }
})

async function start(args: readonly string[]): Promise<void> {
  const port = args.indexOf('--port-base')
  const moved = args.map((arg, i) => (i === port + 1 ? '18400' : arg))
  const child = spawn(process.execPath, [join(root, 'packages', 'cli', 'bin', 'selvage.js'), ...moved], {
    cwd: dir,
    env: { ...process.env, NO_COLOR: '1' },
  })
  mesh = child
  let text = ''
  child.stdout.on('data', (part: Buffer) => {
    text += part
  })
  child.stderr.on('data', (part: Buffer) => {
    text += part
  })
  const deadline = Date.now() + 60_000
  while (!existsSync(join(dir, '.selvage', 'dev.json'))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the mesh did not start:\n${text}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
