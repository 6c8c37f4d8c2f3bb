import { SelvageError } from '@selvage/kernel/model'
import { z } from 'zod'
import type { Config } from '../config.ts'

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

const shape = z.strictObject({
  sql: z.string().min(1),
  parameters: z.union([z.array(scalar), z.record(z.string(), scalar)]).optional(),
  purpose: z.string().optional(),
  /** Its handle: the purpose is the session's. */
  session: z.string().optional(),
  reason: z.string().optional(),
})

export type SqlRequest = z.infer<typeof shape>

/** attacker-controlled: the body of `POST /v1/sql` and `/v1/why`. */
export function parseSqlRequest(body: unknown, limits: Config['limits']): SqlRequest {
  // Before anything looks at each of them: a body has room for hundreds of thousands.
  if (parametersIn(body) > limits.parameters)
    throw new SelvageError('request.too_large', { detail: `A statement may have ${limits.parameters} parameters.` })
  const result = shape.safeParse(body)
  if (!result.success) throw new SelvageError('request.malformed', { detail: describe(result.error) })
  const { sql, parameters, purpose, session, reason } = result.data
  if (!isText([sql, purpose, session, reason, parameters]))
    throw new SelvageError('request.malformed', { detail: 'A text is not well-formed Unicode, or the statement holds a NUL.' })
  if (Buffer.byteLength(sql) > limits.statementBytes)
    throw new SelvageError('request.too_large', { detail: `A statement may be ${limits.statementBytes} bytes long.` })
  if (reason !== undefined && Buffer.byteLength(reason) > limits.reasonBytes)
    throw new SelvageError('request.too_large', { detail: `A reason may be ${limits.reasonBytes} bytes long.` })
  return result.data
}

function parametersIn(body: unknown): number {
  const { parameters } = Object(body) as { readonly parameters?: unknown }
  return typeof parameters === 'object' && parameters !== null ? Object.keys(parameters).length : 0
}

/** Text that is not well formed would be changed on its way, so the log and the engine would see another one. */
function isText([sql, ...others]: readonly [string, ...unknown[]]): boolean {
  return !sql.includes('\0') && sql.isWellFormed() && others.every(isWellFormed)
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  return typeof value !== 'object' || value === null || Object.entries(value).flat().every(isWellFormed)
}

/** Names the fields that do not fit; never their values. */
function describe(error: z.ZodError): string {
  const fields = error.issues.flatMap(issue => (issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.join('.') || 'the body']))
  const known = fields.filter(field => /^[a-z.0-9 ]{1,40}$/.test(field)).slice(0, 5)
  return known.length === 0 ? 'A field does not fit.' : `These do not fit: ${known.join(', ')}.`
}
