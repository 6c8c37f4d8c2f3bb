/** DESIGN section 12: 0 done, 1 refused or verification failed, 2 a plan with changes, 64 usage, 69 unavailable. */
export const exits = { done: 0, refused: 1, changes: 2, usage: 64, unavailable: 69 } as const

/** Ends a command with a sentence for people and a code for programs. */
export class CommandError extends Error {
  readonly exit: number
  readonly help: string | undefined
  /** What `--json` prints; undefined when the command printed its one document itself. */
  readonly json: object | undefined

  constructor(exit: keyof typeof exits, message: string, options: { help?: string; json?: object | 'printed'; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.exit = exits[exit]
    this.help = options.help
    const own = { error: message, ...(options.help === undefined ? {} : { help: options.help }) }
    this.json = options.json === 'printed' ? undefined : (options.json ?? own)
  }
}
