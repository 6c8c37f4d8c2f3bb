import { type Directory, formatLock, lockFile, type Mesh, parseDirectory } from '@selvage/kernel/contract'
import { type CompiledPolicies, compilePolicies } from '@selvage/kernel/policy'
import { contentOf } from '../apply/signed-bundles.ts'
import { CommandError } from '../exit.ts'
import { formatFinding } from '../finding.ts'
import type { DevState } from '../state.ts'
import { checkTree, readTree, type TreeFile } from '../tree.ts'
import { nameOf } from './asked.ts'
import { directoryDigest } from './directory-digest.ts'
import { type Digests, readInForce, type Texts } from './in-force-texts.ts'
import { type Change, planChanges } from './plan.ts'
import type { Plan } from './plan-file.ts'
import { RulesOf } from './rules-of.ts'
import { unsaidOf } from './unsaid.ts'

export interface PlanOptions {
  readonly dir: string
  /** The texts to compare with; absent: what is in force. */
  readonly against?: string | undefined
  /** Where what was signed is kept. */
  readonly state: string
  /** The folder of the signers' keys, which what is kept is verified with. */
  readonly keys: string
  /** The mesh that runs, if one does: it says what is in force. */
  readonly running?: DevState | undefined
  /** What the texts' variables stand for in the running mesh; absent: as they were signed. */
  readonly variables?: Readonly<Record<string, string>> | undefined
}

export interface Planned extends Plan {
  /** Of the directory: of nobody else is anything said. */
  readonly logins: number
  readonly changes: readonly SignedChange[]
  /** What nothing is said of, for people. */
  readonly unsaid: readonly string[]
}

/** A change, and those of the signers from whose bundles it comes: what one sees of a table hangs on the centre's and on its domain's. */
export interface SignedChange extends Change {
  readonly signers: readonly string[]
}

interface Meaning {
  readonly mesh: Mesh
  readonly compiled: CompiledPolicies
  readonly directory: Directory
}

/** What a tree would change of what is in force, or of what another tree says. */
export async function makePlan({ dir, against, state, keys, running, variables }: PlanOptions): Promise<Planned> {
  const files = readTree(dir)
  const signed = against === undefined ? await readInForce({ state, keys, running }, domainsOf(files)) : undefined
  const known = variables ?? signed?.texts.variables ?? {}
  const after = meaningOf({ files, variables: known, where: dir })
  const texts = against === undefined ? signed?.texts : { files: readTree(against), variables: known, where: against }
  const before = texts === undefined ? undefined : meaningOf(texts)
  if (signed !== undefined) refuseOldLocks(signed.texts, before!.mesh)
  const was = signed?.digests ?? (before === undefined ? new Map<string, string>() : digestsOf(texts!, before.mesh))
  const handedOut = signed?.handedOut === undefined ? {} : { handedOut: signed.handedOut }
  const signers = [...digestsOf({ files, variables: known, where: dir }, after.mesh)].flatMap(([who, digest]) =>
    was.get(who) === digest ? [] : [{ who, before: was.get(who) ?? null, after: digest, ...(who === 'centre' ? handedOut : {}) }],
  )
  const logins = after.directory.entries.length
  const changes = planChanges(before?.compiled, after.compiled, after.directory).map(change => ({
    ...change,
    signers: signers.flatMap(({ who }) => (who === 'centre' || nameOf(change.asset).startsWith(`${who}.`) ? [who] : [])),
  }))
  const unsaid = unsaidOf(
    new RulesOf(before?.compiled, after.compiled),
    signers.map(({ who }) => who),
  )
  return { mesh: after.mesh.name, directory: directoryDigest(files), signers, logins, changes, unsaid }
}

function meaningOf({ files, variables, where }: Texts): Meaning {
  const { mesh, policies, findings } = checkTree(files, variables)
  const read = mesh === undefined ? undefined : parseDirectory(files, mesh)
  const errors = [...findings, ...(read?.findings ?? [])].filter(({ severity }) => severity === 'error')
  if (mesh !== undefined && policies !== undefined && read !== undefined && errors.length === 0)
    return { mesh, compiled: compilePolicies(mesh, policies), directory: read.directory }
  const list = errors.slice(0, 20).map(one => `\n${formatFinding(one)}`)
  throw new CommandError('refused', `the texts of ${where} do not pass the checks:${list.join('')}`, { help: '`selvage check` shows all.' })
}

const digestsOf = ({ files, variables }: Texts, mesh: Mesh): Digests =>
  new Map(['centre', ...mesh.domains.map(({ name }) => name)].map(who => [who, contentOf(files, who, mesh, variables).digest]))

const domainsOf = (files: readonly TreeFile[]): readonly string[] => [
  ...new Set(files.flatMap(({ path }) => /^domains\/([a-z0-9_]+)\/domain\.yaml$/.exec(path)?.[1] ?? [])),
]

/** A gate takes the centre's words as its domain signed them; here they are taken as the centre says them now. */
function refuseOldLocks({ files }: Texts, mesh: Mesh): void {
  const lock = formatLock(mesh.taxonomy)
  const old = files.find(({ path, text }) => path.endsWith(`/${lockFile}`) && text !== lock)
  if (old === undefined) return
  throw new CommandError('refused', `${old.path} is of older words of the centre than those that are signed`, {
    help: 'Apply that domain’s texts as they are first, or compare trees: `selvage plan --against DIR`.',
  })
}
