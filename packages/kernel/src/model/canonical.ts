export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * Canonical JSON (RFC 8785) for values whose keys are not integer-like and whose strings have no lone
 * surrogates; both are refused with a TypeError. Equal values give equal bytes.
 */
export function canonicalJson(value: Json): string {
  return JSON.stringify(ordered(value, 0))
}

const maxDepth = 64
const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

function ordered(value: Json, depth: number): Json {
  if (depth > maxDepth) throw new TypeError('canonical JSON: too deep')
  if (typeof value === 'string') return wellFormed(value)
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('canonical JSON: not a finite number')
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map((item: Json) => ordered(item, depth + 1))
  const out: Record<string, Json> = Object.create(null)
  for (const [key, item] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (/^\d+$/.test(key)) throw new TypeError('canonical JSON: integer-like key')
    out[wellFormed(key)] = ordered(item, depth + 1)
  }
  return out
}

function wellFormed(text: string): string {
  if (loneSurrogate.test(text)) throw new TypeError('canonical JSON: lone surrogate')
  return text
}
