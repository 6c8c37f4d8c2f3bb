import {
  type BinaryOp,
  type Value as CedarValue,
  callExtension,
  matchesPattern,
  type Node,
  type Pattern,
  type RecordValue,
  type Uid,
  uidKey,
  type Variable,
} from '../cedar/index.ts'
import type { Name } from '../model/index.ts'
import type { Expr } from './expr.ts'
import { presentWhere, presentWhereNot } from './expr-facts.ts'
import { isSetType } from './row-type.ts'
import { and, FALSE, isFalse, isTrue, not, or } from './simplify.ts'
import {
  all,
  andThen,
  arithmetic,
  choose,
  contains,
  containsAll,
  containsAny,
  equals,
  failed,
  findExpr,
  fromExpr,
  isEmpty,
  isExtension,
  known,
  lift,
  lift2,
  ordered,
  someTerm,
  type Term,
  type Value,
} from './term.ts'
import { ancestorsOf, type Principal, type Resource, type World } from './world.ts'

/** Everything that is known when a rule is evaluated. The attributes of a row are not. */
export interface Question {
  readonly world: World
  readonly principal: Principal
  readonly action: Uid
  readonly resource: Resource
  /** All of it but the statement. */
  readonly context: RecordValue
  /** The set of labels that the statement touches. */
  readonly labels: Value
}

/** Rows where a condition holds, and rows where to compute it errs. */
export interface Residual {
  readonly holds: Expr
  readonly errs: Expr
}

/** Columns known to have a value where the expression in hand is reached. */
type Present = ReadonlySet<string>

/**
 * Partial evaluation with the row wholly unknown: for every row, `holds` is what the official engine says of the
 * condition, and `errs` is where it would report an error.
 */
export function residualOf(body: Node, question: Question): Residual {
  const { holds, errs } = truth(evaluateNode(body, question, nothing))
  return { holds: and([holds, not(errs)]), errs }
}

const nothing: Present = new Set()
const joined = (a: Present, b: Present): Present => (a.size === 0 ? b : b.size === 0 ? a : new Set([...a, ...b]))

function evaluateNode(node: Node, question: Question, present: Present): Term {
  const go = (child: Node): Term => evaluateNode(child, question, present)
  switch (node.kind) {
    case 'literal':
      return known(node.value)
    case 'entity':
      return known({ kind: 'entity', uid: node.uid })
    case 'variable':
      return known(variable(node.name, question))
    case 'not':
      return andThen(go(node.of), value => logicalNot(value))
    case 'neg':
      return andThen(go(node.of), value => lift(value, one => arithmetic('-', 0n, one)))
    case 'isEmpty':
      return andThen(go(node.of), value => lift(value, isEmpty))
    case 'and':
    case 'or':
      return logic(node.kind, node, question, present)
    case 'if':
      return conditional(node, question, present)
    case 'binary':
      return all([go(node.left), go(node.right)], ([left, right]) => binary(node.op, left as Value, right as Value, question))
    case 'get':
      return andThen(go(node.of), value => lift(value, one => attribute(one, node.attribute, question, present)))
    case 'has':
      return andThen(go(node.of), value => lift(value, one => hasAttribute(one, node.attribute, question, present)))
    case 'like':
      return andThen(go(node.of), value => lift(value, one => like(one, node.pattern)))
    case 'is':
      return isOfType(node, question, present)
    case 'set':
      return all(node.items.map(go), items => known({ kind: 'set', items }))
    case 'record':
      return all(
        node.fields.map(([, field]) => go(field)),
        values => known({ kind: 'record', fields: new Map(node.fields.map(([name], at) => [name, values[at] as Value])) }),
      )
    case 'call':
      return all(node.arguments.map(go), values => call(node.name, values))
    case 'unsupported':
      return failed
  }
}

/** Over what is known alone: a column inside a call is refused by the linter, and errs. */
function call(name: string, values: readonly Value[]): Term {
  if (!values.every(value => typeof value === 'string' || isExtension(value))) return failed
  const value = callExtension(name, values)
  return value === undefined ? failed : known(value)
}

