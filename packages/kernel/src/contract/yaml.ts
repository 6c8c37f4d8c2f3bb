import { Composer, type CST, type Document, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, Parser } from 'yaml'
import { checkValueCharacters } from './characters.ts'
import { type Place, printable, quoted, type Report } from './report.ts'
import type { MapTree, Tree } from './tree.ts'

/** Deepest nesting, most lexemes, most values (aliases counted as often as they stand for something), most aliases of one file. */
export const yamlBounds = { depth: 32, lexemes: 400_000, values: 100_000, aliases: 100 }

/**
 * One YAML 1.2 document (core schema). attacker-controlled: `text`, whose length the caller has bounded. Nesting is
 * measured before the recursive composer runs; the library's own check for duplicate keys is off, because it
 * compares each pair of keys, and is done here with a map.
 */
export function parseYaml(text: string, report: Report): Tree | undefined {
  const lines = new LineCounter()
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const tokens = parseTokens(text, lines)
  if (!Array.isArray(tokens)) {
    report('yaml.too_complex', placeOf(tokens.offset), tokens.what)
    return undefined
  }
  const document = composeOne(tokens, text.length, placeOf, report)
  if (document === undefined) return undefined
  if (document.contents === null) return { kind: 'scalar', place: { line: 1, column: 1 }, value: null, text: '' }
  return new Conversion(placeOf, report).convertAll(document.contents as Node)
}

/** One is sound; a few more still get a better message than this. */
const maxParts = 4

interface TooComplex {
  readonly offset: number
  readonly what: string
}

/** Gives up as soon as the parser holds more open collections than a sound file has. */
function parseTokens(text: string, lines: LineCounter): CST.Token[] | TooComplex {
  const tokens: CST.Token[] = []
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  let lexemes = 0
  let parts = 0
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token)
      if (token.type === 'document' || token.type === 'directive') parts += 1
    }
    lexemes += 1
    if (parts > maxParts) return { offset: parser.offset, what: `the file holds more than ${maxParts} documents and directives` }
    // A collection and its document; a scalar on top of them.
    if (parser.stack.length > yamlBounds.depth + 2) return { offset: parser.offset, what: tooDeep }
    if (lexemes > yamlBounds.lexemes)
      return { offset: parser.offset, what: `the file holds more than ${yamlBounds.lexemes} marks and words` }
  }
  tokens.push(...parser.end())
  const deep = findTooDeep(tokens)
  return deep === undefined ? tokens : { offset: deep, what: tooDeep }
}

const tooDeep = `values are nested deeper than ${yamlBounds.depth}`

/** The offset of the first token that is nested too deeply. Without recursion. */
function findTooDeep(tokens: readonly CST.Token[]): number | undefined {
  const stack: { readonly token: CST.Token; readonly depth: number }[] = tokens.map(token => ({ token, depth: 0 }))
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { token, depth } = next
    if (depth > yamlBounds.depth) return token.offset
    if (token.type === 'document' && token.value) stack.push({ token: token.value, depth })
    if ('items' in token) {
      for (const item of token.items) {
        if (item.key) stack.push({ token: item.key, depth: depth + 1 })
        if (item.value) stack.push({ token: item.value, depth: depth + 1 })
      }
    }
  }
  return undefined
}

function composeOne(
  tokens: readonly CST.Token[],
  length: number,
  placeOf: (offset: number) => Place,
  report: Report,
): Document | undefined {
  const composer = new Composer({ version: '1.2', schema: 'core', uniqueKeys: false, strict: true, prettyErrors: false, stringKeys: false })
  const [document, second] = [...composer.compose(tokens, true, length)]
  if (document === undefined) return undefined
  const problems = [...document.errors, ...document.warnings]
  for (const problem of problems.slice(0, 20)) report('yaml.syntax', placeOf(problem.pos[0]), firstLine(problem.message))
  if (second !== undefined) report('yaml.syntax', placeOf(second.range[0]), 'the file holds more than one document')
  if (document.directives?.yaml.explicit === true && document.directives.yaml.version !== '1.2')
    report('yaml.syntax', placeOf(0), 'the file asks for another version of YAML than 1.2')
  return problems.length > 0 || second !== undefined ? undefined : (document as unknown as Document)
}

/** The library quotes the file, percent-escapes of tags resolved. */
const firstLine = (message: string): string => printable(message.split('\n')[0]!.slice(0, 200))

