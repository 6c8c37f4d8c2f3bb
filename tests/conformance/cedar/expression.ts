import type { Random } from './types.ts'
import { constructorOf, type Field, generateUid, longs, type Type, textsOf, type Universe } from './universe.ts'

type Est = object

/** Which forms of the language a run has seen. */
export type Coverage = Map<string, number>

const bool: Type = { of: 'bool' }
const types = ['bool', 'long', 'string', 'decimal', 'ipaddr', 'datetime', 'duration'] as const

const branches = ['if', 'then', 'else']
/** Built by name: an object written with `then` would look like a promise to whoever reads this. */
const ifThenElse = (test: Est, yes: Est, no: Est): Est => ({
  'if-then-else': Object.fromEntries(branches.map((name, at) => [name, [test, yes, no][at]])),
})
const duration = (text: string): Est => ({ duration: [{ Value: text }] })
const moment = (text: string): Est => ({ datetime: [{ Value: text }] })
const closeValues: readonly { readonly of: Est; readonly exact: 'long' | 'duration' | 'datetime' }[] = [
  { of: { Value: 1 }, exact: 'long' },
  { of: { toHours: [duration('90m')] }, exact: 'long' },
  { of: { toMinutes: [duration('90m')] }, exact: 'long' },
  { of: { toSeconds: [duration('-1500ms')] }, exact: 'long' },
  { of: { toDays: [duration('-25h')] }, exact: 'long' },
  { of: duration('1d'), exact: 'duration' },
  { of: { toTime: [moment('1969-12-31T23:59:59.999Z')] }, exact: 'duration' },
  { of: { toDate: [moment('1969-12-31T23:59:59.999Z')] }, exact: 'datetime' },
  { of: moment('2024-02-29'), exact: 'datetime' },
]

/** Expressions over a universe: most of them well typed, with their attributes guarded or not. */
export class Expressions {
  readonly #random: Random
  readonly #universe: Universe
  readonly #coverage: Coverage
  /** Types of principal and resource, where the scope says so. */
  readonly #principal: string
  readonly #resource: string

  constructor(random: Random, universe: Universe, coverage: Coverage, principal: string, resource: string) {
    this.#random = random
    this.#universe = universe
    this.#coverage = coverage
    this.#principal = principal
    this.#resource = resource
  }

  condition(depth: number): Est {
    return this.#of(bool, depth)
  }

