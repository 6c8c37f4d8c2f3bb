import { valueKey } from '../cedar/index.ts'
import type { Name } from '../model/index.ts'
import { SelvageError } from '../model/index.ts'
import type { Expr, Literal, Operand } from './expr.ts'
import { presentWhere } from './expr-facts.ts'

/** Nodes and listed values of one condition; a larger one is never made. */
export const maxExprSize = 4096

export const TRUE: Expr = { kind: 'const', value: true }
export const FALSE: Expr = { kind: 'const', value: false }
export const isTrue = (expr: Expr): boolean => expr.kind === 'const' && expr.value
export const isFalse = (expr: Expr): boolean => expr.kind === 'const' && !expr.value

// Both depend on the tree alone, which never changes.
const sizes = new WeakMap<Expr, number>()
const keys = new WeakMap<Expr, string>()

/**
 * An equal condition, smaller where that is easy to see: constants fold, `and` and `or` are flat, equals are
 * listed once, contradictions are false. Throws `policy.invalid` for more than `maxExprSize`.
 */
export function simplify(expr: Expr): Expr {
  switch (expr.kind) {
    case 'not':
      return not(simplify(expr.of))
    case 'and':
      return and(expr.of.map(simplify))
    case 'or':
      return or(expr.of.map(simplify))
    case 'if':
      return ifElse(simplify(expr.test), simplify(expr.yes), simplify(expr.no))
    case 'among':
      return expr.values.length === 0 ? FALSE : bounded(expr)
    case 'exactly':
      return bounded(expr)
    default:
      return expr
  }
}

export function not(expr: Expr): Expr {
  if (expr.kind === 'const') return expr.value ? FALSE : TRUE
  if (expr.kind === 'not') return expr.of
  // Conjuncts over one column each are what engines push down best.
  if (expr.kind === 'or') return and(expr.of.map(not))
  return bounded({ kind: 'not', of: expr })
}

export function and(list: readonly Expr[]): Expr {
  const open = list.filter(part => !isTrue(part))
  // Mostly there is no more to it.
  if (open.length < 2) return open[0] ?? TRUE
  const parts = flat('and', open)
  if (parts.some(isFalse) || hasComplement(parts) || isContradiction(parts)) return FALSE
  return joined(
    'and',
    parts.filter((part, at) => !isImpliedHas(part, parts, at)),
    TRUE,
  )
}

export function or(list: readonly Expr[]): Expr {
  const open = list.filter(part => !isFalse(part))
  if (open.length < 2) return open[0] ?? FALSE
  const parts = mergeEqualities(flat('or', open))
  if (parts.some(isTrue) || hasComplement(parts)) return TRUE
  const has = new Set(parts.flatMap(part => (part.kind === 'has' ? [part.column] : [])))
  const kept = has.size === 0 ? parts : parts.filter(part => part.kind === 'has' || ![...presentWhere(part)].some(c => has.has(c as Name)))
  return joined('or', kept, FALSE)
}

export function ifElse(test: Expr, yes: Expr, no: Expr): Expr {
  if (test.kind === 'const') return test.value ? yes : no
  if (exprKey(yes) === exprKey(no)) return yes
  if (isTrue(yes)) return or([test, no])
  if (isFalse(yes)) return and([not(test), no])
  if (isTrue(no)) return or([not(test), yes])
  if (isFalse(no)) return and([test, yes])
  return bounded({ kind: 'if', test, yes, no })
}

/** Equal keys: the same condition. Of a part that is named again and again it is kept. */
export function exprKey(expr: Expr): string {
  const { kind } = expr
  if (kind === 'const' || kind === 'has' || kind === 'flag' || kind === 'compare') return keyOf(expr)
  const known = keys.get(expr)
  if (known !== undefined) return known
  const key = keyOf(expr)
  keys.set(expr, key)
  return key
}

/** Each kind begins with its own name, and whatever may be of any length with that. */
function keyOf(expr: Expr): string {
  switch (expr.kind) {
    case 'const':
      return `${expr.value}`
    case 'not':
      return `!${exprKey(expr.of)}`
    case 'and':
    case 'or':
      return `${expr.kind}(${expr.of.map(exprKey).join()})`
    case 'if':
      return `if(${exprKey(expr.test)},${exprKey(expr.yes)},${exprKey(expr.no)})`
    case 'has':
    case 'flag':
      return `${expr.kind}${columnKey(expr.column)}`
    case 'compare':
      return `${expr.op}(${operandKey(expr.left)},${operandKey(expr.right)})`
    case 'among':
      return `among(${operandKey(expr.operand)},${expr.values.map(valueKey).join()})`
    case 'member':
      return `member(${columnKey(expr.set)},${operandKey(expr.operand)})`
    case 'exactly':
      return `exactly(${columnKey(expr.set)},${expr.values.map(valueKey).sort().join()})`
    case 'like':
      return `like(${operandKey(expr.operand)},${JSON.stringify(expr.pattern)})`
  }
}

