import { createHash, type KeyObject } from 'node:crypto'
import { canonicalJson, isName, SelvageError } from '@selvage/kernel/model'
import { openEnvelope, signEnvelope } from './envelope.ts'
import { invalid, isDigest, isInstant, isVersion, parseObject } from './parse.ts'
import { maxLineage } from './succession.ts'

const bundleType = 'application/vnd.selvage.bundle+json'

/** Upper bound of an envelope's text, characters. */
export const maxBundleLength = 16 * 1024 * 1024

export interface BundleFile {
  readonly path: string
  readonly text: string
}

/**
 * A signed set of rules and facts: the centre's (guardrails, baseline, taxonomy) or a domain's
 * (policies, facts, contracts). Its content is the mesh's own texts, so that what was reviewed is what
 * is signed. It is addressed by the SHA-256 of its canonical bytes.
 */
export interface Bundle {
  readonly kind: 'centre' | 'domain'
  readonly mesh: string
  /** Present for kind `domain`. */
  readonly domain?: string
  /** Grows by one with each signing; a gate takes no lower one than it has seen. */
  readonly version: number
  /** Hex digest of the bundle that the same signer signed before it; absent in the first. */
  readonly parent?: string
  /** Those before the parent, the newest first: a gate that was away finds the one that it holds among them. */
  readonly ancestors?: readonly string[]
  /** ISO 8601, UTC. */
  readonly issued: string
  readonly expires: string
  /** Values of `${VAR}` in the files: the signer's own, so that nobody else changes what was signed. */
  readonly variables: Readonly<Record<string, string>>
  readonly files: readonly BundleFile[]
}

/** A bundle whose signature was verified under the pinned key. Only `openBundle` makes one. */
export interface VerifiedBundle extends Bundle {
  /** Hex SHA-256 of the canonical bytes. */
  readonly digest: string
  readonly '~verified': true
}

export interface SigningKey {
  readonly id: string
  readonly privateKey: KeyObject
}

export function signBundle(bundle: Bundle, key: SigningKey): string {
  const { files, ancestors, ...rest } = bundle
  const lineage = ancestors === undefined ? {} : { ancestors: [...ancestors] }
  return signEnvelope(bundleType, canonicalJson({ ...rest, ...lineage, files: files.map(file => ({ ...file })) }), key)
}

/** Verifies, then parses. Whether it is current (version, expiry, freshness) is the caller's question. */
export function openBundle(envelope: string, publicKey: KeyObject): VerifiedBundle {
  const text = openEnvelope(envelope, bundleType, publicKey, maxBundleLength)
  const digest = createHash('sha256').update(text).digest('hex')
  return { ...parseBundle(text), digest, '~verified': true }
}

/** The digest of what a bundle says, apart from when and in which version it was signed. */
export function contentDigest(bundle: Pick<Bundle, 'variables' | 'files'>): string {
  const content = canonicalJson({ variables: bundle.variables, files: bundle.files.map(file => ({ ...file })) })
  return createHash('sha256').update(content).digest('hex')
}

function parseBundle(text: string): Bundle {
  const { kind, mesh, domain, version, parent, ancestors, issued, expires, variables, files } = parseObject(text)
  if (typeof mesh !== 'string' || mesh === '') return invalid('mesh')
  if (!isVersion(version)) return invalid('version')
  const lineage = parseLineage(parent, ancestors)
  if (!isInstant(issued) || !isInstant(expires)) return invalid('issued or expires')
  if (!isVariables(variables)) return invalid('variables')
  if (!Array.isArray(files) || !files.every(isFile)) return invalid('files')
  const rest = { mesh, version, ...lineage, issued, expires, variables, files }
  if (kind === 'centre' && domain === undefined) return { kind, ...rest }
  if (kind === 'domain' && typeof domain === 'string' && isName(domain)) return { kind, domain, ...rest }
  throw new SelvageError('policy.invalid', { cause: 'bundle: kind or domain' })
}

function parseLineage(parent: unknown, ancestors: unknown): Pick<Bundle, 'parent' | 'ancestors'> {
  if (parent === undefined && ancestors === undefined) return {}
  if (!isDigest(parent)) return invalid('parent')
  if (ancestors === undefined) return { parent }
  if (!Array.isArray(ancestors) || ancestors.length >= maxLineage || !ancestors.every(isDigest)) return invalid('ancestors')
  return { parent, ancestors }
}

/** No name is like an index: such keys have no order of their own in an object, so no canonical form. */
const isVariables = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(([name, item]) => /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name) && typeof item === 'string')

function isFile(value: unknown): value is BundleFile {
  const { path, text } = (value ?? {}) as Record<string, unknown>
  return typeof path === 'string' && /^[A-Za-z0-9._/-]{1,200}$/.test(path) && !path.includes('..') && typeof text === 'string'
}
