import pc from 'picocolors'
import { exits } from './exit.ts'
import { plainJson } from './text.ts'

/** What a command prints through; `console` appears nowhere else. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`)
export const note = (text: string): void => void process.stderr.write(`${text}\n`)
export const printJson = (value: unknown): void => print(plainJson(JSON.stringify(value)))

/** Resolves when whoever reads has room for more: nothing is held here for a slow pipe. */
export const write = (text: string): Promise<void> =>
  new Promise(resolve => {
    if (process.stdout.write(text)) resolve()
    else process.stdout.once('drain', resolve)
  })

/** Cells in a line of the terminal that stdout is; undefined where it is none. */
export const terminalWidth = (): number | undefined => (process.stdout.isTTY === true ? process.stdout.columns || 80 : undefined)

/** The same of the terminal that stderr is. */
export const noteWidth = (): number | undefined => (process.stderr.isTTY === true ? process.stderr.columns || 80 : undefined)

const { NO_COLOR = '', TERM } = process.env
const coloursOf = (stream: NodeJS.WriteStream): ReturnType<typeof pc.createColors> =>
  pc.createColors(stream.isTTY === true && NO_COLOR === '' && TERM !== 'dumb')
/** Colours only on a terminal, and never with NO_COLOR. */
export const colour = coloursOf(process.stdout)
/** The same of what is said on stderr. */
export const noteColour = coloursOf(process.stderr)

let leaving = true
/** For a command that has something to put in order at its end: it goes on when nobody reads its output any more. */
export const outliveReader = (): void => {
  leaving = false
}

/** `selvage query … | head`, or a terminal that was closed: whoever stops reading has had enough. */
export function watchOutput(): void {
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', error => {
    if (!leaving) return
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EPIPE' || code === 'EIO') process.exit(exits.done)
    note(`selvage: the output cannot be written (${code})`)
    process.exit(exits.refused)
  })
}
