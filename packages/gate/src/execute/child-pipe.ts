import { writeFileSync } from 'node:fs'
import { encodeFrame, type Frame, FrameReader } from './frame.ts'

/**
 * The child's end of its pipes. Its life hangs on stdin: when the gate goes away, so does the child, whatever it is
 * in the middle of. stdout carries frames and nothing else.
 */
export function openPipe(bound: number, onFrame: (frame: Frame) => void): { send: typeof send } {
  preferAsVictim()
  const frames = new FrameReader(bound)
  process.stdin.on('data', (part: Buffer) => {
    for (const frame of frames.push(part)) onFrame(frame)
  })
  process.stdin.once('end', vanish)
  process.stdout.on('error', vanish)
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  return { send }
}

function send(kind: number, payload: object | string | Uint8Array): void {
  process.stdout.write(encodeFrame(kind, typeof payload === 'string' || payload instanceof Uint8Array ? payload : JSON.stringify(payload)))
}

/** Engine threads may be at work: no orderly end is waited for. */
const vanish = (): void => void process.kill(process.pid, 'SIGKILL')

/** An error's message may hold values; its name and place do not. */
function fail(error: unknown): void {
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').filter(line => line.startsWith('    at ')) : []
  process.stderr.write(`${error instanceof Error ? error.name : 'unknown'}\n${stack.slice(0, 8).join('\n')}\n`, () => process.exit(70))
}

/** Where memory runs out, the kernel ends this process and not the gate. */
function preferAsVictim(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '900')
  } catch {
    // Not this kind of system.
  }
}