  #seen(form: string): void {
    this.#coverage.set(form, (this.#coverage.get(form) ?? 0) + 1)
  }

  #of(type: Type, depth: number): Est {
    // Now and then what does not belong here.
    if (this.#random.chance(0.02)) return this.#of(this.#anyType(), depth - 1)
    if (depth > 0 && this.#random.chance(0.08)) return this.#choice(type, depth)
    if (depth > 0 && this.#random.chance(0.5)) {
      const found = this.#attribute(type, depth)
      if (found !== undefined) return found
    }
    return depth > 0 && this.#random.chance(0.8) ? this.#made(type, depth) : this.#literal(type, depth)
  }

  #anyType(): Type {
    return this.#random.chance(0.7) ? { of: this.#random.pick(types) } : { of: 'set', element: { of: this.#random.pick(types) } }
  }

  #choice(type: Type, depth: number): Est {
    this.#seen('if-then-else')
    return ifThenElse(this.#of(bool, depth - 1), this.#of(type, depth - 1), this.#of(type, depth - 1))
  }

  #literal(type: Type, depth: number): Est {
    switch (type.of) {
      case 'bool':
        return { Value: this.#random.chance(0.5) }
      case 'long':
        return { Value: this.#random.pick(longs) }
      case 'string':
        return { Value: this.#random.pick(textsOf('string')) }
      case 'entity':
        return { Value: { __entity: generateUid(this.#random, type.name) } }
      case 'set':
        this.#seen('Set')
        return { Set: Array.from({ length: 1 + this.#random.below(3) }, () => this.#of(type.element, depth - 1)) }
      case 'record':
        this.#seen('Record')
        return { Record: Object.fromEntries(Object.entries(type.fields).map(([name, field]) => [name, this.#of(field.type, depth - 1)])) }
      default: {
        const name = constructorOf(type.of)
        this.#seen(name)
        const texts = this.#random.chance(0.05)
          ? ['', 'x', '1', '1.23456', '2024-02-30', '1h1d', '::1::', '300.1.1.1', '1.1.1.1/33']
          : textsOf(type.of)
        return { [name]: [{ Value: this.#random.pick(texts) }] }
      }
    }
  }

  /** An attribute of that type, of what is there or can be reached from it. */
  #attribute(type: Type, depth: number): Est | undefined {
    const start = this.#random.pick(['principal', 'resource', 'context'] as const)
    const fields =
      start === 'context'
        ? this.#universe.context
        : this.#universe.types.get(start === 'principal' ? this.#principal : this.#resource)?.attributes
    return fields === undefined ? undefined : this.#among({ Var: start }, fields, type, depth)
  }

  #among(of: Est, fields: Readonly<Record<string, Field>>, type: Type, depth: number): Est | undefined {
    const all = Object.entries(fields)
    const fitting = all.filter(([, field]) => JSON.stringify(field.type) === JSON.stringify(type))
    if (fitting.length > 0) {
      const [name, { required }] = this.#random.pick(fitting)
      this.#seen('.')
      return this.#guarded(of, name, { '.': { left: of, attr: name } }, type, required, depth)
    }
    const deeper = all.filter(([, field]) => field.type.of === 'record' || field.type.of === 'entity')
    if (deeper.length === 0 || depth <= 1) return undefined
    const [name, field] = this.#random.pick(deeper)
    const below =
      field.type.of === 'record'
        ? field.type.fields
        : field.type.of === 'entity'
          ? this.#universe.types.get(field.type.name)?.attributes
          : undefined
    return below === undefined ? undefined : this.#among({ '.': { left: of, attr: name } }, below, type, depth - 1)
  }

  #guarded(of: Est, name: string, get: Est, type: Type, required: boolean, depth: number): Est {
    if (required || this.#random.chance(0.3)) return get
    this.#seen('has')
    const has = { has: { left: of, attr: name } }
    if (type.of === 'bool') {
      this.#seen('&&')
      return { '&&': { left: has, right: get } }
    }
    this.#seen('if-then-else')
    return ifThenElse(has, get, this.#literal(type, depth - 1))
  }

  #made(type: Type, depth: number): Est {
    switch (type.of) {
      case 'bool':
        return this.#boolean(depth)
      case 'long':
        return this.#long(depth)
      case 'datetime':
        return this.#random.chance(0.5) ? this.#call('offset', [type, { of: 'duration' }], depth) : this.#call('toDate', [type], depth)
      case 'duration':
        return this.#random.chance(0.5)
          ? this.#call('durationSince', [{ of: 'datetime' }, { of: 'datetime' }], depth)
          : this.#call('toTime', [{ of: 'datetime' }], depth)
      default:
        return this.#tag(type, depth) ?? this.#literal(type, depth)
    }
  }

  #tag(type: Type, depth: number): Est | undefined {
    const entity = this.#random.chance(0.5) ? 'principal' : 'resource'
    const tags = this.#universe.types.get(entity === 'principal' ? this.#principal : this.#resource)?.tags
    if (JSON.stringify(tags) !== JSON.stringify(type)) return undefined
    this.#seen('getTag')
    const [left, right] = [{ Var: entity }, this.#of({ of: 'string' }, depth - 2)]
    return ifThenElse({ hasTag: { left, right } }, { getTag: { left, right } }, this.#literal(type, depth - 1))
  }

  #call(name: string, argumentTypes: readonly Type[], depth: number): Est {
    this.#seen(name)
    return { [name]: argumentTypes.map(type => this.#of(type, depth - 1)) }
  }

  #long(depth: number): Est {
    const form = this.#random.below(9)
    if (form < 3) return this.#binary(['+', '-', '*'][form]!, { of: 'long' }, { of: 'long' }, depth)
    if (form === 3) {
      this.#seen('neg')
      return { neg: { arg: this.#of({ of: 'long' }, depth - 1) } }
    }
    const units = ['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays']
    return this.#call(units[form - 4]!, [{ of: 'duration' }], depth)
  }

  #binary(op: string, left: Type, right: Type, depth: number): Est {
    this.#seen(op)
    return { [op]: { left: this.#of(left, depth - 1), right: this.#of(right, depth - 1) } }
  }

  #entity(): Type {
    return { of: 'entity', name: this.#random.pick([...this.#universe.types.keys()]) }
  }

  #boolean(depth: number): Est {
    const random = this.#random
    const scalar: Type = { of: random.pick(types) }
    const set: Type = { of: 'set', element: scalar }
    const forms: readonly (() => Est)[] = [
      () => this.#binary('&&', bool, bool, depth),
      () => this.#binary('||', bool, bool, depth),
      () => this.#not(depth),
      () => this.#binary(random.pick(['==', '!=']), scalar, scalar, depth),
      () => this.#binary(random.pick(['==', '!=']), set, set, depth),
      () => this.#binary(random.pick(['==', '!=']), this.#entity(), this.#entity(), depth),
      () => {
        const ordered: Type = { of: random.pick(['long', 'datetime', 'duration'] as const) }
        return this.#binary(random.pick(['<', '<=', '>', '>=']), ordered, ordered, depth)
      },
      () => this.#binary('contains', set, scalar, depth),
      () => this.#binary(random.pick(['containsAll', 'containsAny']), set, set, depth),
      () => this.#record(depth),
      () => this.#close(depth),
      () => this.#close(depth),
      () => this.#isEmpty(set, depth),
      () => this.#like(depth),
      () => this.#is(depth),
      () => this.#in(depth),
      () => this.#has(),
      () => this.#hasTag(depth),
      () =>
        this.#call(
          random.pick(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual']),
          [{ of: 'decimal' }, { of: 'decimal' }],
          depth,
        ),
      () => this.#call(random.pick(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast']), [{ of: 'ipaddr' }], depth),
      () => this.#call('isInRange', [{ of: 'ipaddr' }, { of: 'ipaddr' }], depth),
    ]
    return random.pick(forms)()
  }

  /** Fields in another order, and one that another may lack. */
  #record(depth: number): Est {
    const fields = { a: { type: { of: this.#random.pick(types) }, required: true }, b: { type: bool, required: true } } as const
    const turned = { b: fields.b, a: fields.a }
    return this.#binary(
      '==',
      { of: 'record', fields },
      { of: 'record', fields: this.#random.chance(0.8) ? turned : { a: fields.a } },
      depth,
    )
  }

  /** Two values that differ by little or not at all, where a comparison shows which one it is. */
  #close(depth: number): Est {
    const { of: left, exact } = this.#random.pick(closeValues)
    const op = this.#random.pick(['<', '<=', '>', '>=', '=='])
    this.#seen(op)
    const right = this.#random.chance(0.5) ? left : this.#of({ of: exact }, depth - 1)
    return { [op]: { left, right } }
  }

  #not(depth: number): Est {
    this.#seen('!')
    return { '!': { arg: this.#of(bool, depth - 1) } }
  }

  #isEmpty(set: Type, depth: number): Est {
    this.#seen('isEmpty')
    return { isEmpty: { arg: this.#of(set, depth - 1) } }
  }

  #like(depth: number): Est {
    this.#seen('like')
    const parts = Array.from({ length: this.#random.below(4) }, () =>
      this.#random.chance(0.5) ? 'Wildcard' : { Literal: this.#random.pick(['a', 'b', '*', 'é', '%', '𝒳']) },
    )
    return { like: { left: this.#of({ of: 'string' }, depth - 1), pattern: parts } }
  }

  #someEntity(depth: number): Est {
    return this.#random.chance(0.7) ? { Var: this.#random.pick(['principal', 'resource', 'action']) } : this.#of(this.#entity(), depth - 1)
  }

  #is(depth: number): Est {
    const within = this.#random.chance(0.4)
    this.#seen(within ? 'is in' : 'is')
    const left = this.#someEntity(depth)
    return {
      is: {
        left,
        entity_type: this.#random.pick([...this.#universe.types.keys()]),
        ...(within ? { in: this.#of(this.#entity(), depth - 1) } : {}),
      },
    }
  }

  #in(depth: number): Est {
    this.#seen('in')
    const entity = this.#entity()
    const right = this.#random.chance(0.5) ? this.#of(entity, depth - 1) : this.#literal({ of: 'set', element: entity }, depth - 1)
    return { in: { left: this.#someEntity(depth), right } }
  }

  #has(): Est {
    this.#seen('has')
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'with space', 'quote"d', 'é', 'nothing']
    return { has: { left: { Var: this.#random.pick(['principal', 'resource', 'context']) }, attr: this.#random.pick(names) } }
  }

  #hasTag(depth: number): Est {
    this.#seen('hasTag')
    return { hasTag: { left: { Var: this.#random.pick(['principal', 'resource']) }, right: this.#of({ of: 'string' }, depth - 2) } }
  }
}
