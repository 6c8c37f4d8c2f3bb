import type { PolicyLink, PolicyText } from '@selvage/kernel/contract'
import { type Finding, toldFinding } from '@selvage/kernel/model'
import type { PolicyJson } from '@selvage/kernel/policy'

/** A policy with slots, which says nothing by itself. */
export interface Template {
  readonly policy: PolicyJson
  readonly slots: ReadonlySet<Slot>
}

const slots = ['?principal', '?resource'] as const
type Slot = (typeof slots)[number]

type Scope = { readonly slot?: string; readonly in?: { readonly slot?: string } }
const slotOf = (scope: Scope): string | undefined => scope.slot ?? scope.in?.slot

export function templateOf(policy: PolicyJson): Template {
  const { principal, resource } = policy.est as { readonly principal: Scope; readonly resource: Scope }
  const found = new Set([slotOf(principal), slotOf(resource)])
  return { policy, slots: new Set(slots.filter(slot => found.has(slot))) }
}

/** The rule that a link makes: the template's text under the link's id, its slots filled, in the link's file. */
export function linkTemplate(file: PolicyText, link: PolicyLink, template: Template | undefined): PolicyJson | Finding {
  const refuse = (what: string, help: string): Finding =>
    toldFinding({
      code: 'policy.link',
      severity: 'error',
      file: file.path,
      line: link.line,
      column: link.column,
      what: `\`${link.id.slice(0, 128)}\`: ${what}`,
      help,
    })
  if (template === undefined)
    return refuse(
      `no template has the id \`${link.template.slice(0, 128)}\``,
      'Name the @id of a template in a .cedar file of the same folder.',
    )
  for (const slot of slots) {
    const given = link[nameOf(slot)] !== undefined
    if (given && !template.slots.has(slot)) return refuse(`the template has no \`${slot}\``, `Leave out \`${nameOf(slot)}\`.`)
    if (!given && template.slots.has(slot)) return refuse(`\`${slot}\` stands for nothing`, `Write \`${nameOf(slot)}:\` with an entity.`)
  }
  const { policy } = template
  const annotations = { ...policy.annotations, id: link.id }
  const est = policy.est as { readonly principal: Scope; readonly resource: Scope }
  const filled = { ...est, principal: fill(est.principal, link), resource: fill(est.resource, link), annotations }
  return { id: link.id, path: file.path, line: link.line, column: link.column, effect: policy.effect, annotations, est: filled }
}

const nameOf = (slot: Slot): 'principal' | 'resource' => (slot === '?principal' ? 'principal' : 'resource')

/** `slot` becomes `entity`; all else stays. */
function fill(scope: Scope, link: PolicyLink): object {
  if (scope.in !== undefined) return { ...scope, in: fill(scope.in, link) }
  const { slot, ...rest } = scope
  return slot === undefined ? scope : { ...rest, entity: slot === '?principal' ? link.principal : link.resource }
}

/** Links reach the templates of their own folder alone: nobody's rules hang on another's text. */
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)
