import type { Finding } from '@selvage/kernel/model'
import type { colour } from './output.ts'
import { plain } from './text.ts'

/** `file:line:column: error: what [code]`, and below it what would help. */
export function formatFinding({ severity, file, line, column, what, help, code }: Finding, paint?: typeof colour): string {
  const place = [file, line, column].filter(part => part !== undefined).join(':')
  const word = (severity === 'error' ? paint?.red(severity) : paint?.yellow(severity)) ?? severity
  return `${plain(place)}: ${word}: ${plain(what)} [${code}]\n    ${plain(help)}`
}
