import { SelvageError } from '../model/index.ts'
import type { Pattern } from './evaluate.ts'
import type { Literal } from './expr.ts'
import type { Uid } from './uid.ts'

export type BinaryOp = '==' | '<' | '<=' | '+' | '-' | '*' | 'in' | 'contains' | 'containsAll' | 'containsAny'
export type Variable = 'principal' | 'action' | 'resource' | 'context'

/** An expression of Cedar. What this kernel has no meaning for is `unsupported`: linting refuses it, evaluating it errs. */
export type Node =
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'entity'; readonly uid: Uid }
  | { readonly kind: 'variable'; readonly name: Variable }
  | { readonly kind: 'not' | 'neg' | 'isEmpty'; readonly of: Node }
  | { readonly kind: 'binary'; readonly op: BinaryOp; readonly left: Node; readonly right: Node }
  | { readonly kind: 'and' | 'or'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'if'; readonly test: Node; readonly yes: Node; readonly no: Node }
  | { readonly kind: 'get' | 'has'; readonly of: Node; readonly attribute: string }
  | { readonly kind: 'like'; readonly of: Node; readonly pattern: Pattern }
  | { readonly kind: 'is'; readonly of: Node; readonly type: string; readonly in: Node | undefined }
  | { readonly kind: 'set'; readonly items: readonly Node[] }
  | { readonly kind: 'record'; readonly fields: readonly (readonly [string, Node])[] }
  | { readonly kind: 'unsupported'; readonly what: string }

export const maxNodeDepth = 256

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/
/** Text that reaches every engine unchanged: no NUL, no half of a surrogate pair. */
export const isPlainText = (text: string): boolean => !text.includes('\0') && !loneSurrogate.test(text)

const malformed = (what: string): SelvageError =>
  new SelvageError('policy.invalid', { detail: `A JSON policy is not well formed: ${what}.` })

