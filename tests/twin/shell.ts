import { execFileSync } from 'node:child_process'

/** What a shell makes of a command line that begins with `npm`, but for that word. */
export const splitShell = (line: string): readonly string[] =>
  execFileSync('sh', ['-c', `npm() { printf '%s\\0' "$@"; }; ${line}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)
