export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * Canonical JSON (RFC 8785) for values whose keys are not integer-like and whose strings have no lone
 * surrogates; both are refused with a TypeError. Equal values give equal bytes.
 */
export function canonicalJson(value: Json): string {
  return written(value, 0)
}

const maxDepth = 64

function written(value: Json, depth: number): string {
  if (depth > maxDepth) throw new TypeError('canonical JSON: too deep')
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('canonical JSON: not a finite number')
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value !== 'object') throw new TypeError('canonical JSON: not a JSON value')
  if (isList(value)) return `[${value.map(item => written(item, depth + 1)).join(',')}]`
  return `{${Object.keys(value)
    .sort()
    .map(key => `${name(key)}:${written(value[key]!, depth + 1)}`)
    .join(',')}}`
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

function name(key: string): string {
  // Engines put these before all other keys, whatever the order of writing.
  if (/^\d+$/.test(key)) throw new TypeError('canonical JSON: integer-like key')
  return quoted(key)
}

function quoted(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('canonical JSON: lone surrogate')
  return JSON.stringify(text)
}
