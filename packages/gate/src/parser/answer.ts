import { parseColumns, parseFields } from '../execute/child-answer.ts'
import type { EngineError } from '../execute/engine-error.ts'
import type { Frame } from '../execute/frame.ts'
import type { ResultColumn } from '../execute/message.ts'
import { fromParser, type ParserFailure } from './message.ts'

/** What a parser child answers to one request. */
export type Answer =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'columns'; readonly columns: readonly ResultColumn[] }
  | { readonly kind: 'needSchema' }
  | { readonly kind: 'failed'; readonly failure: ParserFailure }

/** attacker-controlled: the child read hostile text. What does not fit is thrown, and ends the child. */
export function parseAnswer({ kind, payload }: Frame): Answer {
  if (kind === fromParser.text) return { kind: 'text', text: payload.toString() }
  if (kind === fromParser.columns) return { kind: 'columns', columns: parseColumns(payload) }
  if (kind === fromParser.needSchema) return { kind: 'needSchema' }
  if (kind === fromParser.failed) return { kind: 'failed', failure: parseParserFailure(payload) }
  throw new Error('no answer')
}

/** Why a text did not go through. */
export function parseParserFailure(payload: Buffer): ParserFailure {
  const { kind, error, statements, detail } = parseFields(payload)
  if (kind === 'count' && Number.isSafeInteger(statements)) return { kind, statements: statements as number }
  if (kind === 'size') return { kind }
  if (kind === 'parameters') return { kind, ...(isSentence(detail) ? { detail } : {}) }
  if (kind === 'engine') return { kind, error: engineErrorIn(error) }
  throw new Error('no failure')
}

function engineErrorIn(value: unknown): EngineError {
  const { type, message, subtype, position, candidates } = Object(value) as Record<string, unknown>
  if (typeof type !== 'string' || typeof message !== 'string') throw new Error('no error of the engine')
  return {
    type,
    message,
    ...(typeof subtype === 'string' ? { subtype } : {}),
    ...(isOffset(position) ? { position } : {}),
    ...(Array.isArray(candidates) ? { candidates: candidates.map(String) } : {}),
  }
}

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
/** It is told to whoever asked. */
const isSentence = (value: unknown): value is string => typeof value === 'string' && value.length <= 200 && /^[ -~]*$/.test(value)
