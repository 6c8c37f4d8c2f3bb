import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { root, selvage } from '../dev-mesh.ts'
import { until, wait } from '../faults/random.ts'
import { writeFirstMesh } from '../guide-page.ts'
import { hasTerminal, quoted } from '../terminal.ts'

// Processes start in it, beside whatever else the machine does.
vi.setConfig({ testTimeout: 90_000 })

const cli = join(root, 'packages', 'cli', 'bin', 'selvage.js')
const products = join('domains', 'shop', 'products')
const sql = 'SELECT count(*) AS n FROM shop.sales.orders'
let scratch: string
const children: ChildProcess[] = []

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'selvage-dev-'))
  writeFirstMesh(join(scratch, 'tree'))
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await until(() => partsOf(scratch).length === 0 || undefined, 15_000)
  rmSync(scratch, { recursive: true, force: true })
})

/** Processes that name the folder on their command line. */
const partsOf = (dir: string): string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir)
      } catch {
        return false
      }
    })

interface Dev {
  readonly child: ChildProcess
  readonly text: () => string
  readonly ended: Promise<number | null>
}

const argsOf = (state: string, portBase: number, tree = 'tree'): string[] => [
  process.execPath,
  cli,
  'dev',
  join(scratch, tree),
  '--state',
  join(scratch, state),
  '--data',
  join(scratch, tree, 'data'),
  '--port-base',
  String(portBase),
]

function watch([program, ...args]: readonly string[]): Dev {
  const child = spawn(program!, args, { env: { ...process.env, NO_COLOR: '1', SHELL: '/bin/bash' } })
  children.push(child)
  let text = ''
  const gather = (part: Buffer): void => {
    text += part
  }
  child.stdout.on('data', gather)
  child.stderr.on('data', gather)
  return { child, text: () => text, ended: new Promise(resolve => child.once('exit', resolve)) }
}

/** In a terminal of its own, which ends with the process that is started here. */
const inTerminal = (command: readonly string[]): Dev => watch(['script', '-qefc', command.map(quoted).join(' '), '/dev/null'])

async function untilReady(dev: Dev): Promise<Dev> {
  await until(() => dev.text().includes('Ctrl-C stops everything') || dev.child.exitCode !== null || undefined, 60_000)
  expect(dev.text()).toContain('ready in')
  return dev
}

const ask = (state: string): ReturnType<typeof selvage> =>
  selvage(['query', '--as', 'ana', '--purpose', 'analytics', sql, '--state', join(scratch, state)])
const isClean = (state: string): Promise<true | undefined> =>
  until(() => (partsOf(join(scratch, state)).length === 0 && !existsSync(join(scratch, state, 'dev.lock'))) || undefined, 15_000)

describe('a mesh with a file that does not fit', () => {
  let first: Dev
  beforeAll(async () => {
    const tree = join(scratch, 'two')
    cpSync(join(scratch, 'tree'), tree, { recursive: true })
    cpSync(join(tree, products, 'sales'), join(tree, products, 'stock'), { recursive: true })
    const contract = join(tree, products, 'stock', 'contract.odcs.yaml')
    const text = readFileSync(contract, 'utf8').replaceAll('sales', 'stock').replace('name: orders', 'name: parts')
    writeFileSync(contract, text)
    writeFileSync(join(tree, 'data', 'shop', 'parts.csv'), 'order_id,Country,\u001b]0;x\u0007\n1,UK,2\n')
    first = await untilReady(watch(argsOf('one', 21_600, 'two')))
  })

  test('says every problem with file, line, column and what would help; the other product is there', async () => {
    const lines = first.text().split('\n')
    const at = lines.findIndex(line => line.startsWith('NOT PUBLISHED'))
    expect(lines.slice(at, at + 5)).toEqual([
      'NOT PUBLISHED shop.stock (nothing of it can be read):',
      expect.stringMatching(/^ {2}shop\/parts\.csv, line 1, column 1: the column `customer_email` is missing\. ./),
      expect.stringMatching(/^ {2}shop\/parts\.csv, line 1, column 1: the column `country` is missing\. Field 2 is written differently/),
      expect.stringMatching(/^ {2}shop\/parts\.csv, line 1, column 1: the column `total` is missing\. ./),
      expect.not.stringMatching(/^ /),
    ])
    expect(first.text()).toContain('published shop.sales version 1: orders 4')
    expect(first.text()).toContain('  not published: shop.stock (why: see above). Mend the files and start again.')
    expect(first.text()).not.toContain('\u001b')
    expect((await ask('one')).out).toBe('n\n4\n')
  })

  test('a second on the same state is told who holds it, and does no harm', async () => {
    const { code, err } = await selvage(argsOf('one', 21_650).slice(2))
    expect({ code, err }).toEqual({
      code: 69,
      err: expect.stringContaining(`a mesh already runs on this state folder (process ${first.child.pid})`),
    })
    expect((await ask('one')).code).toBe(0)
  })

  test('another takes other ports and says so; it outlives whoever read its output, and ends when asked', async () => {
    const second = watch(argsOf('two-state', 21_600))
    await until(() => second.text().includes('gate ') || undefined, 60_000)
    expect(second.text()).toContain('port 21600 is busy: the issuer staff takes')
    expect(second.text()).toContain('port 21620 is busy: the gate of shop takes')
    second.child.stdout!.destroy()
    second.child.stderr!.destroy()
    await until(() => existsSync(join(scratch, 'two-state', 'dev.json')) || undefined, 30_000)
    expect((await ask('two-state')).out).toBe('n\n4\n')
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
    expect(await isClean('two-state')).toBe(true)
  })

  test('ends once however often it is asked', async () => {
    for (let i = 0; i < 3; i++) first.child.kill('SIGINT')
    expect(await first.ended).toBe(0)
    expect(await isClean('one')).toBe(true)
  })

  test.skipIf(!hasTerminal)('mended, the product is published at the next start; a terminal that is closed ends all', async () => {
    cpSync(join(scratch, 'two', 'data', 'shop', 'orders.csv'), join(scratch, 'two', 'data', 'shop', 'parts.csv'))
    // As `kill -9` leaves it.
    writeFileSync(join(scratch, 'one', 'dev.lock'), '999999999 1')
    const terminal = await untilReady(inTerminal(argsOf('one', 21_600, 'two')))
    expect(terminal.text()).toContain('published shop.stock version 1: parts 4')
    expect(terminal.text()).not.toContain('not published')
    terminal.child.kill('SIGKILL')
    expect(await isClean('one')).toBe(true)
    expect(existsSync(join(scratch, 'one', 'dev.json'))).toBe(false)
  })
})

