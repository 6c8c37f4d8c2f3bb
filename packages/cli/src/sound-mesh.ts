import type { Mesh } from '@selvage/kernel/contract'
import { deviceManagementKey } from './device-management.ts'
import { CommandError } from './exit.ts'
import { formatFinding } from './finding.ts'
import { checkTree, type TreeFile } from './tree.ts'

const shownFindings = 50

/**
 * The mesh that a tree stands for, where it passes the checks; else a refusal that lists what does not.
 * @param outcome what does not happen then, such as `nothing is started`
 */
export function soundMesh(
  { dir, tree, variables }: { dir: string; tree: readonly TreeFile[]; variables: Readonly<Record<string, string>> },
  outcome: string,
): Mesh {
  const { mesh, findings } = checkTree(tree, variables)
  const errors = findings.filter(finding => finding.severity === 'error')
  if (mesh !== undefined && errors.length === 0) return mesh
  const list = errors.slice(0, shownFindings).map(finding => `\n${formatFinding(finding)}`)
  const more = errors.length - list.length
  throw new CommandError('refused', `the mesh’s texts do not pass the checks, so ${outcome}:${list.join('')}`, {
    help: `${more > 0 ? `${more} more: ` : ''}\`selvage check ${dir}\` shows all.`,
    json: { error: 'the mesh’s texts do not pass the checks', findings: errors },
  })
}

/** What the texts of a running mesh name: `WORKFORCE_ISSUER` for the issuer `workforce`, `DEVICES_KEY` for the demo's device management. */
export function meshVariables(issuers: Readonly<Record<string, string>>, state: string): Record<string, string> {
  const named = Object.entries(issuers).map(([alias, url]) => [`${alias.toUpperCase()}_ISSUER`, url] as const)
  return { ...Object.fromEntries(named), DEVICES_KEY: deviceManagementKey(state) }
}
