import { engineFault, type Outcome } from './ask-twin.ts'

/** Nobody's statement may be answered with these. */
const faults = /^(engine\.refused|engine\.unavailable|internal\.|ledger\.)/

/** How two answers differ; undefined where they are the same as DESIGN section 11 has it. */
export function findDifference(got: Outcome, expected: Outcome, ordered: boolean): string | undefined {
  if ('code' in got && faults.test(got.code)) return `a fault: ${got.code}`
  if ('code' in got || 'code' in expected) {
    const [a, b] = [got, expected].map(one => ('code' in one ? one.code : 'an answer'))
    // What the engine fails to plan (a fault of its own) is refused before any child with data is asked.
    if (b === engineFault && a === 'query.unsupported') return undefined
    return a === b ? undefined : `${a} in place of ${b}`
  }
  const shapes = [got, expected].map(({ columns }) => JSON.stringify(columns.map(({ name, type }) => [name, type])))
  if (shapes[0] !== shapes[1]) return 'columns'
  if (got.rows.length !== expected.rows.length) return 'number of rows'
  return sameRows(got.rows, expected.rows, ordered) ? undefined : 'rows'
}

/**
 * How the answers of two gates differ that may differ in what is hidden only: then everything that is told of a refusal is the
 * same too, and what a column went through; strictly, every byte. What is random (ref, receipt) is in no outcome.
 */
export function findHiddenDifference(got: Outcome, expected: Outcome, ordered: boolean, strict: boolean): string | undefined {
  const rough = findDifference(got, expected, ordered)
  if (rough !== undefined) return rough
  if ('code' in got || 'code' in expected) return JSON.stringify(got) === JSON.stringify(expected) ? undefined : 'what is told of a refusal'
  if (JSON.stringify(got.columns) !== JSON.stringify(expected.columns)) return 'what is told of columns'
  return strict && got.rows.join('\n') !== expected.rows.join('\n') ? 'bytes' : undefined
}

/**
 * Whether the engine leaves open that a value of the data fails: what it finds it needs no row of it leaves, and which thread comes
 * first decides of that. Then both are seen to fail, sooner or later; one alone may have looked at what is hidden.
 */
export async function isLeftOpen(first: readonly Outcome[], askAgain: () => Promise<readonly Outcome[]>): Promise<boolean> {
  const fails = (one: Outcome): boolean => 'code' in one && one.code === 'query.data'
  if (!first.some(fails) || !first.some(one => !('code' in one))) return false
  let failed = first.map(fails)
  for (let i = 0; i < triesMost && failed.includes(false); i += 1) {
    const again = await askAgain()
    failed = failed.map((one, at) => one || fails(again[at]!))
  }
  return !failed.includes(false)
}

const triesMost = 20

function sameRows(got: readonly string[], expected: readonly string[], ordered: boolean): boolean {
  const sorted = (rows: readonly string[]): readonly string[] => (ordered ? rows : rows.toSorted())
  const [a, b] = [sorted(got), sorted(expected)]
  if (a.every((row, i) => row === b[i])) return true
  if (ordered) return a.every((row, i) => near(parsed(row), parsed(b[i]!)))
  // Floats that differ in their last digits may sort apart, so each row looks for its own.
  const left = b.map(parsed)
  return a.map(parsed).every(row => {
    const at = left.findIndex(other => near(row, other))
    if (at < 0) return false
    left.splice(at, 1)
    return true
  })
}

const parsed = (row: string): unknown => JSON.parse(row)

/** Numbers within 1e-9 of the greater; all else as it is. */
function near(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => near(item, b[i]))
  if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) {
    const [keys, others] = [Object.keys(a), Object.keys(b)]
    return keys.length === others.length && keys.every((key, i) => key === others[i] && near(Reflect.get(a, key), Reflect.get(b, key)))
  }
  return a === b
}
