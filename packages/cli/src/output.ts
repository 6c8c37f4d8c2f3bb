import Table from 'cli-table3'
import pc from 'picocolors'

/** What a command prints through; `console` appears nowhere else. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`)
export const note = (text: string): void => void process.stderr.write(`${text}\n`)
export const printJson = (value: unknown): void => print(JSON.stringify(value))

/** Colours only on a terminal, and never with NO_COLOR. */
export const colour = pc.createColors(process.stdout.isTTY === true && !('NO_COLOR' in process.env))

export type Cell = string | number | boolean | null | object

// Escape sequences in data must not reach a terminal.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const controls = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g
export const plain = (cell: Cell | undefined): string => {
  const text = cell === null || cell === undefined ? '' : typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
  return text.replace(controls, character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** Terminal cells of a character: none for a combining mark, two for a wide one. */
const cellsOf = (character: string): number => (/\p{M}/u.test(character) ? 0 : wide.test(character) ? 2 : 1)
export const displayWidth = (text: string): number => [...text].reduce((sum, character) => sum + cellsOf(character), 0)

/** A table that fits the terminal; rows one below the other where it has too many columns; to a pipe, tab-separated lines. */
export function formatTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (process.stdout.isTTY !== true) return [head, ...rows].map(row => row.map(plain).join('\t')).join('\n')
  const width = process.stdout.columns ?? 80
  if (head.length * (narrowest + border) + 1 > width) return formatRecords(head, rows, width)
  const widths = fit(
    [head, ...rows].map(row => row.map(plain)),
    width,
  )
  const table = new Table({ head: head.map((cell, i) => cut(plain(cell), widths[i] ?? 3)), style: { head: [], border: [], compact: true } })
  for (const row of rows) table.push(row.map((cell, i) => (cell === null ? colour.dim('NULL') : cut(plain(cell), widths[i] ?? 3))))
  return table.toString()
}

/** One line for each cell, as psql's expanded form has it. */
function formatRecords(head: readonly string[], rows: readonly (readonly Cell[])[], width: number): string {
  const names = head.map(name => cut(plain(name), Math.floor(width / 3)))
  const longest = Math.max(...names.map(displayWidth))
  const line = (name: string, cell: Cell | undefined): string =>
    `${name}${' '.repeat(longest - displayWidth(name))} │ ${cell === null ? colour.dim('NULL') : cut(plain(cell), width - longest - border - 1)}`
  return rows.map((row, i) => [colour.dim(`── row ${i + 1}`), ...names.map((name, at) => line(name, row[at]))].join('\n')).join('\n')
}

const border = 3
const narrowest = 6

/** The widest columns give first. */
function fit(rows: readonly (readonly string[])[], width: number): number[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(4, ...rows.slice(0, 200).map(row => displayWidth(row[i] ?? ''))))
  const room = Math.max(width - 1 - border * widths.length, narrowest * widths.length)
  while (widths.reduce((a, b) => a + b, 0) > room) {
    const widest = widths.indexOf(Math.max(...widths))
    if ((widths[widest] ?? 0) <= narrowest) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let kept = ''
  let room = width - 1
  for (const character of text) {
    room -= cellsOf(character)
    if (room < 0) break
    kept += character
  }
  return `${kept}…`
}
