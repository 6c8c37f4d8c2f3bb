import type { Difference, Finding } from '@selvage/kernel/model'
import type { colour } from './output.ts'
import { plain } from './text.ts'

/** `file:line:column: error: what [code]`, and below it what would help. */
export function formatFinding(finding: Finding, paint?: typeof colour): string {
  const { severity, file, line, column, what, help, code } = finding
  const place = [file, line, column].filter(part => part !== undefined).join(':')
  const word = (severity === 'error' ? paint?.red(severity) : paint?.yellow(severity)) ?? severity
  const told = (finding.differences ?? []).map(difference => formatDifference(difference, paint))
  return [`${plain(place)}: ${word}: ${plain(what)} [${code}]`, ...told, `    ${plain(help)}`].join('\n')
}

/** As a diff has it: what was expected, and below it what is so. */
function formatDifference({ what, expected, got }: Difference, paint: typeof colour | undefined): string {
  const lines = [`    - ${plain(what)}: ${plain(expected)}`, `    + ${plain(what)}: ${plain(got)}`]
  return [paint?.red(lines[0]!) ?? lines[0]!, paint?.green(lines[1]!) ?? lines[1]!].join('\n')
}