export type JsonRecord = Readonly<Record<string, unknown>>
export function asRecord(value: unknown, what: string): JsonRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${what} is no object`)
  return value as JsonRecord
}
export function asArray(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(`${what} is no list`)
  return value
}
export function asText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw malformed(`${what} is no text`)
  return value
}

/** An entity uid as Cedar's JSON writes it, with or without `__entity`. */
export function parseUid(value: unknown): Uid {
  const outer = asRecord(value, 'an entity')
  const uid = Object.hasOwn(outer, '__entity') ? asRecord(outer.__entity, 'an entity') : outer
  return { type: asText(uid.type, 'an entity type'), id: asText(uid.id, 'an entity id') }
}

/** Reads an expression of Cedar's JSON policies (EST). Throws `policy.invalid` for what is none or too deep. */
export function parseNode(value: unknown, depth = 0): Node {
  if (depth > maxNodeDepth) throw malformed('too deep')
  const record = asRecord(value, 'an expression')
  const [key, ...others] = Object.keys(record)
  if (key === undefined || others.length > 0) throw malformed('an expression has not exactly one operator')
  const parse = readers.get(key)
  return parse === undefined ? { kind: 'unsupported', what: key } : parse(record[key], child => parseNode(child, depth + 1), key)
}

type Read = (child: unknown) => Node
type Reader = (body: unknown, read: Read, key: string) => Node

const binary =
  (op: BinaryOp): Reader =>
  (body, read) => {
    const { left, right } = asRecord(body, op)
    return { kind: 'binary', op, left: read(left), right: read(right) }
  }
/** `a > b` is `b < a`. */
const swapped =
  (op: BinaryOp): Reader =>
  (body, read) => {
    const { left, right } = asRecord(body, op)
    return { kind: 'binary', op, left: read(right), right: read(left) }
  }
const unary =
  (kind: 'not' | 'neg' | 'isEmpty'): Reader =>
  (body, read) => ({ kind, of: read(asRecord(body, kind).arg) })
const logic =
  (kind: 'and' | 'or'): Reader =>
  (body, read) => {
    const { left, right } = asRecord(body, kind)
    return { kind, left: read(left), right: read(right) }
  }

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['Value', body => parseValue(body)],
  ['Var', body => parseVariable(body)],
  ['!', unary('not')],
  ['neg', unary('neg')],
  ['isEmpty', unary('isEmpty')],
  ['==', binary('==')],
  ['!=', (body, read, key) => ({ kind: 'not', of: binary('==')(body, read, key) })],
  ['<', binary('<')],
  ['<=', binary('<=')],
  ['>', swapped('<')],
  ['>=', swapped('<=')],
  ['+', binary('+')],
  ['-', binary('-')],
  ['*', binary('*')],
  ['in', binary('in')],
  ['contains', binary('contains')],
  ['containsAll', binary('containsAll')],
  ['containsAny', binary('containsAny')],
  ['&&', logic('and')],
  ['||', logic('or')],
  ['if-then-else', (body, read) => parseIf(body, read)],
  ['.', (body, read) => parseGet(body, read)],
  ['has', (body, read) => parseHas(body, read)],
  ['like', (body, read) => parseLike(body, read)],
  ['is', (body, read) => parseIs(body, read)],
  ['Set', (body, read) => ({ kind: 'set', items: asArray(body, 'a set').map(read) })],
  [
    'Record',
    (body, read) => ({ kind: 'record', fields: Object.entries(asRecord(body, 'a record')).map(([name, field]) => [name, read(field)]) }),
  ],
])

/** Plain values only; Cedar writes sets and records as nodes of their own. */
function parseValue(value: unknown): Node {
  if (typeof value === 'string') {
    return isPlainText(value) ? { kind: 'literal', value } : { kind: 'unsupported', what: 'a text with NUL or half a surrogate pair' }
  }
  if (typeof value === 'boolean') return { kind: 'literal', value }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) return { kind: 'unsupported', what: 'an integer beyond 2^53' }
    return { kind: 'literal', value: BigInt(value) }
  }
  const record = asRecord(value, 'a value')
  return Object.hasOwn(record, '__entity') ? { kind: 'entity', uid: parseUid(record) } : { kind: 'unsupported', what: 'an extension value' }
}

function parseVariable(body: unknown): Node {
  if (body === 'principal' || body === 'action' || body === 'resource' || body === 'context') return { kind: 'variable', name: body }
  throw malformed('an unknown variable')
}

function parseIf(body: unknown, read: Read): Node {
  const parts = asRecord(body, 'if')
  return { kind: 'if', test: read(parts.if), yes: read(parts.then), no: read(parts.else) }
}

function parseGet(body: unknown, read: Read): Node {
  const { left, attr } = asRecord(body, 'an attribute')
  return { kind: 'get', of: read(left), attribute: asText(attr, 'an attribute') }
}

/** `e has a.b` is `e has a && e.a has b`. */
function parseHas(body: unknown, read: Read): Node {
  const { left, attr } = asRecord(body, 'has')
  const path = typeof attr === 'string' ? [attr] : asArray(attr, 'has').map(item => asText(item, 'an attribute'))
  if (path.length === 0 || path.length > 16) throw malformed('has')
  let of = read(left)
  let out: Node | undefined
  for (const attribute of path) {
    const has: Node = { kind: 'has', of, attribute }
    out = out === undefined ? has : { kind: 'and', left: out, right: has }
    of = { kind: 'get', of, attribute }
  }
  return out as Node
}

function parseLike(body: unknown, read: Read): Node {
  const { left, pattern } = asRecord(body, 'like')
  const parts = asArray(pattern, 'a pattern').map(item =>
    item === 'Wildcard' ? ('*' as const) : { text: asText(asRecord(item, 'a pattern').Literal, 'a pattern') },
  )
  const plain = parts.every(part => part === '*' || isPlainText(part.text))
  return plain ? { kind: 'like', of: read(left), pattern: joined(parts) } : { kind: 'unsupported', what: 'a pattern with NUL' }
}

/** Cedar writes one literal per character. */
function joined(parts: Pattern): Pattern {
  const out: ('*' | { text: string })[] = []
  for (const part of parts) {
    const last = out[out.length - 1]
    if (part !== '*' && last !== undefined && last !== '*') out[out.length - 1] = { text: last.text + part.text }
    else if (part !== '*' || last !== '*') out.push(part)
  }
  return out
}

function parseIs(body: unknown, read: Read): Node {
  const record = asRecord(body, 'is')
  const within = Object.hasOwn(record, 'in') && record.in !== undefined ? read(record.in) : undefined
  return { kind: 'is', of: read(record.left), type: asText(record.entity_type, 'an entity type'), in: within }
}

/** The direct parts of a node. */
export function nodeChildren(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'not':
    case 'neg':
    case 'isEmpty':
    case 'get':
    case 'has':
    case 'like':
      return [node.of]
    case 'binary':
    case 'and':
    case 'or':
      return [node.left, node.right]
    case 'if':
      return [node.test, node.yes, node.no]
    case 'is':
      return node.in === undefined ? [node.of] : [node.of, node.in]
    case 'set':
      return node.items
    case 'record':
      return node.fields.map(([, field]) => field)
    default:
      return []
  }
}

export function someNode(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || nodeChildren(node).some(child => someNode(child, test))
}

export function* allNodes(node: Node): Generator<Node> {
  yield node
  for (const child of nodeChildren(node)) yield* allNodes(child)
}
