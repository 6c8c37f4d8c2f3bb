import { asFields, type Placed } from './fields.ts'
import { quoted, type Report } from './report.ts'
import type { Tree } from './tree.ts'

/** An entity as Cedar writes it, such as `Mesh::Role::"partner"`. */
export interface LinkedEntity {
  readonly type: string
  readonly id: string
}

/** A template of the same folder with its slots filled: a rule of its own. */
export interface PolicyLink {
  readonly id: string
  readonly template: string
  readonly principal?: LinkedEntity
  readonly resource?: LinkedEntity
  /** 1-based, of its id. */
  readonly line: number
  readonly column: number
}

/**
 * `policies/links.yaml` of a domain, or `guardrails/links.yaml`:
 *
 * ```yaml
 * links:
 *   - id: sales/acme
 *     template: sales/partner                           # @id of a template in a .cedar file beside this one
 *     principal: Mesh::Role::"acme"                     # what `?principal` stands for, where the template has it
 *     resource: Mesh::Table::"sales.crm.customer"       # what `?resource` stands for
 * ```
 */
export function parseLinksFile(tree: Tree, report: Report): readonly PolicyLink[] {
  const fields = asFields(tree, 'links.yaml', ['links'], report)
  fields?.need('links')
  return (fields?.list('links') ?? []).flatMap(item => {
    const entry = asFields(item, 'link', ['id', 'template', 'principal', 'resource'], report)
    const id = entry?.needText('id')
    const template = entry?.needText('template')
    if (entry === undefined || id === undefined || template === undefined) return []
    const principal = parseEntity(entry.text('principal'), report)
    const resource = parseEntity(entry.text('resource'), report)
    return {
      id: id.text,
      template: template.text,
      ...id.place,
      ...(principal === undefined ? {} : { principal }),
      ...(resource === undefined ? {} : { resource }),
    }
  })
}

/** No escapes: ids in a mesh need none. */
const entityPattern = /^((?:[A-Za-z_][A-Za-z0-9_]*::)+[A-Za-z_][A-Za-z0-9_]*)::"([^"\\\p{C}]{1,500})"$/u

function parseEntity(text: Placed | undefined, report: Report): LinkedEntity | undefined {
  if (text === undefined) return undefined
  const [, type, id] = entityPattern.exec(text.text) ?? []
  if (type !== undefined && id !== undefined) return { type, id }
  report('link.entity', text.place, `${quoted(text.text)} is no entity`)
  return undefined
}