/** What an anchor names, and how many values it stands for. */
interface Converted {
  readonly tree: Tree
  readonly size: number
}

class Conversion {
  readonly #placeOf: (offset: number) => Place
  readonly #report: Report
  readonly #anchors = new Map<string, Converted>()
  #aliases = 0
  #sound = true

  constructor(placeOf: (offset: number) => Place, report: Report) {
    this.#placeOf = placeOf
    this.#report = report
  }

  convertAll(node: Node): Tree | undefined {
    const { tree, size } = this.#convert(node)
    if (size > yamlBounds.values) this.#fail(node, 'yaml.too_complex', `the file stands for more than ${yamlBounds.values} values`)
    return this.#sound ? tree : undefined
  }

  #convert(node: Node | null | undefined): Converted {
    if (node === null || node === undefined) return { tree: nothing, size: 1 }
    if (isAlias(node)) return this.#resolve(node.source, node)
    const converted = this.#convertValue(node)
    const anchor = 'anchor' in node ? node.anchor : undefined
    if (anchor !== undefined) this.#anchors.set(anchor, converted)
    return converted
  }

  #convertValue(node: Node): Converted {
    if (isMap(node)) return this.#convertMap(node.items as { key: Node; value: Node | null }[], node)
    if (isSeq(node)) return this.#convertList(node.items as Node[], node)
    return { tree: this.#convertScalar(node), size: 1 }
  }

  #resolve(name: string, node: Node): Converted {
    this.#aliases += 1
    const target = this.#anchors.get(name)
    if (this.#aliases === yamlBounds.aliases + 1)
      this.#fail(node, 'yaml.too_complex', `the file holds more than ${yamlBounds.aliases} aliases`)
    if (target === undefined) this.#fail(node, 'yaml.syntax', `the alias ${quoted(name)} stands for nothing before it`)
    return target ?? { tree: nothing, size: 1 }
  }

  #convertList(nodes: readonly Node[], node: Node): Converted {
    const items = nodes.map(item => this.#convert(item))
    return { tree: { kind: 'list', place: this.#place(node), items: items.map(item => item.tree) }, size: sum(items) }
  }

  #convertMap(pairs: readonly { key: Node; value: Node | null }[], node: Node): Converted {
    const entries = new Map<string, { keyPlace: Place; value: Tree }>()
    let size = 1
    for (const { key, value } of pairs) {
      const converted = this.#convert(value)
      size += converted.size
      const name = this.#keyOf(key, node)
      if (name === undefined) continue
      if (entries.has(name)) this.#fail(key, 'yaml.duplicate_key', `the key ${quoted(name)} stands here twice`)
      const place = this.#place(key)
      entries.set(name, { keyPlace: place, value: converted.tree === nothing ? { ...nothing, place } : converted.tree })
    }
    return { tree: { kind: 'map', place: this.#place(node), entries } satisfies MapTree, size }
  }

  #keyOf(key: Node | null, map: Node): string | undefined {
    const tree = this.#convert(key).tree
    if (tree.kind === 'scalar' && tree.value !== null) return tree.text
    this.#fail(key ?? map, 'yaml.syntax', 'a key is no text')
    return undefined
  }

  #convertScalar(node: Node): Tree {
    const value: unknown = isScalar(node) ? node.value : undefined
    const place = this.#place(node)
    if (value !== null && typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      this.#fail(node, 'yaml.type', 'a value is no text, number, true, false or null')
      return nothing
    }
    if (typeof value === 'string' && !checkValueCharacters(value, place, this.#report)) this.#sound = false
    const source = isScalar(node) ? node.source : undefined
    return { kind: 'scalar', place, value, text: typeof value === 'string' ? value : (source ?? String(value)) }
  }

  #place(node: Node): Place {
    return this.#placeOf(node.range?.[0] ?? 0)
  }

  #fail(node: Node, code: 'yaml.syntax' | 'yaml.type' | 'yaml.too_complex' | 'yaml.duplicate_key', what: string): void {
    this.#sound = false
    this.#report(code, this.#place(node), what)
  }
}

const nothing: Tree = { kind: 'scalar', place: { line: 1, column: 1 }, value: null, text: '' }
const sum = (items: readonly Converted[]): number => items.reduce((total, item) => total + item.size, 1)
