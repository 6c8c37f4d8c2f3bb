import { type Extension, equalValues, isLong, type Uid, uidKey } from '../cedar/index.ts'
import type { Name } from '../model/index.ts'
import type { Expr, Literal, Operand } from './expr.ts'
import { and, FALSE, ifElse, isFalse, isTrue, not, or, TRUE } from './simplify.ts'

/**
 * A value as far as it is known: everything but the row is. `choice` is one of two values, by a condition
 * over the row.
 */
export type Value =
  | Literal
  | Extension
  | { readonly kind: 'entity'; readonly uid: Uid }
  | { readonly kind: 'set'; readonly items: readonly Value[] }
  | { readonly kind: 'record'; readonly fields: ReadonlyMap<string, Value> }
  | { readonly kind: 'column'; readonly column: Name; readonly type: 'String' | 'Long' }
  /** A set of the row. What it holds is unknown. */
  | { readonly kind: 'reached'; readonly set: Name; readonly element: 'String' | 'Long' }
  | { readonly kind: 'condition'; readonly expr: Expr }
  | { readonly kind: 'choice'; readonly test: Expr; readonly yes: Value; readonly no: Value }
  | { readonly kind: 'row' }

/** A value, and the rows in which to compute it errs. Where it errs, `value` means nothing. */
export interface Term {
  readonly value: Value
  readonly err: Expr
}

export const known = (value: Value): Term => ({ value, err: FALSE })
export const failed: Term = { value: false, err: TRUE }

export const fromExpr = (expr: Expr): Value => (expr.kind === 'const' ? expr.value : { kind: 'condition', expr })

/** The condition under which a boolean holds; undefined: it is no boolean. */
export function findExpr(value: Value): Expr | undefined {
  if (typeof value === 'boolean') return value ? TRUE : FALSE
  return typeof value === 'object' && value.kind === 'condition' ? value.expr : undefined
}

/** Applies `f` to the value, or to both of a choice. */
export function lift(value: Value, f: (value: Value) => Term): Term {
  if (typeof value !== 'object' || value.kind !== 'choice') return f(value)
  return choose(value.test, lift(value.yes, f), lift(value.no, f))
}

export const lift2 = (left: Value, right: Value, f: (left: Value, right: Value) => Term): Term =>
  lift(left, one => lift(right, other => f(one, other)))

export function choose(test: Expr, yes: Term, no: Term): Term {
  if (test.kind === 'const') return test.value ? yes : no
  const err = ifElse(test, yes.err, no.err)
  if (isTrue(yes.err)) return { value: no.value, err }
  if (isTrue(no.err)) return { value: yes.value, err }
  const one = findExpr(yes.value)
  const other = findExpr(no.value)
  if (one !== undefined && other !== undefined) return { value: fromExpr(ifElse(test, one, other)), err }
  return { value: { kind: 'choice', test, yes: yes.value, no: no.value }, err }
}

/** First one term, then what follows from its value. */
export function andThen(term: Term, f: (value: Value) => Term): Term {
  if (isTrue(term.err)) return failed
  const next = f(term.value)
  if (isFalse(term.err)) return next
  return { value: next.value, err: or([term.err, next.err]) }
}

/** All values, or an error where one errs. */
export function all(terms: readonly Term[], f: (values: readonly Value[]) => Term): Term {
  const err = terms.every(term => isFalse(term.err)) ? FALSE : or(terms.map(term => term.err))
  return andThen({ value: false, err }, () => f(terms.map(term => term.value)))
}

export const everyTerm = (terms: readonly Term[]): Term => combine(terms, and)
export const someTerm = (terms: readonly Term[]): Term => combine(terms, or)

function combine(terms: readonly Term[], join: (list: readonly Expr[]) => Expr): Term {
  return all(terms, values => {
    const exprs = values.map(findExpr)
    return exprs.every(expr => expr !== undefined) ? known(fromExpr(join(exprs))) : failed
  })
}

type Single = Exclude<Value, Literal | { readonly kind: 'choice' }>
const isSingle = (value: Value): value is Single => typeof value === 'object'

/** Cedar's `==`: structural, false between types. The row's own identity is unknown, so to compare it errs. */
export function equals(left: Value, right: Value): Term {
  return lift2(left, right, (a, b) => {
    // So is what a set of the row holds: only what is asked of it below can be carried out.
    if ([a, b].some(value => isSingle(value) && (value.kind === 'row' || value.kind === 'reached'))) return failed
    const one = findExpr(a)
    const other = findExpr(b)
    if (one !== undefined && other !== undefined) return known(fromExpr(ifElse(one, other, not(other))))
    if (isScalar(a) && isScalar(b)) return known(fromExpr(scalarEquals(a, b)))
    if (!isSingle(a) || !isSingle(b)) return known(false)
    if (isExtension(a) && isExtension(b)) return known(equalValues(a, b))
    return structureEquals(a, b)
  })
}

