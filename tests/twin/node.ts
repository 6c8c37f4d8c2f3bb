import type { ParameterValue } from '../../packages/gate/src/execute/parameter.ts'

/**
 * A part of a statement as the generator derived it. Whatever may be taken out or be replaced without making the answer
 * depend on what SQL leaves open is a node; everything else is text in one.
 */
export interface Node {
  /** Nodes of one sort can stand for each other. `clause`: may be left out. `list`: so may each of its parts but one. */
  readonly sort: string
  readonly parts: readonly Part[]
  /** The least text of this sort. */
  readonly least?: string
  readonly value?: ParameterValue
}
export type Part = string | Node

export const node = (sort: string, ...parts: readonly Part[]): Node => ({ sort, parts })
export const text = (...parts: readonly Part[]): Node => ({ sort: 'text', parts })
export const clause = (...parts: readonly Part[]): Node => ({ sort: 'clause', parts })
export const nothing: Node = { sort: 'text', parts: [] }
export const list = (parts: readonly Part[]): Node => ({ sort: 'list', parts })
export const joined = (parts: readonly Part[], separator: string): readonly Part[] =>
  parts.flatMap((part, i) => (i === 0 ? [part] : [separator, part]))
export const parameter = (value: ParameterValue): Node => ({ sort: 'parameter', parts: [], value })

export type Style = 'question' | 'number' | 'name'

export interface Printed {
  readonly sql: string
  readonly parameters?: readonly ParameterValue[] | Readonly<Record<string, ParameterValue>>
}

/** The text, with its parameters numbered as they stand in it. */
export function print(root: Node, style: Style): Printed {
  const values: ParameterValue[] = []
  const textOf = (part: Part): string => {
    if (typeof part === 'string') return part
    if (part.sort === 'list') return part.parts.map(textOf).join(', ')
    if (part.value === undefined) return part.parts.map(textOf).join('')
    values.push(part.value)
    return style === 'question' ? '?' : style === 'number' ? `$${values.length}` : `$p${values.length}`
  }
  const sql = textOf(root)
  if (values.length === 0) return { sql }
  return { sql, parameters: style === 'name' ? Object.fromEntries(values.map((value, i) => [`p${i + 1}`, value])) : values }
}

const sizeOf = (part: Part): number => (typeof part === 'string' ? 1 : part.parts.reduce((sum, inner) => sum + sizeOf(inner), 1))

/** Trees that are a little smaller, those that lose most first. */
export function smaller(root: Node): readonly Node[] {
  const found: { readonly tree: Node; readonly size: number }[] = []
  const visit = (part: Node, put: (instead: Node) => Node): void => {
    for (const instead of replacements(part)) {
      const tree = put(instead)
      found.push({ tree, size: sizeOf(tree) })
    }
    part.parts.forEach((inner, at) => {
      if (typeof inner !== 'string') visit(inner, other => put({ ...part, parts: part.parts.with(at, other) }))
    })
  }
  visit(root, tree => tree)
  return found.sort((a, b) => a.size - b.size).map(({ tree }) => tree)
}

function replacements(part: Node): readonly Node[] {
  if (part.sort === 'clause') return part.parts.length === 0 ? [] : [nothing]
  if (part.sort === 'list') return part.parts.length < 2 ? [] : part.parts.map((_, at) => ({ ...part, parts: part.parts.toSpliced(at, 1) }))
  if (part.sort === 'text' || part.sort === 'parameter') return []
  const least = part.least === undefined || part.parts[0] === part.least ? [] : [{ ...part, parts: [part.least] }]
  return [...least, ...below(part, part.sort)]
}

/** The nodes of a sort that lie deepest under none of their own sort but the root. */
function below(part: Node, sort: string): readonly Node[] {
  return part.parts.flatMap(inner => (typeof inner === 'string' ? [] : inner.sort === sort ? [inner] : below(inner, sort)))
}
