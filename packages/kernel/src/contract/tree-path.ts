/** What a file of the tree is, by its path. */
export type TreePath =
  | { readonly kind: 'mesh' | 'taxonomy' | 'baseline' | 'guardrail' | 'guardrail-test' | 'unknown' }
  | { readonly kind: 'domain' | 'policy' | 'policy-test'; readonly domain: string }
  | { readonly kind: 'directory'; readonly domain?: string }
  | { readonly kind: 'contract' | 'sql'; readonly domain: string; readonly product: string }

const fixed: Readonly<Record<string, TreePath>> = {
  'mesh.yaml': { kind: 'mesh' },
  'directory.yaml': { kind: 'directory' },
  'guardrails/taxonomy.yaml': { kind: 'taxonomy' },
  'guardrails/baseline.yaml': { kind: 'baseline' },
}

export function treePath(path: string): TreePath {
  if (Object.hasOwn(fixed, path)) return fixed[path]!
  const [top, domain = '', folder, product = '', file = '', more] = path.split('/')
  if (top === 'guardrails' && folder === undefined && isPolicies(domain)) return { kind: 'guardrail' }
  if (top === 'guardrails' && folder === undefined && isTest(domain)) return { kind: 'guardrail-test' }
  if (top !== 'domains' || folder === undefined || more !== undefined) return { kind: 'unknown' }
  if (folder === 'domain.yaml' && product === '') return { kind: 'domain', domain }
  if (folder === 'directory.yaml' && product === '') return { kind: 'directory', domain }
  if (folder === 'policies' && file === '') return isPolicies(product) ? { kind: 'policy', domain } : policyTest(product, domain)
  if (folder !== 'products') return { kind: 'unknown' }
  if (file === 'contract.odcs.yaml') return { kind: 'contract', domain, product }
  return /.\.sql$/.test(file) ? { kind: 'sql', domain, product } : { kind: 'unknown' }
}

/** Who is there, as far as somebody wrote it down. */
export const isDirectory = (path: string): boolean => treePath(path).kind === 'directory'

/** Of templates' links there is one file in a folder. */
export const linksFile = 'links.yaml'
const isPolicies = (name: string): boolean => /.\.cedar$/.test(name) || name === linksFile
const isTest = (name: string): boolean => /.\.test\.yaml$/.test(name)
const policyTest = (name: string, domain: string): TreePath => (isTest(name) ? { kind: 'policy-test', domain } : { kind: 'unknown' })

/** Relative, of plain parts: no way out of the tree, nothing that a file system reads otherwise. */
export const isTreePath = (path: string): boolean =>
  path.length <= 500 && path.split('/').every(part => /^[^\\:*?"<>|\p{C}]+$/u.test(part) && !/^\.+$/.test(part))
