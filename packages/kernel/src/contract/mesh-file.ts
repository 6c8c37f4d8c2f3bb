import type { Name } from '../model/index.ts'
import { asFields, asText, type Fields, type Placed } from './fields.ts'
import { asHyphenatedName, asName, distinct } from './named.ts'
import { quoted, type Report } from './report.ts'
import type { Tree } from './tree.ts'
import type { Variables } from './variables.ts'

/** What mesh.yaml says. */
export interface MeshFile {
  readonly name: string
  readonly title?: string
  readonly domains: ReadonlyMap<Name, Placed>
  readonly variables: Variables
}

/**
 * `mesh.yaml`, the only file in which `${…}` is nothing special:
 *
 * ```yaml
 * name: example                 # may hold hyphens; the audience of tokens is selvage:<name>
 * title: The example mesh       # optional
 * domains: [sales, health]      # every domain has domains/<domain>/domain.yaml
 * variables:                    # optional: what ${NAME} stands for in the other files, unless given from outside
 *   WORKFORCE_ISSUER: https://login.example.org
 * ```
 */
export function parseMeshFile(tree: Tree, report: Report): MeshFile | undefined {
  const fields = asFields(tree, 'mesh.yaml', ['name', 'title', 'domains', 'variables'], report)
  if (fields === undefined) return undefined
  const name = asHyphenatedName(fields.needText('name'), 'mesh', report)
  const title = fields.text('title')?.text
  const domains = parseDomains(fields)
  const variables = parseVariables(fields)
  if (name === undefined) return undefined
  return { name, domains, variables, ...(title === undefined ? {} : { title }) }
}

function parseDomains(fields: Fields): Map<Name, Placed> {
  if (!fields.has('domains')) fields.need('domains')
  const placed = distinct(
    fields.texts('domains'),
    item => item.text,
    item => fields.report('name.duplicate', item.place, `the domain ${quoted(item.text)} stands here twice`),
  )
  return new Map(
    placed.flatMap(item => {
      const name = asName(item, 'domain', fields.report)
      return name === undefined ? [] : [[name, item] as const]
    }),
  )
}

function parseVariables(fields: Fields): Variables {
  const out: Record<string, string> = Object.create(null)
  for (const [name, { keyPlace, value }] of fields.entries('variables')) {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name))
      fields.report('variable.malformed', keyPlace, `${quoted(name)} is no name for a variable`)
    const text = asText(value, name, fields.report)
    if (text !== undefined) out[name] = text.text
  }
  return out
}
