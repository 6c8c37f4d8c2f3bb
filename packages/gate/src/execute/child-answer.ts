import type { EndedMessage, ResultColumn } from './message.ts'

/** What a child says in JSON. Its shape is not trusted: what does not fit is thrown, and whoever reads it ends the child. */
export function parseFields(payload: Buffer): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(payload.toString())
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no object')
  return { ...value }
}

export function parseColumns(payload: Buffer): readonly ResultColumn[] {
  const { columns } = parseFields(payload)
  if (!Array.isArray(columns)) throw new Error('no columns')
  return columns.map((column: unknown) => {
    const { name, type } = Object(column) as Record<string, unknown>
    if (typeof name !== 'string' || typeof type !== 'string') throw new Error('no column')
    return { name, type }
  })
}

export function parseEnded(payload: Buffer): EndedMessage {
  const { rows, bytes, worn } = parseFields(payload)
  if (!isCount(rows) || !isCount(bytes)) throw new Error('no counts')
  return { rows, bytes, worn: worn === true }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
