import type { DecisionTest } from '@selvage/kernel/contract'
import { type Difference, type Finding, toldFinding } from '@selvage/kernel/model'
import type { Outcome } from './outcome.ts'

/** Undefined: all that the test expects is so. */
export function judge(test: DecisionTest, outcome: Outcome): Finding | undefined {
  const differences = [...differencesOf(test, outcome)]
  if (differences.length === 0) return undefined
  return toldFinding({
    code: 'test.failed',
    severity: 'error',
    file: test.file,
    ...test.place,
    what: `${test.name}: it is not so`,
    help: 'Where the new answer is what you want, write it into the test; else correct the rule.',
    differences,
  })
}

function* differencesOf({ expected }: DecisionTest, outcome: Outcome): Generator<Difference> {
  const code = outcome.code ?? 'answered'
  if ((expected.code ?? 'answered') !== code && (expected.code !== undefined || !mayBeRefused(expected, code))) {
    yield { what: 'outcome', expected: expected.code ?? told(expected), got: withRules(code, outcome.rules) }
    return
  }
  if (expected.rows !== undefined && spaced(expected.rows) !== spaced(outcome.rows ?? 'none'))
    yield { what: 'rows', expected: expected.rows, got: withRules(outcome.rows ?? 'none', outcome.rules) }
  const count = outcome.count ?? '0'
  if (expected.count !== undefined && String(expected.count) !== count)
    yield { what: 'count', expected: String(expected.count), got: withRules(count, outcome.rules) }
  for (const [name, wanted] of expected.columns) {
    const { protection, rules } = outcome.columns.get(name) ?? unasked
    if (spaced(wanted) !== protection) yield { what: name, expected: wanted, got: withRules(protection, rules) }
  }
  if (expected.rules !== undefined) {
    const named = [...expected.columns.keys()].flatMap(name => outcome.columns.get(name)?.rules ?? [])
    const got = listed([...outcome.rules, ...named])
    if (listed(expected.rules) !== got) yield { what: 'rules', expected: listed(expected.rules), got }
  }
}

/** A column that the statement does not touch, or that does not exist. */
const unasked = { protection: 'not asked for', rules: [] }
/** Whoever is to see no row may be refused by rules, not for another reason: that would be so whatever the rules say. */
function mayBeRefused({ rows, columns, count }: DecisionTest['expected'], code: string): boolean {
  if (columns.size > 0 || (rows ?? 'none') !== 'none' || (count ?? 0) > 0) return false
  return code === 'policy.denied' || (rows === undefined && count === undefined)
}
const told = ({ rows, columns, count }: DecisionTest['expected']): string => {
  if (rows !== undefined) return `rows: ${rows}`
  return count === undefined ? `${columns.size} columns` : `count: ${count}`
}
const withRules = (text: string, rules: readonly string[]): string => (rules.length === 0 ? text : `${text}, by ${listed(rules)}`)
const listed = (rules: readonly string[]): string => [...new Set(rules)].sort().join(', ') || 'none'
const spaced = (text: string): string => text.replace(/\s+/g, ' ').trim()
