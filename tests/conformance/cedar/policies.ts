import type { PolicySetJson } from '@selvage/kernel/cedar'
import { type Coverage, Expressions } from './expression.ts'
import type { Random, Uid } from './types.ts'
import { generateUid, type Universe } from './universe.ts'

const principals = ['App::User', 'App::Team']
const resources = ['App::Doc', 'App::Folder']
const action = (id: string): Uid => ({ type: 'App::Action', id })

/** One to `most` policies, templates and their links among them. */
export function generatePolicySet(random: Random, universe: Universe, coverage: Coverage, most: number): PolicySetJson {
  const count = 1 + random.below(most)
  const staticPolicies: Record<string, unknown> = {}
  const templates: Record<string, unknown> = {}
  const templateLinks: { templateId: string; newId: string; values: Record<string, Uid> }[] = []
  const seen = (form: string): void => void coverage.set(form, (coverage.get(form) ?? 0) + 1)
  for (let at = 0; at < count; at++) {
    const principalType = random.pick(principals)
    const resourceType = random.pick(resources)
    const slots = random.chance(0.15) ? random.pick([['?principal'], ['?resource'], ['?principal', '?resource']]) : []
    const est = {
      effect: random.chance(0.35) ? 'forbid' : 'permit',
      principal: scope(random, universe, principalType, slots.includes('?principal') ? '?principal' : undefined, seen),
      action: actionScope(random, seen),
      resource: scope(random, universe, resourceType, slots.includes('?resource') ? '?resource' : undefined, seen),
      conditions: Array.from({ length: random.below(3) }, () => ({
        kind: random.chance(0.7) ? 'when' : 'unless',
        body: new Expressions(random, universe, coverage, principalType, resourceType).condition(
          random.chance(0.4) ? 1 : 1 + random.below(4),
        ),
      })),
      annotations: { id: `p${at}` },
    }
    if (slots.length === 0) staticPolicies[`p${at}`] = est
    else {
      seen('template')
      templates[`t${at}`] = est
      for (let link = random.below(3); link > 0; link--)
        templateLinks.push({
          templateId: `t${at}`,
          newId: `t${at}l${link}`,
          values: Object.fromEntries(slots.map(slot => [slot, generateUid(random, slot === '?principal' ? principalType : resourceType)])),
        })
    }
  }
  return { staticPolicies, templates, templateLinks } as PolicySetJson
}

function scope(random: Random, universe: Universe, type: string, slot: string | undefined, seen: (form: string) => void): object {
  const place =
    slot === undefined ? { entity: generateUid(random, random.pick([type, ...(universe.types.get(type)?.parents ?? [])])) } : { slot }
  const forms = slot === undefined ? (['All', '==', 'in', 'is', 'is in'] as const) : (['==', 'in', 'is in'] as const)
  const form = random.pick(forms)
  seen(`scope ${form}`)
  if (form === 'All') return { op: 'All' }
  if (form === 'is') return { op: 'is', entity_type: type }
  if (form === 'is in') return { op: 'is', entity_type: type, in: place }
  return { op: form, ...(form === '==' && slot === undefined ? { entity: generateUid(random, type) } : place) }
}

function actionScope(random: Random, seen: (form: string) => void): object {
  const form = random.pick(['All', '==', 'in', 'in list'])
  seen(`action ${form}`)
  if (form === 'All') return { op: 'All' }
  if (form === '==') return { op: '==', entity: action(random.pick(['view', 'edit', 'share'])) }
  if (form === 'in') return { op: 'in', entity: action(random.pick(['view', 'readers', 'writers', 'all'])) }
  return { op: 'in', entities: random.some(['view', 'edit', 'readers', 'writers'], 1 + random.below(3)).map(action) }
}
