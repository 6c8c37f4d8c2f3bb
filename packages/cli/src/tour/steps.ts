import { createHash } from 'node:crypto'
import type { Answer, Problem } from '../gate-client.ts'
import type { ExpectedStep } from './expected.ts'

/** What a gate said: an answer or a refusal. */
export type Said = { readonly ok: true; readonly answer: Answer } | { readonly ok: false; readonly problem: Problem; readonly text: string }

/** What does not fit, in words; empty where all does. */
export function differences(step: ExpectedStep, said: Said): readonly string[] {
  if (step.code !== undefined) return refusalDifferences(step, said)
  if (!said.ok) return [`refused with ${said.problem.code}: ${said.problem.detail}`]
  const { rows } = said.answer
  if (step.rows !== undefined) return rowDifferences(step, rows)
  return [...idDifferences(step.ids ?? [], rows), ...digestDifferences(step, rows), ...tokenDifferences(step.tokens ?? {}, said.answer)]
}

function refusalDifferences(step: ExpectedStep, said: Said): string[] {
  if (said.ok) return [`${said.answer.rows.length} rows where ${step.code} was due`]
  const problems = said.problem.code === step.code ? [] : [`${said.problem.code} where ${step.code} was due`]
  const named = step.rule === undefined || (said.problem.rules ?? []).some(rule => rule.id === step.rule)
  return named ? problems : [...problems, `the rule ${step.rule} is not named`]
}

/** In order where the statement orders its rows totally; ties may stand either way. */
function rowDifferences(step: ExpectedStep, rows: Answer['rows']): string[] {
  const text = (row: readonly unknown[]): string => JSON.stringify(row)
  const expected = (step.rows ?? []).map(text)
  const got = rows.map(text)
  if (got.length !== expected.length) return [`${got.length} rows, not ${expected.length}`]
  if (got[0] !== expected[0]) return [`the first row is ${got[0]}, not ${expected[0]}`]
  const missing = expected.filter(row => !got.includes(row))
  return missing.length === 0 ? [] : [`missing: ${missing.slice(0, 3).join(' ')}`]
}

function idDifferences(ids: readonly string[], rows: Answer['rows']): string[] {
  const got = rows.map(row => String(row[0]))
  return JSON.stringify(got) === JSON.stringify(ids) ? [] : [`${got.length} rows, not the ${ids.length} that were due`]
}

function digestDifferences({ first, digest }: ExpectedStep, rows: Answer['rows']): string[] {
  if (digest === undefined || createHash('sha256').update(JSON.stringify(rows)).digest('hex') === digest) return []
  return [`the rows are others; the first is ${JSON.stringify(rows[0])}, due was ${JSON.stringify(first)}`]
}

/** Every value of the column is a token, equal for equal values: as many different ones as there are values. */
function tokenDifferences(tokens: Readonly<Record<string, number>>, { columns, rows }: Answer): string[] {
  return Object.entries(tokens).flatMap(([name, distinct]) => {
    const at = columns.findIndex(column => column.name === name)
    const values = rows.map(row => row[at]).filter(value => value !== null)
    if (!values.every(value => typeof value === 'string' && value.startsWith('tok_'))) return [`${name} is not tokenised`]
    const different = new Set(values).size
    const problems = different === distinct ? [] : [`${different} different tokens of ${name}, not ${distinct}`]
    return columns[at]?.protection.kind === 'token' ? problems : [...problems, `${name} does not say that it is a token`]
  })
}
