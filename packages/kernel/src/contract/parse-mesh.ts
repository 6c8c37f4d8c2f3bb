import { type Finding, isName, type Name } from '../model/index.ts'
import { accessPolicies } from './access.ts'
import { checkBaseline } from './baseline.ts'
import { parseBaselineFile } from './baseline-file.ts'
import { checkFileCharacters } from './characters.ts'
import { type ParsedProduct, parseContractFile } from './contract-file.ts'
import { parseDomainFile } from './domain-file.ts'
import { parseLinksFile } from './links-file.ts'
import type { Baseline, Domain, Mesh, PolicyText, Taxonomy } from './mesh.ts'
import { type MeshFile, parseMeshFile } from './mesh-file.ts'
import { Findings, quoted } from './report.ts'
import { parseTaxonomyFile } from './taxonomy-file.ts'
import type { Tree } from './tree.ts'
import { isTreePath, linksFile, type TreePath, treePath } from './tree-path.ts'
import { resolveVariables, type Variables } from './variables.ts'
import { parseYaml } from './yaml.ts'

/** Bounds of a tree, bytes of UTF-8 and files. */
export const treeBounds = { file: 1_048_576, tree: 16 * 1_048_576, files: 10_000 }

export interface TreeFile {
  readonly path: string
  readonly text: string
}

export interface ParseMeshOptions {
  /** What `${NAME}` stands for, over the defaults of mesh.yaml. */
  readonly variables?: Readonly<Record<string, string>>
  /**
   * If given, the only values that files of domains are read with: who signs a file signs its values too. A domain's
   * value never reaches a file of the centre, nor the other way round.
   */
  readonly domainVariables?: Readonly<Record<string, string>>
  /** Read this domain only, and ask for no file of another. */
  readonly domain?: string
}

export interface ParsedMesh {
  /** Absent if any finding is an error. */
  readonly mesh?: Mesh
  readonly findings: readonly Finding[]
}

/**
 * The meaning of a mesh tree (DESIGN section 4). attacker-controlled: sizes, depths and counts are bounded, nothing
 * is run. All problems of the tree are found at once, each with its place; policies are taken as text.
 */
export function parseMesh(files: readonly TreeFile[], options: ParseMeshOptions = {}): ParsedMesh {
  const findings = new Findings()
  const mesh = new MeshReading(files, options, findings).read()
  return mesh === undefined || findings.failed ? { findings: findings.list() } : { mesh, findings: findings.list() }
}

interface PlacedFile extends TreeFile {
  readonly at: TreePath
}

class MeshReading {
  readonly #files: readonly PlacedFile[]
  readonly #options: ParseMeshOptions
  readonly #findings: Findings
  readonly #claims = new Map<string, string>()
  #variables: Variables = {}

  constructor(files: readonly TreeFile[], options: ParseMeshOptions, findings: Findings) {
    this.#options = options
    this.#findings = findings
    this.#files = this.#admit(files)
  }

  read(): Mesh | undefined {
    const head = this.#readHead()
    const taxonomy = this.#readOne('taxonomy', 'guardrails/taxonomy.yaml', (tree, path) => parseTaxonomyFile(tree, this.#report(path)))
    const baseline = this.#readOne('baseline', 'guardrails/baseline.yaml', (tree, path) =>
      parseBaselineFile(tree, taxonomy, this.#report(path)),
    )
    const domains = this.#expectedDomains(head).flatMap(name => this.#readDomain(name, taxonomy, baseline) ?? [])
    if (head === undefined || taxonomy === undefined || baseline === undefined) return undefined
    return { name: head.name, taxonomy, baseline, guardrails: this.#policies({ kind: 'guardrail' }), domains }
  }

  #report(path: string): ReturnType<Findings['reportOn']> {
    return this.#findings.reportOn(path)
  }

  /** The files that are worth reading: within bounds, once each, of a known kind and not of a foreign domain. */
  #admit(files: readonly TreeFile[]): PlacedFile[] {
    const total = files.reduce((sum, file) => sum + file.text.length, 0)
    if (files.length > treeBounds.files || total > treeBounds.tree || utf8Length(files) > treeBounds.tree) {
      this.#report('')('tree.too_large', undefined, `the tree holds more than ${treeBounds.files} files or ${treeBounds.tree} bytes`)
      return []
    }
    const seen = new Set<string>()
    return files.filter(file => this.#isAdmitted(file, seen)).map(file => ({ ...file, at: treePath(file.path) }))
  }

  #isAdmitted(file: TreeFile, seen: Set<string>): boolean {
    const shown = isTreePath(file.path) ? file.path : quoted(file.path)
    const report = this.#report(shown)
    if (!isTreePath(file.path)) report('tree.path', undefined, 'this is no path inside a tree')
    else if (seen.has(file.path)) report('tree.duplicate_file', undefined, 'the tree holds this file twice')
    else if (this.#isForeign(treePath(file.path))) report('tree.foreign_domain', undefined, 'the file belongs to another domain')
    else if (treePath(file.path).kind === 'unknown') report('tree.unknown_file', undefined, 'nothing reads this file')
    else if (file.text.length > treeBounds.file || utf8Length([file]) > treeBounds.file)
      report('tree.too_large', undefined, `the file is longer than ${treeBounds.file} bytes`)
    else if (checkFileCharacters(file.text, report)) {
      seen.add(file.path)
      return true
    }
    seen.add(file.path)
    return false
  }