function variable(name: Variable, question: Question): Value {
  if (name === 'principal') return { kind: 'entity', uid: question.principal.uid }
  if (name === 'action') return { kind: 'entity', uid: question.action }
  if (name === 'context') return contextOf(question)
  return question.resource.kind === 'row' ? { kind: 'row' } : { kind: 'entity', uid: question.resource.uid }
}

function contextOf({ context, labels }: Question): Value {
  const known = requestFields.get(context) ?? new Map([...context.fields].map(([name, value]) => [name, termValue(value)]))
  requestFields.set(context, known)
  return { kind: 'record', fields: new Map(known).set('statement', { kind: 'record', fields: new Map([['labels', labels]]) }) }
}

/** What is known whatever a statement touches is the same for all that one asks for one purpose. */
const requestFields = new WeakMap<RecordValue, ReadonlyMap<string, Value>>()

function logicalNot(value: Value): Term {
  return lift(value, one => {
    const expr = findExpr(one)
    return expr === undefined ? failed : known(fromExpr(not(expr)))
  })
}

/** The right side is reached only where the left one does not decide; only there its errors count. */
function logic(kind: 'and' | 'or', node: { left: Node; right: Node }, question: Question, present: Present): Term {
  return andThen(evaluateNode(node.left, question, present), value =>
    lift(value, one => {
      const left = findExpr(one)
      if (left === undefined) return failed
      const reached = kind === 'and' ? left : not(left)
      if (isFalse(reached)) return known(fromExpr(left))
      const facts = kind === 'and' ? presentWhere(left) : presentWhereNot(left)
      const right = truth(evaluateNode(node.right, question, joined(present, facts)))
      return { value: fromExpr((kind === 'and' ? and : or)([left, right.holds])), err: and([reached, right.errs]) }
    }),
  )
}

/** A term that has to be a boolean: a value of another type errs. */
function truth(term: Term): Residual {
  const bool = andThen(term, value => lift(value, one => (findExpr(one) === undefined ? failed : known(one))))
  return { holds: findExpr(bool.value) ?? FALSE, errs: bool.err }
}

function conditional(node: Extract<Node, { readonly kind: 'if' }>, question: Question, present: Present): Term {
  const test = truth(evaluateNode(node.test, question, present))
  if (isTrue(test.errs)) return failed
  const branch = (child: Node, facts: Present): Term => evaluateNode(child, question, joined(present, facts))
  const yes = isFalse(test.holds) ? failed : branch(node.yes, presentWhere(test.holds))
  const no = isTrue(test.holds) ? failed : branch(node.no, presentWhereNot(test.holds))
  return andThen({ value: false, err: test.errs }, () => choose(test.holds, yes, no))
}

function binary(op: BinaryOp, left: Value, right: Value, question: Question): Term {
  switch (op) {
    case '==':
      return equals(left, right)
    case '<':
    case '<=':
      return ordered(op, left, right)
    case '+':
    case '-':
    case '*':
      return arithmetic(op, left, right)
    case 'in':
      return lift2(left, right, (a, b) => within(a, b, question))
    case 'contains':
      return contains(left, right)
    case 'containsAll':
      return containsAll(left, right)
    case 'containsAny':
      return containsAny(left, right)
    case 'hasTag':
      return typeof left === 'object' && left.kind === 'entity' && typeof right === 'string' ? known(false) : failed
    case 'getTag':
      // Nothing of a mesh has tags.
      return failed
  }
}

function attribute(value: Value, name: string, question: Question, present: Present): Term {
  if (typeof value !== 'object') return failed
  if (value.kind === 'record') {
    const field = value.fields.get(name)
    return field === undefined ? failed : known(field)
  }
  if (value.kind === 'row') return column(name, question, present)
  if (value.kind !== 'entity') return failed
  const { key, attributes } = question.principal
  const found = uidKey(value.uid) === key ? attributes.get(name) : undefined
  return found === undefined ? failed : known(termValue(found))
}

