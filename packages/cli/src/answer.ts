import { CommandError } from './exit.ts'
import type { AnswerHead, AnswerStream } from './gate-client.ts'
import { note, noteColour, terminalWidth, write } from './output.ts'
import { type Layout, layoutOf, tabs } from './table.ts'
import { type Cell, plain, plainJson } from './text.ts'

/** Prints a result as it comes; neither rows nor output are held. What breaks off never looks whole. */
export async function printAnswer(answer: AnswerStream, json: boolean): Promise<void> {
  if (json) return printDocument(answer)
  const names = answer.head.columns.map(column => column.name)
  const width = terminalWidth()
  const sheet = width === undefined ? new PlainSheet(names) : new FittedSheet(names, width)
  let count = 0
  try {
    for await (const rows of answer.rows) {
      count += rows.length
      await sheet.add(rows.map(row => row.cells))
    }
  } catch (error) {
    await sheet.flush()
    throw count > 0 && error instanceof CommandError ? partOnly(error) : error
  }
  await sheet.finish()
  footer(answer.head, count, sheet.cuts())
}

const partOnly = (error: CommandError): CommandError =>
  new CommandError(error.exit === 69 ? 'unavailable' : 'refused', error.message, {
    help: [...(error.help === undefined ? [] : [error.help]), 'The rows above are a part of the result only.'].join('\n  '),
    cause: error,
  })

/**
 * One document, a row a line: what a gate gives as application/json. Where the rows break off, it has the problem as
 * `error`, and no receipt.
 */
async function printDocument({ head: { statement, columns, receipt }, rows }: AnswerStream): Promise<void> {
  await write(plainJson(`{"statement":${JSON.stringify(statement)},"columns":${JSON.stringify(columns)},"rows":[`))
  let first = true
  try {
    for await (const some of rows) {
      await write(plainJson(`${first ? '\n' : ',\n'}${some.map(row => row.text).join(',\n')}`))
      first = false
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    await write(plainJson(`\n],"error":${JSON.stringify(error.json ?? {})}}\n`))
    throw new CommandError(error.exit === 69 ? 'unavailable' : 'refused', error.message, {
      ...(error.help === undefined ? {} : { help: error.help }),
      json: 'printed',
      cause: error,
    })
  }
  await write(plainJson(`\n],"receipt":${JSON.stringify(receipt)}}\n`))
}

interface Sheet {
  readonly add: (rows: readonly (readonly Cell[])[]) => Promise<void>
  /** Prints what it holds. */
  readonly flush: () => Promise<void>
  readonly finish: () => Promise<void>
  readonly cuts: () => number
}

class PlainSheet implements Sheet {
  readonly #layout: Layout
  #head: string

  constructor(names: readonly string[]) {
    this.#layout = tabs(names)
    this.#head = `${this.#layout.head}\n`
  }

  async add(rows: readonly (readonly Cell[])[]): Promise<void> {
    const head = this.#head
    this.#head = ''
    await write(head + rows.map(row => `${this.#layout.line(row)}\n`).join(''))
  }

  async flush(): Promise<void> {
    await this.add([])
  }

  finish(): Promise<void> {
    return this.flush()
  }

  cuts(): number {
    return 0
  }
}

const sampleRows = 200
const sampleMs = 200

/** Holds the first rows for as long as it takes to see how wide the columns are. */
class FittedSheet implements Sheet {
  readonly #names: readonly string[]
  readonly #width: number
  #sample: (readonly Cell[])[] | undefined = []
  #layout: Layout | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(names: readonly string[], width: number) {
    this.#names = names
    this.#width = width
  }

  async add(rows: readonly (readonly Cell[])[]): Promise<void> {
    if (this.#layout !== undefined) return write(rows.map(row => `${this.#layout!.line(row)}\n`).join(''))
    this.#sample?.push(...rows)
    this.#timer ??= setTimeout(() => void this.flush(), sampleMs)
    if (this.#sample!.length >= sampleRows) await this.flush()
  }

  async flush(more = true): Promise<void> {
    clearTimeout(this.#timer)
    const rows = this.#sample
    if (rows === undefined) return
    this.#sample = undefined
    this.#layout = layoutOf(this.#names, rows, { width: this.#width, more })
    await write([...(this.#layout.head === '' ? [] : [this.#layout.head]), ...rows.map(this.#layout.line), ''].join('\n'))
  }

  finish(): Promise<void> {
    return this.flush(false)
  }

  cuts(): number {
    return this.#layout?.cuts() ?? 0
  }
}

/** Beside the result, so that a pipe gets the rows alone. */
function footer({ columns, receipt }: AnswerHead, count: number, cuts: number): void {
  note(noteColour.dim(`${count} ${count === 1 ? 'row' : 'rows'}`))
  for (const [how, names] of changed(columns)) note(plain(`  ${names.join(', ')}: ${how}`))
  if (cuts > 0) note(noteColour.dim(`  … cut to fit; --json gives whole values`))
  note(noteColour.dim(plain(`  receipt ${receipt.origin} #${receipt.index} ${receipt.leaf.slice(0, 16)}…`)))
}

/** What was done, to which columns. */
function changed(columns: AnswerHead['columns']): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { name, protection } of columns) {
    if (protection.kind === 'clear') continue
    const rule = protection.rule === undefined ? '' : ` by ${protection.rule}`
    const how = `${protection.kind}${rule}${protection.reason === undefined ? '' : ` (${protection.reason})`}`
    found.set(how, [...(found.get(how) ?? []), name])
  }
  return found
}