function structureEquals(a: Single, b: Single): Term {
  if (a.kind === 'entity' && b.kind === 'entity') return known(uidKey(a.uid) === uidKey(b.uid))
  if (a.kind === 'set' && b.kind === 'set') return everyTerm([containsAll(a, b), containsAll(b, a)])
  if (a.kind === 'record' && b.kind === 'record') {
    if (a.fields.size !== b.fields.size || [...a.fields.keys()].some(name => !b.fields.has(name))) return known(false)
    return everyTerm([...a.fields].map(([name, value]) => equals(value, b.fields.get(name) ?? false)))
  }
  return known(false)
}

export const isExtension = (value: Value): value is Extension =>
  isMoment(value) || (isSingle(value) && (value.kind === 'decimal' || value.kind === 'ipaddr'))
const isMoment = (value: Value): value is Extract<Extension, { kind: 'datetime' | 'duration' }> =>
  isSingle(value) && (value.kind === 'datetime' || value.kind === 'duration')

type Scalar = string | bigint | Extract<Value, { readonly kind: 'column' }>
const isScalar = (value: Value): value is Scalar =>
  typeof value === 'string' || typeof value === 'bigint' || (typeof value === 'object' && value.kind === 'column')
const scalarType = (value: Scalar): 'String' | 'Long' =>
  typeof value === 'object' ? value.type : typeof value === 'string' ? 'String' : 'Long'
const operand = (value: Scalar): Operand =>
  typeof value === 'object' ? { kind: 'column', column: value.column } : { kind: 'literal', value }

function scalarEquals(a: Scalar, b: Scalar): Expr {
  if (scalarType(a) !== scalarType(b)) return FALSE
  if (typeof a !== 'object' && typeof b !== 'object') return a === b ? TRUE : FALSE
  return typeof a === 'object'
    ? { kind: 'compare', op: '==', left: operand(a), right: operand(b) }
    : { kind: 'compare', op: '==', left: operand(b), right: operand(a) }
}

export function ordered(op: '<' | '<=', left: Value, right: Value): Term {
  return lift2(left, right, (a, b) => {
    if (isMoment(a) && isMoment(b)) return a.kind === b.kind ? known(op === '<' ? a.value < b.value : a.value <= b.value) : failed
    if (!isScalar(a) || !isScalar(b) || scalarType(a) !== 'Long' || scalarType(b) !== 'Long') return failed
    if (typeof a !== 'object' && typeof b !== 'object') return known(op === '<' ? a < b : a <= b)
    return known({ kind: 'condition', expr: { kind: 'compare', op, left: operand(a), right: operand(b) } })
  })
}

export function contains(set: Value, item: Value): Term {
  return lift(set, value => {
    if (isSingle(value) && value.kind === 'reached') return reaches(value, item)
    if (!isSingle(value) || value.kind !== 'set') return failed
    return someTerm(value.items.map(member => equals(member, item)))
  })
}

type Reached = Extract<Value, { readonly kind: 'reached' }>

function reaches({ set, element }: Reached, item: Value): Term {
  return lift(item, value => {
    if (isSingle(value) && (value.kind === 'row' || value.kind === 'reached')) return failed
    if (!isScalar(value) || scalarType(value) !== element) return known(false)
    return known({ kind: 'condition', expr: { kind: 'member', set, operand: operand(value) } })
  })
}

export function isEmpty(set: Value): Term {
  if (!isSingle(set)) return failed
  if (set.kind === 'reached') return known({ kind: 'condition', expr: { kind: 'exactly', set: set.set, values: [] } })
  return set.kind === 'set' ? known(set.items.length === 0) : failed
}

export function containsAll(set: Value, items: Value): Term {
  return overItems(set, items, everyTerm)
}

export function containsAny(set: Value, items: Value): Term {
  return overItems(set, items, someTerm)
}

function overItems(set: Value, items: Value, join: (terms: readonly Term[]) => Term): Term {
  return lift2(set, items, (a, b) => {
    if (!isSingle(a) || (a.kind !== 'set' && a.kind !== 'reached') || !isSingle(b) || b.kind !== 'set') return failed
    return join(b.items.map(item => contains(a, item)))
  })
}

/** 64-bit arithmetic over known numbers; overflow errs, and so does everything that depends on a column. */
export function arithmetic(op: '+' | '-' | '*', left: Value, right: Value): Term {
  return lift2(left, right, (a, b) => {
    if (typeof a !== 'bigint' || typeof b !== 'bigint') return failed
    const value = op === '+' ? a + b : op === '-' ? a - b : a * b
    return isLong(value) ? known(value) : failed
  })
}