test('Ctrl-C in the middle of a start: ends soon, leaves no process behind', async () => {
  for (const after of [50, 700, 1_500]) {
    const dev = watch(argsOf('cut', 21_700))
    await until(() => existsSync(join(scratch, 'cut', 'dev.lock')) || undefined)
    await wait(after)
    const asked = Date.now()
    dev.child.kill('SIGINT')
    expect(await dev.ended, dev.text()).toBe(0)
    expect(Date.now() - asked).toBeLessThan(8_000)
    expect(await isClean('cut')).toBe(true)
    expect(dev.text()).not.toContain('fault of ours')
  }
})

test.skipIf(!hasTerminal)('a state whose starts were cut off starts again; Ctrl-C in the terminal ends the parts in order', async () => {
  const terminal = await untilReady(inTerminal(argsOf('cut', 21_700)))
  expect((await ask('cut')).out).toBe('n\n4\n')
  terminal.child.stdin!.write('\u0003')
  expect(await terminal.ended).toBe(0)
  expect(await isClean('cut')).toBe(true)
  expect(terminal.text()).toContain('stopping …')
  expect(terminal.text()).not.toContain('is started again')
})

describe('what keeps it from starting', () => {
  test.each([
    ['a file', 'taken', 'is no folder, or lies in a file'],
    ['below a file', 'taken/below', 'is no folder, or lies in a file'],
    ['where nothing can be written', '/sys/selvage', 'cannot be made or written ('],
  ])('a state folder that is %s', async (_, state, what) => {
    writeFileSync(join(scratch, 'taken'), '')
    const dir = state.startsWith('/') ? state : join(scratch, state)
    const { code, err } = await selvage(['dev', join(scratch, 'tree'), '--state', dir])
    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining(`selvage: the state folder ${dir} ${what}`) })
    expect(err).toMatch(/\n {2}Name another with --state\.\n$/)
  })

  test('texts with findings: nothing starts; every one is said with its place, or where to see the rest', async () => {
    const tree = join(scratch, 'wrong')
    cpSync(join(scratch, 'tree'), tree, { recursive: true })
    const contract = join(tree, products, 'sales', 'contract.odcs.yaml')
    const columns = Array.from({ length: 60 }, (_, i) => `      - { name: x${i}, logicalType: string, classification: nonesuch }\n`)
    writeFileSync(contract, readFileSync(contract, 'utf8') + columns.join(''))
    const { code, err } = await selvage(['dev', tree, '--state', join(scratch, 'wrong-state'), '--port-base', '21750'])
    expect(code).toBe(1)
    const places = [...err.matchAll(/^domains\/shop\/products\/sales\/contract\.odcs\.yaml:\d+:\d+: error: .+\n {4}\S.+$/gm)]
    expect(places).toHaveLength(50)
    expect(err).toMatch(/\n {2}\d+ more: `selvage check \S+wrong` shows all\.\n$/)
    expect(await isClean('wrong-state')).toBe(true)
  })

  test('people that are no YAML', async () => {
    const tree = join(scratch, 'people')
    cpSync(join(scratch, 'tree'), tree, { recursive: true })
    writeFileSync(join(tree, 'people.yaml'), 'staff: [\n')
    const { code, err } = await selvage(['dev', tree, '--state', join(scratch, 'people-state')])
    expect({ code, err }).toEqual({ code: 64, err: expect.stringMatching(/^selvage: people\.yaml: .+ at line \d+/) })
  })
})
