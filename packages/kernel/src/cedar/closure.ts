import type { Entity, EntityStore } from './entity-store.ts'
import { missingEntity } from './entity-store.ts'
import { callExtension } from './extension.ts'
import { type BinaryOp, type Node, nodeChildren } from './node.ts'
import { matchesPattern } from './pattern.ts'
import { uidKey } from './uid.ts'
import { type EntityValue, entityValue, equalValues, isLong, recordValue, setValue, type Value, valueKey } from './value.ts'

/** What one request is about. */
export interface Environment {
  readonly principal: Entity
  readonly action: Entity
  readonly resource: Entity
  readonly context: Value
  readonly entities: EntityStore
}

/** The value of an expression that errs. Never thrown: whether a policy errs is asked for every policy. */
export const failed: unique symbol = Symbol('failed')
export type Result = Value | typeof failed

/** An expression, ready to be evaluated. */
export type Closure = (environment: Environment) => Result

/**
 * Compiles expressions; what they mean is Cedar's reference (docs.cedarpolicy.com, Operators and functions). Equal
 * expressions become one closure, so what many policies ask is compared by identity and stays near the processor.
 */
export class Compiler {
  readonly #known = new Map<string, Closure>()
  readonly #numbers = new Map<Closure, number>()

  compile(node: Node): Closure {
    const parts = nodeChildren(node).map(child => this.compile(child))
    let key = headKey(node)
    for (const part of parts) key += ` ${this.#numbers.get(part)}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const made = folded(node, build(node, parts))
    this.#known.set(key, made)
    if (!this.#numbers.has(made)) this.#numbers.set(made, this.#numbers.size)
    return made
  }
}

/** What a node says beside its children. */
function headKey(node: Node): string {
  switch (node.kind) {
    case 'literal':
      return `literal ${valueKey(node.value)}`
    case 'entity':
      return `entity ${uidKey(node.uid)}`
    case 'variable':
      return node.name
    case 'binary':
      return node.op
    case 'get':
    case 'has':
      return `${node.kind} ${node.attribute}`
    case 'like':
      return `like ${JSON.stringify(node.pattern)}`
    case 'is':
      return `is ${node.type}`
    case 'record':
      return `record ${JSON.stringify(node.fields.map(([name]) => name))}`
    case 'call':
      return `call ${node.name}`
    default:
      return node.kind
  }
}

/** `parts`: what its children became. */
function build(node: Node, parts: readonly Closure[]): Closure {
  const [first = fails, second = fails, third = fails] = parts
  switch (node.kind) {
    case 'literal': {
      const { value } = node
      return () => value
    }
    case 'entity': {
      const value = entityValue(node.uid)
      return () => value
    }
    case 'variable':
      return variables[node.name]
    case 'not':
      return onValue(first, value => (typeof value === 'boolean' ? !value : failed))
    case 'neg':
      return onValue(first, value => (typeof value === 'bigint' ? long(-value) : failed))
    case 'isEmpty':
      return onValue(first, value => (isSet(value) ? value.items.size === 0 : failed))
    case 'and':
      return logic(first, second, false)
    case 'or':
      return logic(first, second, true)
    case 'if':
      return conditional(first, second, third)
    case 'binary':
      return compileBinary(node.op, first, second)
    case 'get':
      return attribute(first, node.attribute)
    case 'has':
      return hasAttribute(first, node.attribute)
    case 'like': {
      const { pattern } = node
      return onValue(first, value => (typeof value === 'string' ? matchesPattern(value, pattern) : failed))
    }
    case 'is':
      return isOfType(first, node.type, node.in === undefined ? undefined : second)
    case 'set':
      return gathered(parts, setValue)
    case 'record': {
      const names = node.fields.map(([name]) => name)
      return gathered(parts, values => recordValue(values.map((value, at) => [names[at]!, value])))
    }
    case 'call': {
      const { name } = node
      return gathered(parts, values => callExtension(name, values) ?? failed)
    }
    case 'unsupported':
      return fails
  }
}

const fails: Closure = () => failed

/** What names nothing of a request is worked out once. */
function folded(node: Node, closure: Closure): Closure {
  if (node.kind !== 'set' && node.kind !== 'call') return closure
  if (!nodeChildren(node).every(child => child.kind === 'literal' || child.kind === 'entity')) return closure
  const value = closure(nobody)
  return () => value
}

const nothing = missingEntity({ type: '', id: '' })
const nobody: Environment = { principal: nothing, action: nothing, resource: nothing, context: false, entities: new Map() }

const variables: Readonly<Record<'principal' | 'action' | 'resource' | 'context', Closure>> = {
  principal: ({ principal }) => principal,
  action: ({ action }) => action,
  resource: ({ resource }) => resource,
  context: ({ context }) => context,
}

const isSet = (value: Value): value is Extract<Value, { kind: 'set' }> => typeof value === 'object' && value.kind === 'set'
const isEntity = (value: Value): value is EntityValue => typeof value === 'object' && value.kind === 'entity'
const long = (value: bigint): Result => (isLong(value) ? value : failed)

const onValue =
  (of: Closure, f: (value: Value, environment: Environment) => Result): Closure =>
  environment => {
    const value = of(environment)
    return value === failed ? failed : f(value, environment)
  }

/** `decided` on the left decides, whatever the right would be. */
const logic =
  (left: Closure, right: Closure, decided: boolean): Closure =>
  environment => {
    const one = left(environment)
    if (one === decided) return decided
    if (typeof one !== 'boolean') return failed
    const other = right(environment)
    return typeof other === 'boolean' ? other : failed
  }

const conditional =
  (test: Closure, yes: Closure, no: Closure): Closure =>
  environment => {
    const value = test(environment)
    if (typeof value !== 'boolean') return failed
    return value ? yes(environment) : no(environment)
  }

const gathered =
  (parts: readonly Closure[], make: (values: readonly Value[]) => Result): Closure =>
  environment => {
    const values: Value[] = []
    for (const part of parts) {
      const value = part(environment)
      if (value === failed) return failed
      values.push(value)
    }
    return make(values)
  }

function compileBinary(op: BinaryOp, left: Closure, right: Closure): Closure {
  const apply = operators[op]
  return environment => {
    const one = left(environment)
    if (one === failed) return failed
    const other = right(environment)
    return other === failed ? failed : apply(one, other, environment)
  }
}

type Operator = (left: Value, right: Value, environment: Environment) => Result

const arithmetic =
  (compute: (a: bigint, b: bigint) => bigint): Operator =>
  (a, b) =>
    typeof a === 'bigint' && typeof b === 'bigint' ? long(compute(a, b)) : failed

/** Numbers, moments and durations have an order, each among themselves. */
const ordered =
  (test: (a: bigint, b: bigint) => boolean): Operator =>
  (a, b) => {
    if (typeof a === 'bigint' && typeof b === 'bigint') return test(a, b)
    if (typeof a !== 'object' || typeof b !== 'object') return failed
    if (a.kind === 'datetime' && b.kind === 'datetime') return test(a.value, b.value)
    return a.kind === 'duration' && b.kind === 'duration' ? test(a.value, b.value) : failed
  }

const operators: Readonly<Record<BinaryOp, Operator>> = {
  '==': equalValues,
  '<': ordered((a, b) => a < b),
  '<=': ordered((a, b) => a <= b),
  '+': arithmetic((a, b) => a + b),
  '-': arithmetic((a, b) => a - b),
  '*': arithmetic((a, b) => a * b),
  in: within,
  contains: (set, item) => (isSet(set) ? set.items.has(valueKey(item)) : failed),
  containsAll: (set, items) => (isSet(set) && isSet(items) ? [...items.items.keys()].every(key => set.items.has(key)) : failed),
  containsAny: (set, items) => (isSet(set) && isSet(items) ? [...items.items.keys()].some(key => set.items.has(key)) : failed),
  hasTag: (of, tag, environment) => (isEntity(of) && typeof tag === 'string' ? entityOf(of, environment).tags.has(tag) : failed),
  getTag: (of, tag, environment) =>
    isEntity(of) && typeof tag === 'string' ? (entityOf(of, environment).tags.get(tag) ?? failed) : failed,
}

/** Cedar's `in`: the entity itself or one above it; on the right an entity or a set of nothing else. */
function within(left: Value, right: Value, environment: Environment): Result {
  if (!isEntity(left)) return failed
  const { ancestors } = entityOf(left, environment)
  if (isEntity(right)) return ancestors.has(right.key)
  if (!isSet(right)) return failed
  const places = [...right.items.values()]
  return places.every(isEntity) ? places.some(place => ancestors.has(place.key)) : failed
}

function entityOf({ uid, key }: EntityValue, environment: Environment): Entity {
  const { principal, resource, action } = environment
  if (key === principal.key) return principal
  if (key === resource.key) return resource
  if (key === action.key) return action
  return environment.entities.get(key) ?? missingEntity(uid, key)
}

/** Attributes of the request's own entities are found without looking for the entity. */
const attribute = (of: Closure, name: string): Closure => {
  const own = ownEntities.get(of)
  if (own !== undefined) return environment => own(environment).attributes.get(name) ?? failed
  return onValue(of, (value, environment) => {
    if (typeof value !== 'object') return failed
    if (value.kind === 'record') return value.fields.get(name) ?? failed
    return value.kind === 'entity' ? (entityOf(value, environment).attributes.get(name) ?? failed) : failed
  })
}

const hasAttribute = (of: Closure, name: string): Closure => {
  const own = ownEntities.get(of)
  if (own !== undefined) return environment => own(environment).attributes.has(name)
  return onValue(of, (value, environment) => {
    if (typeof value !== 'object') return failed
    if (value.kind === 'record') return value.fields.has(name)
    return value.kind === 'entity' ? entityOf(value, environment).attributes.has(name) : failed
  })
}

const ownEntities: ReadonlyMap<Closure, (environment: Environment) => Entity> = new Map([
  [variables.principal, environment => environment.principal],
  [variables.resource, environment => environment.resource],
])

const isOfType = (of: Closure, type: string, place: Closure | undefined): Closure =>
  onValue(of, (value, environment) => {
    if (!isEntity(value)) return failed
    if (value.uid.type !== type || place === undefined) return value.uid.type === type
    const other = place(environment)
    return other === failed ? failed : within(value, other, environment)
  })
