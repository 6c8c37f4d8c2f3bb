import { isHyphenatedName, isName, type Name } from '../model/index.ts'
import type { Placed } from './fields.ts'
import { type Place, quoted, type Report } from './report.ts'

/** A name of ours, or a finding. */
export function asName(placed: Placed | undefined, what: string, report: Report): Name | undefined {
  if (placed === undefined) return undefined
  if (isName(placed.text)) return placed.text
  report('name.invalid', placed.place, `${quoted(placed.text)} is no name for a ${what}`)
  return undefined
}

/** A name that may hold hyphens: labels, purposes, roles, the mesh itself. */
export function asHyphenatedName(placed: Placed | undefined, what: string, report: Report): string | undefined {
  if (placed === undefined) return undefined
  if (isHyphenatedName(placed.text)) return placed.text
  report('name.invalid', placed.place, `${quoted(placed.text)} is no name for a ${what}`)
  return undefined
}

/** The texts that `known` holds; a finding for each other and for each that stands twice. */
export function knownOnly(
  placed: readonly Placed[],
  known: { has(name: string): boolean } | undefined,
  code: Parameters<Report>[0],
  what: string,
  report: Report,
): string[] {
  const out = new Set<string>()
  for (const { text, place } of placed) {
    if (out.has(text)) report('name.duplicate', place, `the ${what} ${quoted(text)} stands here twice`)
    else if (known?.has(text) === false) report(code, place, `there is no ${what} ${quoted(text)}`)
    else out.add(text)
  }
  return [...out]
}

/** Keeps the first of several with the same key. */
export function distinct<T>(items: readonly T[], keyOf: (item: T) => string, onTwice: (item: T) => void): T[] {
  const seen = new Set<string>()
  return items.filter(item => {
    const key = keyOf(item)
    if (seen.has(key)) {
      onTwice(item)
      return false
    }
    seen.add(key)
    return true
  })
}

export const atPlace = (text: string, place: Place): Placed => ({ text, place })