function termValue(value: CedarValue): Value {
  if (typeof value !== 'object') return value
  if (value.kind === 'set') return { kind: 'set', items: [...value.items.values()].map(termValue) }
  if (value.kind === 'record')
    return { kind: 'record', fields: new Map([...value.fields].map(([name, field]) => [name, termValue(field)])) }
  return value
}

function column(name: string, question: Question, present: Present): Term {
  const type = question.resource.kind === 'row' ? question.resource.attributes.get(name) : undefined
  if (type === undefined) return failed
  const of = name as Name
  if (isSetType(type)) return known({ kind: 'reached', set: of, element: type === 'Set<String>' ? 'String' : 'Long' })
  const value: Value = type === 'Bool' ? { kind: 'condition', expr: { kind: 'flag', column: of } } : { kind: 'column', column: of, type }
  return { value, err: present.has(name) ? FALSE : not({ kind: 'has', column: of }) }
}

function hasAttribute(value: Value, name: string, question: Question, present: Present): Term {
  if (typeof value !== 'object') return failed
  if (value.kind === 'record') return known(value.fields.has(name))
  if (value.kind === 'row') {
    const type = question.resource.kind === 'row' ? question.resource.attributes.get(name) : undefined
    if (type === undefined) return known(false)
    return known(isSetType(type) || present.has(name) ? true : { kind: 'condition', expr: { kind: 'has', column: name as Name } })
  }
  if (value.kind !== 'entity') return failed
  const { key, attributes, broken } = question.principal
  if (uidKey(value.uid) !== key) return known(false)
  return broken.has(name) ? failed : known(attributes.has(name))
}

function like(value: Value, pattern: Pattern): Term {
  if (typeof value === 'string') return known(matchesPattern(value, pattern))
  if (typeof value !== 'object' || value.kind !== 'column' || value.type !== 'String') return failed
  return known({ kind: 'condition', expr: { kind: 'like', operand: { kind: 'column', column: value.column }, pattern } })
}

function isOfType(node: Extract<Node, { readonly kind: 'is' }>, question: Question, present: Present): Term {
  return andThen(evaluateNode(node.of, question, present), value =>
    lift(value, one => {
      const type = typeOf(one, question)
      if (type === undefined) return failed
      if (type !== node.type || node.in === undefined) return known(type === node.type)
      return andThen(evaluateNode(node.in, question, present), place => lift(place, other => within(one, other, question)))
    }),
  )
}

function typeOf(value: Value, question: Question): string | undefined {
  if (typeof value !== 'object') return undefined
  if (value.kind === 'entity') return value.uid.type
  return value.kind === 'row' && question.resource.kind === 'row' ? question.resource.type : undefined
}

/** Cedar's `in`: the entity itself or one of its ancestors; on the right an entity or a set of them. */
function within(left: Value, right: Value, question: Question): Term {
  if (typeof right === 'object' && right.kind === 'set') {
    return someTerm(right.items.map(item => lift(item, one => withinOne(left, one, question))))
  }
  return withinOne(left, right, question)
}

function withinOne(left: Value, right: Value, question: Question): Term {
  if (typeof left !== 'object' || typeof right !== 'object') return failed
  const { resource } = question
  if (left.kind === 'row') {
    if (right.kind === 'row') return known(true)
    if (right.kind !== 'entity') return failed
    // Whether it is this very row cannot be known.
    if (resource.kind === 'row' && right.uid.type === resource.type) return failed
    return known(resource.ancestors.has(uidKey(right.uid)))
  }
  if (left.kind !== 'entity') return failed
  // A row is nobody's parent.
  if (right.kind === 'row') return left.uid.type === typeOf(right, question) ? failed : known(false)
  if (right.kind !== 'entity') return failed
  return known(entityAncestors(left.uid, question).has(uidKey(right.uid)))
}

function entityAncestors(uid: Uid, question: Question): ReadonlySet<string> {
  if (uidKey(uid) === question.principal.key) return question.principal.ancestors
  if (uid.type === 'Mesh::Action' && (uid.id === 'read' || uid.id === 'reveal')) {
    return new Set([uidKey(uid), uidKey({ type: uid.type, id: 'use' })])
  }
  return ancestorsOf(question.world, uid)
}
