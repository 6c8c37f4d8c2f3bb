const maxLength = 500
const maxRepeat = 1_000
/** Look-around, back references, and what ECMAScript reads otherwise than RE2 does. */
const refused = /\(\?(?:[=!]|<[=!])|\\[1-9kuc]|\[\^?\]/

/**
 * Why a pattern cannot be used, if it cannot. Patterns run on RE2, in time linear in the value: no look-around, no
 * back references. attacker-controlled: it is compiled here and never matched.
 */
export function findPatternFault(pattern: string): string | undefined {
  if (pattern.length > maxLength) return `it is longer than ${maxLength} characters`
  if (refused.test(pattern)) return 'it looks around or back, or is read in two ways'
  if ([...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].some(([, low, high]) => Number(high || low) > maxRepeat))
    return `it repeats more than ${maxRepeat} times`
  try {
    new RegExp(pattern)
    return undefined
  } catch {
    return 'it is no regular expression'
  }
}
