/** Cedar's `like`: `*` stands for any text, also none; the parts between are literal. */
export type Pattern = readonly ('*' | { readonly text: string })[]

/** Linear in the text for each part: first fit is best fit. */
export function matchesPattern(value: string, pattern: Pattern): boolean {
  const parts = literalParts(pattern)
  const first = parts[0] ?? ''
  const last = parts[parts.length - 1] ?? ''
  if (parts.length === 1) return value === first
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length) return false
  let at = first.length
  const end = value.length - last.length
  for (const part of parts.slice(1, -1)) {
    const found = value.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/** The literal texts between the stars: one more than there are stars. */
function literalParts(pattern: Pattern): string[] {
  const parts = ['']
  for (const item of pattern) {
    if (item === '*') parts.push('')
    else parts[parts.length - 1] += item.text
  }
  return parts
}
