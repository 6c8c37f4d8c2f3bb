import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'

export interface ServerProcess {
  /** Ends it: the process has gone when the promise is kept. */
  stop(): Promise<void>
}

export interface ServerCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Where its words go. */
  readonly log: string
  /** Answers 200 when the server is ready. */
  readonly readyAt: string
  /** Milliseconds. */
  readonly patience: number
}

/** The server lives no longer than our end of its stdin: whatever becomes of the tests, it is not left behind. */
const whileStdinLasts = 'exec 3<&0; "$@" </dev/null 3<&- & child=$!; { cat <&3; kill -TERM $child; } >/dev/null 2>&1 & wait $child'
const grace = 30_000

/** Starts a foreign server and waits until it is ready. Throws an Error with its last words where it is not. */
export async function startServer(server: ServerCommand): Promise<ServerProcess> {
  const log = openSync(server.log, 'a', 0o600)
  const child = spawn('sh', ['-c', whileStdinLasts, 'sh', server.command, ...server.args], {
    env: server.env,
    stdio: ['pipe', log, log],
    detached: true,
  })
  closeSync(log)
  child.stdin?.on('error', () => undefined)
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const stop = () => stopServer(child, ended)
  try {
    await ready(server, child)
  } catch (error) {
    await stop()
    throw new Error(`${server.command} is not ready: ${readFileSync(server.log, 'utf8').slice(-4_000)}`, { cause: error })
  }
  return { stop }
}

async function ready({ readyAt, patience }: ServerCommand, child: ChildProcess): Promise<void> {
  const until = performance.now() + patience
  while (child.exitCode === null && child.signalCode === null) {
    const answer = await fetch(readyAt, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok === true) return
    if (performance.now() > until) throw new Error(`not ready after ${patience} ms`)
    await new Promise(resolve => setTimeout(resolve, 250))
  }
  throw new Error(`ended with ${child.exitCode ?? child.signalCode}`)
}

async function stopServer(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.stdin?.end()
  const group = -child.pid
  const timer = setTimeout(() => process.kill(group, 'SIGKILL'), grace)
  await ended
  clearTimeout(timer)
}