  #isForeign(at: TreePath): boolean {
    return this.#options.domain !== undefined && 'domain' in at && at.domain !== this.#options.domain
  }

  #readHead(): MeshFile | undefined {
    const file = this.#need('mesh', 'mesh.yaml')
    const report = this.#report('mesh.yaml')
    const tree = file && parseYaml(file.text, report)
    const head = tree && parseMeshFile(tree, report)
    this.#variables = { ...head?.variables, ...this.#options.variables }
    return head
  }

  #need(kind: TreePath['kind'], path: string): PlacedFile | undefined {
    const file = this.#files.find(candidate => candidate.at.kind === kind && candidate.path === path)
    if (file === undefined) this.#report(path)('tree.missing_file', undefined, 'the file is missing or cannot be read')
    return file
  }

  #readOne<T>(kind: TreePath['kind'], path: string, parse: (tree: Tree, path: string) => T | undefined): T | undefined {
    const file = this.#need(kind, path)
    const tree = file && this.#readTree(file)
    return tree && parse(tree, path)
  }

  #readTree(file: TreeFile): Tree | undefined {
    const report = this.#report(file.path)
    const tree = parseYaml(file.text, report)
    const own = file.path.startsWith('domains/') ? this.#options.domainVariables : undefined
    return tree && resolveVariables(tree, own ?? this.#variables, report)
  }

  /** The domains to read; folders of domains that mesh.yaml does not list are findings. */
  #expectedDomains(head: MeshFile | undefined): Name[] {
    const { domain } = this.#options
    const listed = [...(head?.domains.keys() ?? [])]
    const unlisted = new Set(
      this.#files.flatMap(({ at }) => ('domain' in at && !listed.some(name => name === at.domain) ? [at.domain] : [])),
    )
    if (head !== undefined) {
      for (const name of domain === undefined || listed.some(known => known === domain) ? unlisted : new Set([...unlisted, domain]))
        this.#report(`domains/${name}/domain.yaml`)('mesh.unknown_domain', undefined, `mesh.yaml lists no domain ${quoted(name)}`)
    }
    const extra = head === undefined ? [...unlisted].filter(isName) : []
    return [...listed, ...extra].filter(name => domain === undefined || name === domain)
  }

  #readDomain(name: Name, taxonomy: Taxonomy | undefined, baseline: Baseline | undefined): Domain | undefined {
    const file = this.#readOne('domain', `domains/${name}/domain.yaml`, (tree, path) =>
      parseDomainFile(tree, name, taxonomy, this.#report(path)),
    )
    const products = this.#readProducts(name, taxonomy)
    if (taxonomy !== undefined && baseline !== undefined && file !== undefined) {
      for (const product of products) checkBaseline(product, file.owner, baseline, taxonomy)
    }
    const opened = products.flatMap(({ product, access }) => accessPolicies(name, product.name, product.path, access) ?? [])
    const policies = [...this.#policies({ kind: 'policy', domain: name }), ...opened]
    return file && { ...file, policies, products: products.map(({ product }) => product) }
  }

  #readProducts(domain: Name, taxonomy: Taxonomy | undefined): ParsedProduct[] {
    return this.#files.flatMap(file => {
      const { at, path } = file
      if (at.kind !== 'contract' || at.domain !== domain) return []
      const report = this.#report(path)
      if (!isName(at.product)) {
        report('name.invalid', undefined, `${quoted(at.product)} is no name for a product`)
        return []
      }
      const tree = this.#readTree(file)
      const parsed = tree && parseContractFile(tree, { ...file, domain, product: at.product }, taxonomy, report)
      if (parsed !== undefined) this.#claim(parsed)
      return parsed ?? []
    })
  }

  /** Row types are named for domain and product: two contracts that claim the same name would share them. */
  #claim({ claims, product, report }: ParsedProduct): void {
    const first = this.#claims.get(claims.text)
    if (first === undefined) this.#claims.set(claims.text, product.path)
    else report('contract.collision', claims.place, `${quoted(claims.text)} is claimed by ${quoted(first)} too`)
  }

  /** In the order of their paths, whatever order the files came in. */
  #policies(wanted: TreePath): PolicyText[] {
    const domain = 'domain' in wanted ? wanted.domain : undefined
    return this.#files
      .filter(({ at }) => at.kind === wanted.kind && ('domain' in at ? at.domain : undefined) === domain)
      .map(file => this.#policyText(file))
      .sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  #policyText(file: TreeFile): PolicyText {
    const { path, text } = file
    if (!path.endsWith(`/${linksFile}`)) return { path, text }
    const tree = this.#readTree(file)
    return { path, text, links: tree === undefined ? [] : parseLinksFile(tree, this.#report(path)) }
  }
}

function utf8Length(files: readonly TreeFile[]): number {
  let bytes = 0
  for (const { text } of files) {
    bytes += text.length
    for (const [wide] of text.matchAll(/[^\p{ASCII}]+/gu)) {
      for (let index = 0; index < wide.length; index += 1) bytes += extraBytes(wide.charCodeAt(index))
    }
  }
  return bytes
}

/** Beyond one byte a UTF-16 unit: a surrogate pair is four bytes. */
const extraBytes = (unit: number): number => (unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2)