const columnKey = (column: Name): string => `${column.length}:${column}`
const operandKey = (operand: Operand): string => (operand.kind === 'column' ? columnKey(operand.column) : valueKey(operand.value))

/** Nodes, listed values counted as nodes. */
export function exprSize(expr: Expr): number {
  const known = sizes.get(expr)
  if (known !== undefined) return known
  const size = 1 + sum(children(expr).map(exprSize)) + (expr.kind === 'among' || expr.kind === 'exactly' ? expr.values.length : 0)
  sizes.set(expr, size)
  return size
}

function children(expr: Expr): readonly Expr[] {
  if (expr.kind === 'and' || expr.kind === 'or') return expr.of
  if (expr.kind === 'not') return [expr.of]
  return expr.kind === 'if' ? [expr.test, expr.yes, expr.no] : []
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

function bounded(expr: Expr): Expr {
  if (exprSize(expr) <= maxExprSize) return expr
  throw new SelvageError('policy.invalid', { detail: 'A rule leaves a condition that is larger than this gate takes.' })
}

function flat(kind: 'and' | 'or', list: readonly Expr[]): readonly Expr[] {
  const parts = list.some(expr => expr.kind === kind) ? list.flatMap(expr => (expr.kind === kind ? expr.of : [expr])) : list
  return parts.length < 2 ? parts : [...new Map(parts.map(part => [exprKey(part), part])).values()]
}

function joined(kind: 'and' | 'or', parts: readonly Expr[], empty: Expr): Expr {
  const [first, ...rest] = parts
  if (first === undefined) return empty
  return rest.length === 0 ? first : bounded({ kind, of: parts })
}

function hasComplement(parts: readonly Expr[]): boolean {
  if (!parts.some(part => part.kind === 'not')) return false
  const positive = new Set(parts.map(exprKey))
  return parts.some(part => part.kind === 'not' && positive.has(exprKey(part.of)))
}

/** `x has a value` and `x has none`, or two values of one column at once. */
function isContradiction(parts: readonly Expr[]): boolean {
  const absent = parts.flatMap(part => (part.kind === 'not' && part.of.kind === 'has' ? [part.of.column] : []))
  if (absent.length > 0 && parts.some(part => absent.some(column => presentWhere(part).has(column)))) return true
  const equalities = parts.flatMap(part => findEquality(part) ?? [])
  if (equalities.length < 2) return false
  const possible = new Map<Name, ReadonlySet<Literal>>()
  for (const { column, values } of equalities) {
    const before = possible.get(column)
    const left = values.filter(value => before === undefined || before.has(value))
    if (left.length === 0) return true
    possible.set(column, new Set(left))
  }
  return false
}

function isImpliedHas(part: Expr, parts: readonly Expr[], at: number): boolean {
  return part.kind === 'has' && parts.some((other, index) => index !== at && presentWhere(other).has(part.column))
}

/** `x == 1` or `x == 2` -> `x among (1, 2)`, where the first of them stood. */
function mergeEqualities(parts: readonly Expr[]): Expr[] {
  const merged = new Map<string, Literal[]>()
  const out: (Expr | { readonly column: Name })[] = []
  for (const part of parts) {
    const found = findEquality(part)
    const values = found && merged.get(found.column)
    if (values !== undefined) values.push(...(found?.values ?? []))
    else if (found === undefined) out.push(part)
    else {
      merged.set(found.column, [...found.values])
      out.push({ column: found.column })
    }
  }
  return out.map(part => ('kind' in part ? part : equality(part.column, merged.get(part.column) ?? [])))
}

function findEquality(expr: Expr): { readonly column: Name; readonly values: readonly Literal[] } | undefined {
  if (expr.kind === 'among' && expr.operand.kind === 'column') return { column: expr.operand.column, values: expr.values }
  if (expr.kind !== 'compare' || expr.op !== '==') return undefined
  if (expr.left.kind === 'column' && expr.right.kind === 'literal') return { column: expr.left.column, values: [expr.right.value] }
  if (expr.right.kind === 'column' && expr.left.kind === 'literal') return { column: expr.right.column, values: [expr.left.value] }
  return undefined
}

/** The column holds one of the values. */
export function equality(column: Name, values: readonly Literal[]): Expr {
  const [first, ...rest] = new Set(values)
  if (first === undefined) return FALSE
  const operand = { kind: 'column', column } as const
  if (rest.length > 0) return bounded({ kind: 'among', operand, values: [first, ...rest] })
  return { kind: 'compare', op: '==', left: operand, right: { kind: 'literal', value: first } }
}
