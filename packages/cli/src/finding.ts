import type { Difference, Finding } from '@selvage/kernel/model'
import type { colour } from './output.ts'
import { displayWidth, plain } from './text.ts'

/**
 * `file:line:column: error: what [code]`, below it what differs from a decision table, and what would help.
 * @param width of the terminal that it goes to: lines end at words. Absent: they do not end.
 */
export function formatFinding(finding: Finding, paint?: typeof colour, width?: number): string {
  const { severity, file, line, column, what, help, code } = finding
  const place = [file, line, column].filter(part => part !== undefined).join(':')
  const word = (severity === 'error' ? paint?.red(severity) : paint?.yellow(severity)) ?? severity
  const head = wrapped(`${plain(place)}: ${severity}: ${plain(what)} [${code}]`, '    ', width).replace(`: ${severity}:`, `: ${word}:`)
  const told = (finding.differences ?? []).map(difference => formatDifference(difference, paint))
  return [head, ...told, `    ${wrapped(plain(help), '    ', width)}`].join('\n')
}

/** As a diff has it: what was expected, and below it what is so. */
function formatDifference({ what, expected, got }: Difference, paint: typeof colour | undefined): string {
  const lines = [`    - ${plain(what)}: ${plain(expected)}`, `    + ${plain(what)}: ${plain(got)}`]
  return [paint?.red(lines[0]!) ?? lines[0]!, paint?.green(lines[1]!) ?? lines[1]!].join('\n')
}

/** A word that is longer than a line stays whole. */
function wrapped(text: string, indent: string, width: number | undefined): string {
  if (width === undefined) return text
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && displayWidth(`${indent}${last} ${word}`) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.join(`\n${indent}`)
}
