import { fileURLToPath } from 'node:url'
import { SelvageError } from '@selvage/kernel/model'
import { type Piped, startWalled } from '../execute/child-process.ts'
import { type FromChild, type Job, parseFromChild } from './wire.ts'

type LastWord = Extract<FromChild, { kind: 'done' | 'refused' }>

/** The child runs what `tsc -b` built, also when the sources themselves are run. */
const childPath = (): string =>
  fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../dist/publish/load/child.js' : './load/child.js', import.meta.url))

/** Megabytes of JavaScript heap; the engine's memory is bounded by the job. */
const heapMb = 128
/** Characters of one message. */
const maxMessage = 1_048_576

/**
 * Runs a job in a child of its own, with nothing of this process's environment, behind a wall (ADR 0003) of `wallMb`. Throws `signal.reason` when
 * aborted, and `engine.unavailable` when the child fails; either way it is dead by then.
 */
export async function runLoad(job: Job, wallMb: number, onMessage: (message: FromChild) => void, signal: AbortSignal): Promise<LastWord> {
  signal.throwIfAborted()
  const command = [process.execPath, '--no-warnings', `--max-old-space-size=${heapMb}`, childPath()]
  const child = startWalled(wallMb, command, job.dir)
  if ('why' in child) throw failure(child.why)
  const kill = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', kill)
  try {
    return await converse(child, job, onMessage, kill)
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', kill)
  }
}

function converse(child: Piped, job: Job, onMessage: (message: FromChild) => void, kill: () => void): Promise<LastWord> {
  return new Promise((resolve, reject) => {
    let last: FromChild | undefined
    let fault: unknown
    const lines = splitLines(line => {
      const message = parseFromChild(line)
      if (message.kind === 'progress' || message.kind === 'note') onMessage(message)
      else last = message
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      try {
        lines(text)
      } catch (error) {
        fault ??= error
        kill()
      }
    })
    // Nothing of stderr is kept: the engine's texts quote values.
    child.stderr.resume()
    child.on('error', error => (child.pid === undefined ? reject(failure(error)) : undefined))
    child.on('close', (code, died) => {
      if (fault !== undefined) reject(failure(fault))
      else if (last?.kind === 'done' || last?.kind === 'refused') resolve(last)
      else reject(failure(last?.kind === 'failed' ? last.what : `the loading process ended with ${died ?? code}`))
    })
    // A child that is gone is noticed by its end.
    child.stdin.on('error', () => undefined)
    child.stdin.write(`${JSON.stringify(job)}\n`)
  })
}

function splitLines(onLine: (line: string) => void): (text: string) => void {
  let held = ''
  return text => {
    const lines = (held + text).split('\n')
    held = lines.pop()!
    if (held.length > maxMessage) throw new RangeError('the loading process does not end its line')
    lines.forEach(onLine)
  }
}

const failure = (cause: unknown): SelvageError =>
  new SelvageError('engine.unavailable', { detail: 'The product could not be loaded.', cause })
