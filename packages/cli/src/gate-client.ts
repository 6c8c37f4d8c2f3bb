import { CommandError } from './exit.ts'
import type { Cell } from './output.ts'

export interface Problem {
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly help: string
  readonly ref: string
  readonly position?: { readonly line: number; readonly column: number }
  readonly rules?: readonly { readonly id: string; readonly reason?: string }[]
}

export interface Answer {
  readonly statement: string
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly protection: { readonly kind: string; readonly rule?: string; readonly reason?: string }
  }[]
  readonly rows: readonly (readonly Cell[])[]
  readonly receipt: { readonly origin: string; readonly index: number; readonly leaf: string }
}

/** One call of a gate. A refusal becomes a `CommandError` that says what the gate said. */
export async function callGate<T>(gate: string, path: string, token: string, body?: object): Promise<T> {
  const response = await fetch(`${gate}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(cause => {
    throw new CommandError('unavailable', 'the gate cannot be reached', { help: 'Is `npm start` running?', cause })
  })
  const value: unknown = await response.json().catch(cause => {
    throw new CommandError('unavailable', `what answers at ${gate} is no gate`, { cause })
  })
  if (response.ok) return value as T
  throw refusal(value as Problem)
}

export function refusal(problem: Problem): CommandError {
  const place = problem.position === undefined ? '' : ` (line ${problem.position.line}, column ${problem.position.column})`
  const rules = (problem.rules ?? []).map(rule => `\n  rule ${rule.id}${rule.reason === undefined ? '' : `: ${rule.reason}`}`).join('')
  const exit = problem.code === 'engine.unavailable' ? 'unavailable' : 'refused'
  return new CommandError(exit, `${problem.code}${place}: ${problem.detail}${rules}`, { help: problem.help, json: problem })
}
