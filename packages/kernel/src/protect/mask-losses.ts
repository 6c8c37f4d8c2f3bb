import type { Mesh } from '../contract/index.ts'
import type { Finding } from '../model/index.ts'
import { maskReach, type PolicyJson, policyFinding } from '../policy/index.ts'
import { effectiveTransform } from './mask-sql.ts'

/** Notes on masks that some of their columns cannot take: those are NULL there. */
export function maskLosses(mesh: Mesh, policies: readonly PolicyJson[]): Finding[] {
  return maskReach(mesh, policies).flatMap(({ policy, mask, columns }) => {
    if (mask === 'null') return []
    const lost = columns.filter(({ column: { type, semanticType } }) => {
      const semantic = semanticType === undefined ? undefined : mesh.taxonomy.semanticTypes.get(semanticType)
      const masked = { sql: '', type, token: '', ...(semantic === undefined ? {} : { semantic }) }
      return effectiveTransform(mask, masked) === 'null'
    })
    if (lost.length === 0) return []
    const names = lost.map(({ table, column }) => `${table.id}.${column.name} (${column.type})`)
    return [
      policyFinding(policy, {
        code: 'policy.mask_null',
        severity: 'note',
        what: `\`${mask}\` cannot be made of ${names.length === 1 ? 'a column, which is' : `${names.length} columns, which are`} NULL there: ${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''}`,
        help: 'A mask keeps the type; tokens are text, and partial and generalize need a semantic type that declares them.',
      }),
    ]
  })
}
