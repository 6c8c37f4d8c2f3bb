import { type Finding, toldFinding } from '../model/index.ts'
import { type FindingCode, findingTable } from './findings.ts'

/** 1-based; columns count UTF-16 units. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** Notes one problem of one file. */
export type Report = (code: FindingCode, place: Place | undefined, what: string, help?: string) => void

/** Most findings that are kept, so that a hostile tree cannot fill the memory with them. */
export const maxFindings = 1_000

/** The findings of a tree as they come up. */
export class Findings {
  readonly #kept: Finding[] = []
  #errors = 0
  #dropped = false

  reportOn(file: string): Report {
    return (code, place, what, help) => this.#add(code, file, place, what, help)
  }

  #add(code: FindingCode, file: string, place: Place | undefined, what: string, help?: string): void {
    const row = findingTable[code]
    if (row.severity === 'error') this.#errors += 1
    if (this.#kept.length >= maxFindings) {
      this.#dropped = true
      return
    }
    this.#kept.push(toldFinding({ code, severity: row.severity, file, ...place, what, help: help ?? row.help }))
  }

  get failed(): boolean {
    return this.#errors > 0 || this.#dropped
  }

  /** By file and place. */
  list(): Finding[] {
    const sorted = this.#kept.toSorted(
      (a, b) => compare(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
    )
    return this.#dropped ? [...sorted, tooMany] : sorted
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const tooMany: Finding = {
  code: 'tree.too_many_findings',
  severity: 'error',
  file: '',
  what: `there are more than ${maxFindings} findings`,
  help: findingTable['tree.too_many_findings'].help,
}

// attacker-controlled: names and values of a tree are shown in findings, cut short and without what a terminal would obey.
export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text
  return `\`${printable(short)}\``
}

export const printable = (text: string): string => text.replace(/[^\P{C}]|\p{Zl}|\p{Zp}/gu, '�')
