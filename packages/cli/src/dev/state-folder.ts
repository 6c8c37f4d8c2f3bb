import { accessSync, constants, mkdirSync } from 'node:fs'
import { CommandError } from '../exit.ts'

/** Makes the state folder where it is missing, for its owner alone. */
export function prepareState(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const what = code === 'EEXIST' || code === 'ENOTDIR' ? 'is no folder, or lies in a file' : `cannot be made or written (${code})`
    throw new CommandError('usage', `the state folder ${dir} ${what}`, { help: 'Name another with --state.', cause })
  }
}
