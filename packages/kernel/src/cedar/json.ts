import { SelvageError } from '../model/index.ts'
import type { Uid } from './uid.ts'

/** What the official engine wrote is read as strictly as what anybody else did. */
export const malformed = (what: string): SelvageError =>
  new SelvageError('policy.invalid', { detail: `A JSON policy is not well formed: ${what}.` })

export type JsonRecord = Readonly<Record<string, unknown>>
export function asRecord(value: unknown, what: string): JsonRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${what} is no object`)
  return value as JsonRecord
}
export function asArray(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(`${what} is no list`)
  return value
}
export function asText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw malformed(`${what} is no text`)
  return value
}

/** Text that reaches every engine unchanged: no NUL, no half of a surrogate pair. */
export const isPlainText = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** An entity uid as Cedar's JSON writes it, with or without `__entity`. */
export function parseUid(value: unknown): Uid {
  const outer = asRecord(value, 'an entity')
  const uid = Object.hasOwn(outer, '__entity') ? asRecord(outer.__entity, 'an entity') : outer
  return { type: asText(uid.type, 'an entity type'), id: asText(uid.id, 'an entity id') }
}
