import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Ran } from './coverage.ts'
import { distUrl } from './dist-modules.ts'
import type { FileCoverage } from './report.ts'

/** Lines that hold no code of their own: comments, brackets, imports, exports of others' names. */
const empty = /^\s*(?:$|\/\/|\/?\*|[\])}]+[;,)]*\s*$|import\b|export \{|export default;?$)/

/** Which lines of a parser's source ran. A line of several parts ran when all of them did. */
export function linesRan(modules: readonly string[], ran: Ran): readonly FileCoverage[] {
  return modules.map(module => {
    const path = fileURLToPath(distUrl(module))
    const covered = ran.get(distUrl(module)) ?? new Uint8Array(0)
    const source = sourceLines(path)
    const missing = new Set<number>()
    let lines = 0
    let at = 0
    readFileSync(path, 'utf8')
      .split('\n')
      .forEach((text, line) => {
        const columns = Array.from(text, (_, column) => column).filter(column => /[^\s)\]};,]/.test(text[column]!))
        if (!empty.test(text) && columns.length > 0) {
          lines += 1
          if (columns.some(column => covered[at + column] !== 1)) missing.add(source(line, columns[0]!))
        }
        at += text.length + 1
      })
    return { file: module, lines, missing: [...missing].sort((a, b) => a - b) }
  })
}

function sourceLines(path: string): (line: number, column: number) => number {
  if (!existsSync(`${path}.map`)) return line => line + 1
  const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')))
  return (line, column) => {
    const entry = map.findEntry(line, column)
    return 'originalLine' in entry ? entry.originalLine + 1 : line + 1
  }
}
