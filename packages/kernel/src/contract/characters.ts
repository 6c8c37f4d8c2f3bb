import type { Place, Report } from './report.ts'

/**
 * What no text of a mesh may hold: control characters but tab and line ends (a carriage return alone is none), characters that change the
 * direction of what follows ("Trojan Source"), invisible tags, lone surrogates, noncharacters. A reviewer would
 * approve something else than what is signed.
 */
const refused =
  /[^\P{Cc}\t\n\r]|\r(?!\n)|[\p{Cs}\p{Noncharacter_Code_Point}\u2028\u2029\u202A-\u202E\u2066-\u2069\uFEFF\u{E0000}-\u{E007F}]/u

/** Reports the first refused character of a whole file (a byte order mark at its start is let through). */
export function checkFileCharacters(text: string, report: Report): boolean {
  const index = findRefused(text.startsWith('\uFEFF') ? ` ${text.slice(1)}` : text)
  if (index === undefined) return true
  report('text.character', placeAt(text, index), `the file holds the character ${codePoint(text, index)}`)
  return false
}

/** The same for one value, whose escapes have been resolved. */
export function checkValueCharacters(text: string, place: Place, report: Report): boolean {
  const index = findRefused(text)
  if (index !== undefined) report('text.character', place, `the value holds the character ${codePoint(text, index)}`)
  return index === undefined
}

export const isPlainText = (text: string): boolean => findRefused(text) === undefined

function findRefused(text: string): number | undefined {
  const index = text.search(refused)
  return index < 0 ? undefined : index
}

const codePoint = (text: string, index: number): string => `U+${text.codePointAt(index)!.toString(16).toUpperCase().padStart(4, '0')}`

function placeAt(text: string, index: number): Place {
  const before = text.slice(0, index).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
