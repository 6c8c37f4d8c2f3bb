import { type Position, positionAt } from '@selvage/kernel/query'

/** The engine's scanner counts characters, everything behind it bytes of UTF-8. */
export type OffsetUnit = 'characters' | 'bytes'

export const positionOf = (text: string, offset: number, unit: OffsetUnit): Position =>
  positionAt(text, unit === 'bytes' ? offset : Buffer.byteLength(text.slice(0, indexOf(text, offset, unit))))

/** UTF-16 units from the start of the text. */
export const indexOf = (text: string, offset: number, unit: OffsetUnit): number =>
  (unit === 'bytes' ? Buffer.from(text).subarray(0, offset).toString() : Array.from(text).slice(0, offset).join('')).length
