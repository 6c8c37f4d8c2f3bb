import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { freePort } from './loopback-port.ts'
import { type ServerCommand, startServer } from './server-process.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-server-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const script = "require('http').createServer((_, r) => r.end(String(process.pid))).listen(Number(process.argv[1]), '127.0.0.1')"
async function command(more: Partial<ServerCommand> = {}): Promise<ServerCommand> {
  const port = await freePort()
  const args = ['-e', script, String(port)]
  const env = { PATH: process.env.PATH }
  return { command: process.execPath, args, env, log: join(dir, 'log'), readyAt: `http://127.0.0.1:${port}/`, patience: 20_000, ...more }
}

const pidAt = async (address: string): Promise<number> => Number(await (await fetch(address)).text())
function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it('runs a server until it is stopped', async () => {
  const wanted = await command()
  const server = await startServer(wanted)
  const pid = await pidAt(wanted.readyAt)
  expect(lives(pid)).toBe(true)
  await server.stop()
  expect(lives(pid)).toBe(false)
  await server.stop()
})

it('says the last words of one that does not start', async () => {
  const args = ['-e', "console.error('no disk'); process.exit(4)"]
  await expect(startServer(await command({ args }))).rejects.toThrow('no disk')
})

it('leaves none behind that does not get ready', async () => {
  const wanted = await command()
  await expect(startServer({ ...wanted, readyAt: 'http://127.0.0.1:9/', patience: 1_000 })).rejects.toThrow('not ready')
  await expect(fetch(wanted.readyAt)).rejects.toThrow()
})

it('the server ends with whoever started it, were that killed', async () => {
  const wanted = await command()
  const module = fileURLToPath(new URL('../dist/server-process.js', import.meta.url))
  const text = `import { startServer } from ${JSON.stringify(module)}; await startServer(${JSON.stringify(wanted)}); console.log('up'); setInterval(() => {}, 1e6)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise(resolve => owner.stdout.once('data', resolve))
  const pid = await pidAt(wanted.readyAt)
  owner.kill('SIGKILL')
  await expect.poll(() => lives(pid), { timeout: 20_000 }).toBe(false)
})
