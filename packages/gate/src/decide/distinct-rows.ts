import { SelvageError, type TableId } from '@selvage/kernel/model'
import { type CedarType, type CellType, type CompiledPolicies, generatedPolicies, isSetType, rowAttributes } from '@selvage/kernel/policy'
import { attributeSelect } from '@selvage/kernel/query'
import { filesOf } from '../execute/stage.ts'
import type { PlainRow } from '../official/index.ts'
import { onceFor } from '../once-for.ts'
import type { Gate } from '../ports.ts'
import type { Generation } from '../sync/generation.ts'

/** Names of attributes that stand in rules, of whatever: what no rule names, no rule can look at. */
const namedIn = onceFor(({ written, world }: CompiledPolicies): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const { est } of [...generatedPolicies(world.mesh), ...written]) collectNames(est, found)
  return found
})

function collectNames(value: unknown, found: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, child] of Object.entries(value)) {
    if (key === 'attr') for (const name of [child].flat()) found.add(String(name))
    collectNames(child, found)
  }
}

/**
 * Every combination of values that stands in a table as it can be read now, in the columns that rules could look at.
 * Throws `limit.rows`, `engine.product_unavailable`.
 * @param subject on whose account it is read
 */
export async function distinctRows(gate: Gate, policies: CompiledPolicies, subject: string, id: TableId): Promise<readonly PlainRow[]> {
  const generation = gate.generation()
  const binding = generation.bindings.get(id)
  const { table } = policies.world.tables.get(id)!
  const columns = [...rowAttributes(table)].filter(([name]) => namedIn(policies).has(name))
  if (binding === undefined) throw new SelvageError('engine.product_unavailable')
  if (columns.length === 0) return [{}]
  const template = attributeSelect(
    columns.map(([name]) => name),
    binding,
  )
  const most = gate.config.official.rows
  const texts = columns.map(([name, type]) => (isSetType(type) ? `"${name}"` : `CAST("${name}" AS VARCHAR) AS "${name}"`))
  const found = await textsOf(gate, generation, subject, {
    sql: `SELECT DISTINCT ${texts.join(', ')} FROM (${template}) AS whole LIMIT ${most + 1}`,
    template,
  })
  if (found.length > most) throw tooMany(most)
  return found.map(row => Object.fromEntries(columns.map(([name, type], at) => [name, attributeOf(type, row[at] ?? null)])))
}

const tooMany = (most: number): SelvageError =>
  new SelvageError('limit.rows', {
    detail: `Here the official engine decides each row by itself, and a table of this statement has more than ${most} that differ to the rules.`,
    help: 'Ask the operator for a higher limit, or for the other engine of rules.',
  })

type TextCell = string | null | readonly string[]
type TextRow = readonly TextCell[]

async function textsOf(
  gate: Gate,
  { products }: Generation,
  subject: string,
  { sql, template }: { readonly sql: string; readonly template: string },
): Promise<readonly TextRow[]> {
  // Nobody calls it off: what it may take is the engine's to say.
  const { signal } = new AbortController()
  const running = await gate.engine.run({ files: filesOf(products), sql, templates: [template], subject, separator: '\n', signal })
  const parts: Uint8Array[] = []
  for await (const part of running.rows) parts.push(part, newLine)
  await running.done
  const lines = Buffer.concat(parts).toString('utf8').split('\n')
  // In one order, so that the same rows make the same text.
  return lines
    .filter(line => line !== '')
    .sort()
    .map(line => JSON.parse(line) as TextRow)
}

const newLine = Buffer.from('\n')

function attributeOf(type: CedarType, text: TextCell): PlainRow[string] {
  if (isSetType(type)) {
    if (typeof text !== 'object' || text === null) throw new SelvageError('internal.fault', { cause: 'a set that is none' })
    return text.map(item => (type === 'Set<Long>' ? safeNumber(item) : item))
  }
  if (typeof text === 'object' && text !== null) throw new SelvageError('internal.fault', { cause: 'a cell that is a set' })
  return cellOf(type, text)
}

function cellOf(type: CellType, text: string | null): string | number | boolean | null {
  if (text === null || type === 'String') return text
  return type === 'Bool' ? text === 'true' : safeNumber(text)
}

function safeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new SelvageError('limit.rows', {
      detail: 'Here the official engine decides each row by itself, and it does not know whole numbers beyond 2^53.',
      help: 'Ask the operator for the other engine of rules.',
    })
  return value
}
