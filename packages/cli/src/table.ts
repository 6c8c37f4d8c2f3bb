import { colour, terminalWidth } from './output.ts'
import { type Cell, cut, displayWidth, plain } from './text.ts'

type Row = readonly Cell[]

/** Lines for rows that come one after the other. */
export interface Layout {
  readonly head: string
  readonly line: (row: Row) => string
  /** Cells that were shortened so far. */
  readonly cuts: () => number
}

/** Between two columns. */
const gap = '  '
/** Below this a column is not narrowed: rows stand as records then, a cell a line. */
const narrowest = 24

/** To a pipe: tab-separated, with nothing cut. */
export const tabs = (head: readonly string[]): Layout => ({
  head: head.map(plain).join('\t'),
  line: row => row.map(plain).join('\t'),
  cuts: () => 0,
})

/** Fits the terminal, by the first rows. `more`: others follow that may be wider. */
export function layoutOf(head: readonly string[], first: readonly Row[], options: { width: number; more: boolean }): Layout {
  const names = head.map(plain)
  const natural = names.map((name, i) => Math.max(displayWidth(name), ...first.map(row => displayWidth(shown(row[i])))))
  const room = options.width - gap.length * (names.length - 1)
  const least = natural.map(width => Math.min(width, narrowest))
  if (sum(least) > room) return records(names, options.width)
  return columns(names, options.more ? widened(narrowed(natural, room), room) : narrowed(natural, room))
}

export function formatTable(head: readonly string[], rows: readonly Row[]): string {
  const width = terminalWidth()
  const layout = width !== undefined ? layoutOf(head, rows, { width, more: false }) : tabs(head)
  return [...(layout.head === '' ? [] : [layout.head]), ...rows.map(layout.line)].join('\n')
}

function columns(names: readonly string[], widths: readonly number[]): Layout {
  let cuts = 0
  const fitted = (text: string, i: number): string => {
    const short = cut(text, widths[i]!)
    if (short !== text) cuts += 1
    return i === names.length - 1 ? short : short + ' '.repeat(widths[i]! - displayWidth(short))
  }
  const head = names.map((name, i) => fitted(name, i)).join(gap)
  cuts = 0
  const cell = (value: Cell | undefined, i: number): string => {
    const text = fitted(shown(value), i)
    return value === null ? colour.dim(text) : text
  }
  return { head: colour.bold(head), line: row => names.map((_, i) => cell(row[i], i)).join(gap), cuts: () => cuts }
}

/** One line for each cell, as psql's expanded form has it. */
function records(names: readonly string[], width: number): Layout {
  const labels = names.map(name => cut(name, Math.floor(width / 3)))
  const longest = Math.max(...labels.map(displayWidth))
  let cuts = 0
  let count = 0
  const line = (label: string, cell: Cell | undefined): string => {
    const text = shown(cell)
    const short = cut(text, width - longest - 3)
    if (short !== text) cuts += 1
    return `${label}${' '.repeat(longest - displayWidth(label))} │ ${cell === null ? colour.dim(short) : short}`
  }
  const record = (row: Row): string => {
    count += 1
    return [colour.dim(`── row ${count}`), ...labels.map((label, i) => line(label, row[i]))].join('\n')
  }
  return { head: '', line: record, cuts: () => cuts }
}

const shown = (cell: Cell | undefined): string => (cell === null ? 'NULL' : plain(cell))
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** The widest columns give first. */
function narrowed(natural: readonly number[], room: number): number[] {
  const widths = [...natural]
  for (let over = sum(widths) - room; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths))
    widths[widest] = widths[widest]! - 1
  }
  return widths
}

/** The narrowest columns get what is left first: the keys of later rows may be longer. */
function widened(fitted: readonly number[], room: number): number[] {
  const widths = [...fitted]
  for (let left = room - sum(widths); left > 0; left--) {
    const least = widths.indexOf(Math.min(...widths))
    if (widths[least]! >= narrowest) break
    widths[least] = widths[least]! + 1
  }
  return widths
}
