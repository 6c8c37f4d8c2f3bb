import { DuckDBTimestampValue } from '@duckdb/node-api'

/** A value of the engine's own client as DESIGN section 12 has it in JSON, written apart from the gate's encoder. */
export function wireValue(value: unknown, type: string): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value !== 'object') throw new Error(`no wire form of ${typeof value}`)
  if ('items' in value) return (value.items as unknown[]).map(item => wireValue(item, elementOf(type)))
  if ('entries' in value) return wireEntries(value.entries)
  if ('tag' in value && 'value' in value) return { [String(value.tag)]: wireValue(value.value, '') }
  if ('bytes' in value) return Buffer.from(value.bytes as Uint8Array).toString('base64')
  const text = String(value)
  if (value instanceof DuckDBTimestampValue || type === 'TIMESTAMP_NS') return text.replace(' ', 'T')
  if (type === 'INTERVAL' || type.startsWith('TIMESTAMP ')) throw new Error(`no wire form of ${type} here: cast it to text`)
  return text
}

const elementOf = (type: string): string => type.replace(/\[\d*\]$/, '')

/** Of a struct or a map. */
function wireEntries(entries: unknown): unknown {
  if (Array.isArray(entries)) return entries.map(({ key, value }) => [wireValue(key, ''), wireValue(value, '')])
  return Object.fromEntries(Object.entries(entries as object).map(([name, value]) => [name, wireValue(value, '')]))
}
