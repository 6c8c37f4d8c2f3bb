import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { type DevMesh, root, selvage } from '../dev-mesh.ts'
import { type Entry, endings, entriesOf } from '../faults/ledger-check.ts'
import { until } from '../faults/random.ts'
import { hasTerminal, inTerminal, quoted } from '../terminal.ts'

const cli = join(root, 'packages', 'cli', 'bin', 'selvage.js')
vi.setConfig({ testTimeout: 90_000 })

const rowsOf = (count: number): string => `SELECT i, md5(CAST(i AS VARCHAR)) AS m FROM range(${count}) t(i)`
const endless = rowsOf(1e11)
/** Fails when it has given many more rows than the engine holds back. */
const failing = 'SELECT md5(CAST(i AS VARCHAR)) AS m, CAST(i // 4000 AS TINYINT) AS a FROM range(1000000) t(i)'

export function querySuite(meshOf: () => DevMesh): void {
  const argsOf = (sql: string, ...more: string[]): string[] => [
    'query',
    '--as',
    'analyst',
    '--purpose',
    'analytics',
    sql,
    '--state',
    meshOf().state,
    ...more,
  ]
  const newestEnd = async (): Promise<Entry | undefined> => [...endings(await entriesOf(meshOf(), 'sales', 1)).values()].at(-1)

  function start(sql: string, ...more: string[]): ChildProcess {
    return spawn(process.execPath, [cli, ...argsOf(sql, ...more)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    })
  }
  const exitOf = (child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> =>
    new Promise(resolve => child.once('close', (code, signal) => resolve({ code, signal })))
  const residentMb = ({ pid }: ChildProcess): number =>
    Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

  describe('a result streams', () => {
    test.each([
      ['', 1_000_000],
      ['--json', 300_000],
    ])('%s: all rows, and bounded memory', async (mode, rows) => {
      const child = start(rowsOf(rows), ...(mode === '' ? [] : [mode]))
      let lines = 0
      let bytes = 0
      let peak = 0
      let tail = ''
      child.stdout!.on('data', (part: Buffer) => {
        bytes += part.length
        for (const byte of part) if (byte === 10) lines += 1
        tail = (tail + part.toString('latin1')).slice(-400)
        if (child.exitCode === null) peak = Math.max(peak, residentMb(child))
      })
      expect(await exitOf(child)).toEqual({ code: 0, signal: null })
      expect(lines).toBe(mode === '' ? rows + 1 : rows + 2)
      expect(bytes).toBeGreaterThan(38 * rows)
      if (mode !== '') expect(JSON.parse(`{"x":[${tail.slice(tail.lastIndexOf('\n[', tail.length - 200))}`)).toHaveProperty('receipt')
      expect(peak).toBeLessThan(220)
    })

    test('a reader that takes nothing: neither the command nor the gate gathers rows', async () => {
      const child = start(endless)
      await new Promise(resolve => child.stdout!.once('readable', resolve))
      await new Promise(resolve => setTimeout(resolve, 1_500))
      expect(residentMb(child)).toBeLessThan(160)
      child.kill('SIGKILL')
      await exitOf(child)
      expect(await until(async () => (await newestEnd())?.code, 5_000)).toBe('engine.cancelled')
    })

    test('`| head` ends quietly, and the statement is cancelled', async () => {
      const text = `${[process.execPath, cli, ...argsOf(endless)].map(quoted).join(' ')} | head -n 3; echo "\${PIPESTATUS[0]}"`
      const child = spawn('bash', ['-c', text], { stdio: ['ignore', 'pipe', 'pipe'] })
      const parts = { out: '', err: '' }
      child.stdout.on('data', (part: Buffer) => (parts.out += part))
      child.stderr.on('data', (part: Buffer) => (parts.err += part))
      await exitOf(child)
      expect(parts).toEqual({ out: 'i\tm\n0\tcfcd208495d565ef66e7dff9f98764da\n1\tc4ca4238a0b923820dcc509a6f75849b\n0\n', err: '' })
      expect(await until(async () => (await newestEnd())?.code, 5_000)).toBe('engine.cancelled')
    })

    test.each(['SIGINT', 'SIGHUP'] as const)('%s ends it at once, and the statement is cancelled', async signal => {
      const child = start(endless)
      child.stdout!.resume()
      await new Promise(resolve => child.stdout!.once('data', resolve))
      const asked = Date.now()
      child.kill(signal)
      expect(await exitOf(child)).toEqual({ code: null, signal })
      expect(Date.now() - asked).toBeLessThan(1_000)
      expect(await until(async () => (await newestEnd())?.code, 5_000)).toBe('engine.cancelled')
    })
  })

  describe('what breaks off never looks whole', () => {
    test('as rows: the reason is on stderr, without a count of rows or a receipt, exit 1', async () => {
      const { code, out, err } = await selvage(argsOf(failing))
      expect(code).toBe(1)
      expect(out.length).toBeGreaterThan(1_000)
      expect(err).toMatch(/^selvage: query\.data: .*\n {2}Use TRY_CAST.*\n {2}The rows above are a part of the result only\.\n$/)
      expect(await until(async () => ((await newestEnd())?.code === 'query.data' ? true : undefined), 5_000)).toBe(true)
    })

    test('as JSON: one document, with `error` and without a receipt', async () => {
      const { code, out } = await selvage(argsOf(failing, '--json'))
      const document = JSON.parse(out) as { rows: unknown[]; error: { code: string } }
      expect({ code, keys: Object.keys(document), error: document.error.code }).toEqual({
        code: 1,
        keys: ['statement', 'columns', 'rows', 'error'],
        error: 'query.data',
      })
      expect(document.rows.length).toBeGreaterThan(1_000)
    })

    test('an output that is full: exit 1, and why', async () => {
      const child = spawn('bash', ['-c', `${[process.execPath, cli, ...argsOf(endless)].map(quoted).join(' ')} > /dev/full`])
      let err = ''
      child.stderr.on('data', (part: Buffer) => (err += part))
      expect((await exitOf(child)).code).toBe(1)
      expect(err).toBe('selvage: the output cannot be written (ENOSPC)\n')
    })
  })

  describe.skipIf(!hasTerminal)('in a terminal', () => {
    const ask = (sql: string, columns: number, ...more: string[]): ReturnType<typeof inTerminal> =>
      inTerminal(
        `selvage ${argsOf(sql, ...more)
          .map(quoted)
          .join(' ')}`,
        { columns },
      )

    test('the widths come from the first rows, the rows as they come; longer cells are cut, and that is said', async () => {
      const { text } = await ask("SELECT i, CASE WHEN i < 5000 THEN 'short' ELSE repeat('長い', 30) END AS v FROM range(5002) t(i)", 60)
      const lines = text.split('\n')
      expect(lines.slice(0, 2)).toEqual([`i${' '.repeat(25)}v`, `0${' '.repeat(25)}short`])
      expect(lines[5_001]).toMatch(/^5000 {22}長い.*…$/)
      expect(lines.slice(5_003, 5_005)).toEqual(['5002 rows', '  … cut to fit; --json gives whole values'])
    })

    test('values and names do not steer it', async () => {
      const steering = "chr(27) || ']0;owned' || chr(7) || chr(155) || '31m' || chr(13) || chr(8238) || chr(10)"
      for (const more of [[], ['--json']]) {
        const { text, code } = await ask(`SELECT ${steering} AS "a\u001b[2J"`, 80, ...more)
        expect(code, text).toBe(0)
        expect([...text].filter(character => character !== '\n' && /[\p{Cc}\p{Cf}]/u.test(character))).toEqual([])
      }
    })
  })
}
