import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './dev-mesh.ts'

const cliPath = join(root, 'packages', 'cli', 'bin', 'selvage.js')

/** `script` (util-linux) gives a program a terminal. */
export const hasTerminal = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true

interface Options {
  readonly columns: number
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

/** `npx selvage` and `selvage`, without the time that npx takes. */
const commands = `npx() { "$@"; }; selvage() { ${quoted(process.execPath)} ${quoted(cliPath)} "$@"; }`

/** Runs a shell command in a terminal of its own; gives what it wrote there, stdout and stderr as they came. */
export function inTerminal(command: string, { columns, cwd = root, env = {} }: Options): Promise<{ code: number | null; text: string }> {
  return new Promise(resolve => {
    const child = spawn('script', ['-qec', `stty cols ${columns} rows 50; ${commands}\n${command}`, '/dev/null'], {
      cwd,
      env: { ...process.env, NO_COLOR: '1', SHELL: '/bin/bash', TERM: 'xterm', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => void parts.push(part))
    child.once('close', code => resolve({ code, text: Buffer.concat(parts).toString('utf8').replaceAll('\r\n', '\n') }))
  })
}
