import { extensionArity, parseExtension } from './extension.ts'
import { asArray, asRecord, asText, isPlainText, malformed, parseUid } from './json.ts'
import type { Pattern } from './pattern.ts'
import type { Uid } from './uid.ts'
import type { Extension } from './value.ts'

export type BinaryOp = '==' | '<' | '<=' | '+' | '-' | '*' | 'in' | 'contains' | 'containsAll' | 'containsAny' | 'hasTag' | 'getTag'
export type Variable = 'principal' | 'action' | 'resource' | 'context'

/** An expression of Cedar. What has no meaning here is `unsupported`: linting refuses it, evaluating it errs. */
export type Node =
  | { readonly kind: 'literal'; readonly value: boolean | bigint | string | Extension }
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
  /** A function or method of an extension type, by its name. */
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Node[] }
  | { readonly kind: 'unsupported'; readonly what: string }

export const maxNodeDepth = 256

/** Reads an expression of Cedar's JSON policies (EST). Throws `policy.invalid` for what is none or too deep. */
export function parseNode(value: unknown, depth = 0): Node {
  if (depth > maxNodeDepth) throw malformed('too deep')
  const record = asRecord(value, 'an expression')
  const [key, ...others] = Object.keys(record)
  if (key === undefined || others.length > 0) throw malformed('an expression has not exactly one operator')
  const read = (child: unknown): Node => parseNode(child, depth + 1)
  const parse = readers.get(key)
  if (parse !== undefined) return parse(record[key], read, key)
  const arity = extensionArity(key)
  if (arity === undefined) return { kind: 'unsupported', what: key }
  const list = asArray(record[key], key).map(read)
  if (list.length !== arity) throw malformed(`${key} has not ${arity} arguments`)
  return { kind: 'call', name: key, arguments: list }
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
  ['hasTag', binary('hasTag')],
  ['getTag', binary('getTag')],
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
  if (Object.hasOwn(record, '__entity')) return { kind: 'entity', uid: parseUid(record) }
  const { fn, arg } = asRecord(record.__extn, 'a value')
  const extension = parseExtension(asText(fn, 'an extension function'), asText(arg, 'an argument'))
  return extension === undefined ? { kind: 'unsupported', what: 'an extension value' } : { kind: 'literal', value: extension }
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
    case 'call':
      return node.arguments
    default:
      return []
  }
}

/** The parts that all have to hold, in the order in which they are reached. */
export function conjuncts(node: Node): readonly Node[] {
  return node.kind === 'and' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node]
}

export function someNode(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || nodeChildren(node).some(child => someNode(child, test))
}

export function* allNodes(node: Node): Generator<Node> {
  yield node
  for (const child of nodeChildren(node)) yield* allNodes(child)
}
