import type { PolicySetJson, Uid } from '@selvage/kernel/cedar'
import { Random } from '../conformance/cedar/types.ts'

/**
 * A mix of policies as many organisations have: 10 % forbids by action or domain with conditions over the context, 60 %
 * permits by role, 30 % permits by attribute; over 20 roles, 30 users, 10 domains and 40 tables.
 */
export interface Workload {
  readonly policies: PolicySetJson
  readonly entities: readonly object[]
  readonly requests: readonly {
    readonly principal: Uid
    readonly action: Uid
    readonly resource: Uid
    readonly context: Record<string, unknown>
  }[]
}

const counts = { role: 20, domain: 10, table: 40, user: 30, action: 16, purpose: 10, country: 20, dept: 8 }

export function decideWorkload(size: number, seed: number): Workload {
  const random = new Random(seed)
  const one = (kind: keyof typeof counts): string => `${kind}${random.below(counts[kind])}`
  const within = (op: '==' | 'in', type: string, id: string | undefined): object =>
    id === undefined ? { op: 'All' } : { op, entity: { type, id } }
  const path = (of: string, attr: string): object => ({ '.': { left: { Var: of }, attr } })
  const test = (op: string, left: object, right: object): object => ({ [op]: { left, right } })
  const value = (literal: unknown): object => ({ Value: literal })
  const when = (...parts: object[]): object[] =>
    parts.length === 0 ? [] : [{ kind: 'when', body: parts.reduce((left, right) => ({ '&&': { left, right } })) }]
  const policy = (effect: string, role: string | undefined, action: string | undefined, place: object, conditions: object[]): object => ({
    effect,
    principal: within('in', 'Role', role),
    action: within('==', 'Action', action),
    resource: place,
    conditions,
  })
  const all = { op: 'All' }
  const table = (): object => within('==', 'Table', one('table'))
  const domain = (): object => within('in', 'Domain', one('domain'))
  const purpose = (): object => test('==', path('context', 'purpose'), value(one('purpose')))
  const country = (): object => test('==', path('context', 'country'), value(one('country')))
  const kinds = {
    forbid: [
      () =>
        policy(
          'forbid',
          undefined,
          one('action'),
          all,
          when(purpose(), country(), test('>=', path('resource', 'sensitivity'), value(2 + random.below(3)))),
        ),
      () => policy('forbid', undefined, undefined, domain(), when(test('==', path('context', 'mfa'), value(false)), country(), purpose())),
    ],
    role: [
      () => policy('permit', one('role'), one('action'), table(), []),
      () => policy('permit', one('role'), one('action'), table(), []),
      () => policy('permit', one('role'), one('action'), domain(), []),
    ],
    attribute: [
      () =>
        policy(
          'permit',
          undefined,
          one('action'),
          domain(),
          when(
            test('>=', path('principal', 'clearance'), path('resource', 'sensitivity')),
            test('==', path('principal', 'dept'), path('resource', 'dept')),
            purpose(),
          ),
        ),
      () =>
        policy(
          'permit',
          undefined,
          one('action'),
          domain(),
          when(
            test('==', path('principal', 'country'), path('context', 'country')),
            test('==', path('context', 'mfa'), value(true)),
            test('<', path('resource', 'sensitivity'), value(1 + random.below(4))),
          ),
        ),
    ],
  }
  const staticPolicies = Object.fromEntries(
    Array.from({ length: size }, (_, at) => {
      const kind = at % 10 === 0 ? kinds.forbid : at % 10 < 7 ? kinds.role : kinds.attribute
      return [`policy${at}`, random.pick(kind)()]
    }),
  )
  const entity = (type: string, id: string, attrs: object = {}, parents: Uid[] = []): object => ({ uid: { type, id }, attrs, parents })
  const numbered = (kind: 'role' | 'domain' | 'table' | 'user'): string[] => Array.from({ length: counts[kind] }, (_, at) => `${kind}${at}`)
  const entities = [
    ...numbered('role').map(id => entity('Role', id)),
    ...numbered('domain').map(id => entity('Domain', id)),
    ...numbered('user').map(id =>
      entity(
        'User',
        id,
        { clearance: random.below(5), dept: one('dept'), country: one('country') },
        random.some(numbered('role'), 1 + random.below(3)).map(role => ({ type: 'Role', id: role })),
      ),
    ),
    ...numbered('table').map((id, at) =>
      entity('Table', id, { sensitivity: random.below(5), dept: one('dept') }, [{ type: 'Domain', id: `domain${at % counts.domain}` }]),
    ),
  ]
  const requests = Array.from({ length: 1_000 }, () => ({
    principal: { type: 'User', id: one('user') },
    action: { type: 'Action', id: one('action') },
    resource: { type: 'Table', id: one('table') },
    context: { purpose: one('purpose'), country: one('country'), mfa: random.chance(0.7) },
  }))
  return { policies: { staticPolicies } as PolicySetJson, entities, requests }
}
