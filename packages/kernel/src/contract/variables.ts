import { checkValueCharacters } from './characters.ts'
import { quoted, type Report } from './report.ts'
import type { ScalarTree, Tree } from './tree.ts'

export type Variables = Readonly<Record<string, string>>

const reference = /\$\$\{|\$\{([^}]*)\}?/g
const wellFormed = /^\$\{[A-Za-z_][A-Za-z0-9_]{0,62}\}$/

/**
 * Replaces `${NAME}` in the values of a tree; `$${` stands for `${`. A value that is put in is text and is not
 * looked at again, so it can neither name another variable nor add structure. Keys are left alone.
 */
export function resolveVariables(tree: Tree, variables: Variables, report: Report): Tree {
  switch (tree.kind) {
    case 'scalar':
      return typeof tree.value === 'string' && tree.value.includes('${') ? resolveScalar(tree, tree.value, variables, report) : tree
    case 'list':
      return { ...tree, items: tree.items.map(item => resolveVariables(item, variables, report)) }
    case 'map': {
      const entries = [...tree.entries].map(
        ([key, entry]) => [key, { ...entry, value: resolveVariables(entry.value, variables, report) }] as const,
      )
      return { ...tree, entries: new Map(entries) }
    }
  }
}

function resolveScalar(tree: ScalarTree, value: string, variables: Variables, report: Report): ScalarTree {
  const text = value.replace(reference, (whole, name: string | undefined) => {
    if (whole === '$${') return '${'
    if (name === undefined || !wellFormed.test(whole)) {
      report('variable.malformed', tree.place, `${quoted(whole)} names no variable`)
      return ''
    }
    if (Object.hasOwn(variables, name)) return variables[name]!
    report('variable.unresolved', tree.place, `the variable ${quoted(name)} has no value`)
    return ''
  })
  checkValueCharacters(text, tree.place, report)
  return { ...tree, value: text, text }
}

/** The text whose resolution is `text`. (As a function: `$$` in a replacement text would be one dollar sign.) */
export const escapeVariables = (text: string): string => text.replaceAll('${', () => '$${')
