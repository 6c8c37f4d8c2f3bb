import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A part of a mesh as an operator runs it: `node main.js CONFIG.json`, ready when it says so in a line of JSON. */
export interface Part {
  readonly process: ChildProcess
  readonly ready: Readonly<Record<string, unknown>>
  /** By signal, and waits for its end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
}

/** Of what a part said, kept for the case that it never gets ready. */
const saidChars = 4_000

interface Options {
  readonly script: string
  readonly config: string
  readonly environment: NodeJS.ProcessEnv
  readonly isReady: (line: Readonly<Record<string, unknown>>) => boolean
  readonly onOutput: (text: string) => void
  /** Words put in front of the command, such as those of a shell that sets limits. */
  readonly before?: readonly string[]
}

export async function startPart(options: Options): Promise<Part> {
  const [command, ...rest] = [...(options.before ?? []), process.execPath, '--no-warnings', options.script, options.config]
  const child = spawn(command, rest, { env: { PATH: process.env.PATH, ...options.environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const onOutput = (text: string): void => {
    said = `${said}${text}`.slice(-saidChars)
    options.onOutput(text)
  }
  child.stderr!.on('data', (part: Buffer) => onOutput(part.toString('utf8')))
  // `close`, not `exit`: what it said last is told, too.
  const closed = new Promise<string>(resolve => child.once('close', (code, signal) => resolve(`code ${code}, signal ${signal}`)))
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const ready = await new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', text => {
      onOutput(`${text}\n`)
      const line = JSON.parse(text) as Readonly<Record<string, unknown>>
      if (options.isReady(line)) resolve(line)
    })
    void closed.then(how => reject(new Error(`${options.script} ended (${how}) before it was ready:\n${said}`)))
  })
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    child.kill(signal)
    await ended
  }
  return { process: child, ready, stop }
}
