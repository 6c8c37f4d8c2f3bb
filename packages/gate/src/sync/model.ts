import type { VerifiedBundle } from '@selvage/bundle'
import { type Domain, lockFile, type Mesh, parseLock, parseMesh, withinLock } from '@selvage/kernel/contract'
import { type Finding, SelvageError } from '@selvage/kernel/model'
import { type CompiledPolicies, compilePolicies, lintPolicies, schemaOf } from '@selvage/kernel/policy'
import type { Official } from '../official/index.ts'

/** Reads policies, in whatever process. */
type Reader = Pick<Official, 'readPolicies'>

export interface Model {
  readonly mesh: Mesh
  readonly trust: Domain
  readonly policies: CompiledPolicies
}

/**
 * Both bundles, parsed, checked as `selvage check` checks them, and compiled. Throws `policy.invalid`
 * with the findings as cause: a signature says who wrote a rule, not that it may stand where it stands.
 */
export async function buildModel(official: Reader, centre: VerifiedBundle, domain: VerifiedBundle): Promise<Model> {
  refuseForeignFiles(centre, domain)
  const lockPath = `domains/${domain.domain}/${lockFile}`
  const lock = domain.files.find(file => file.path === lockPath)
  const files = [...centre.files, ...domain.files.filter(file => file.path !== lockPath)]
  const { mesh: told, findings } = parseMesh(files, {
    variables: centre.variables,
    domainVariables: domain.variables,
    domain: domain.domain!,
  })
  const mesh =
    told === undefined ? undefined : { ...told, taxonomy: withinLock(told.taxonomy, lock === undefined ? undefined : parseLock(lock.text)) }
  const errors = findings.filter(isError)
  const trust = mesh?.domains.find(candidate => candidate.name === domain.domain)
  if (errors.length > 0 || mesh === undefined || trust === undefined) throw invalid(errors)
  return { mesh, trust, policies: await compile(official, mesh, trust) }
}

async function compile(official: Reader, mesh: Mesh, trust: Domain): Promise<CompiledPolicies> {
  const { policies, findings, unsound } = await official.readPolicies([...mesh.guardrails, ...trust.policies], schemaOf(mesh))
  const errors = [...findings, ...lintPolicies(mesh, policies), ...unsound].filter(isError)
  if (errors.length > 0) throw invalid(errors)
  return compilePolicies(mesh, policies)
}

/** The centre's bundle says nothing inside a domain, a domain's nothing outside itself. */
function refuseForeignFiles(centre: VerifiedBundle, domain: VerifiedBundle): void {
  const fence = `domains/${domain.domain}/`
  const strays = [
    ...centre.files.filter(file => file.path.startsWith('domains/')),
    ...domain.files.filter(file => !file.path.startsWith(fence)),
  ]
  const borrowed = domain.files
    .flatMap(file => [...file.text.matchAll(/\$\{([A-Za-z0-9_]+)\}/g)].map(match => match[1]!))
    .filter(name => !Object.hasOwn(domain.variables, name))
  if (strays.length > 0 || borrowed.length > 0)
    throw new SelvageError('policy.invalid', {
      detail: 'A bundle speaks of what is not its own.',
      cause: { strays: strays.map(file => file.path), borrowed },
    })
}

const isError = (finding: Finding): boolean => finding.severity === 'error'

const invalid = (findings: readonly Finding[]): SelvageError =>
  new SelvageError('policy.invalid', { cause: new Error(JSON.stringify(findings.slice(0, 20))) })
