import { join } from 'node:path'
import {
  type Bundle,
  contentDigest,
  following,
  formatPublicKey,
  maxBundleLength,
  openBundle,
  parsePublicKey,
  readKept,
  replaceFile,
  signBundle,
  signingKeyFile,
} from '@selvage/bundle'
import { formatLock, lockFile, type Mesh } from '@selvage/kernel/contract'
import type { TreeFile } from '../tree.ts'

const validDays = 90
const renewDays = 30
const day = 86_400_000

/** Keys of the people who sign: on a real mesh they lie with them, never on a server. */
export const signerPath = (state: string, who: string): string => join(state, 'signers', `${who}.pem`)
export const signerPublicKey = (state: string, who: string): string => formatPublicKey(signingKeyFile(signerPath(state, who)))

/**
 * The files of one signer: the centre's are all but the domains'; a domain's are its own folder, and the lock that says
 * which of the centre's words it was checked against.
 */
export function filesOf(tree: readonly TreeFile[], who: string, mesh: Mesh): readonly TreeFile[] {
  const texts = tree.filter(file => /\.(ya?ml|cedar|sql)$/.test(file.path))
  if (who === 'centre') return texts.filter(file => !file.path.startsWith('domains/'))
  const own = texts.filter(file => file.path.startsWith(`domains/${who}/`))
  return [...own, { path: `domains/${who}/${lockFile}`, text: formatLock(mesh.taxonomy) }]
}

/** The envelope for what the tree says now: the one signed before if nothing changed, else the next version. */
export function signedBundle(options: {
  state: string
  mesh: string
  who: string
  files: readonly TreeFile[]
  variables: Readonly<Record<string, string>>
  now: number
}): string {
  const { state, mesh, who, files, now } = options
  const privateKey = signingKeyFile(signerPath(state, who))
  const kept = join(state, 'signed', `${who}.bundle.json`)
  const text = readKept(kept, maxBundleLength * 2)
  const before = text === undefined ? undefined : openBundle(text, parsePublicKey(formatPublicKey(privateKey)))
  const content = { files, variables: used(files, options.variables) }
  if (
    text !== undefined &&
    before !== undefined &&
    contentDigest(before) === contentDigest(content) &&
    Date.parse(before.expires) > now + renewDays * day
  )
    return text
  const lineage = before === undefined ? {} : following(before)
  const base = {
    mesh,
    version: (before?.version ?? 0) + 1,
    ...lineage,
    issued: instant(now),
    expires: instant(now + validDays * day),
    ...content,
  }
  const bundle: Bundle = who === 'centre' ? { kind: 'centre', ...base } : { kind: 'domain', domain: who, ...base }
  const envelope = signBundle(bundle, { id: who, privateKey })
  replaceFile(kept, envelope)
  return envelope
}

const instant = (ms: number): string => new Date(ms).toISOString()

/** Only the variables that the files name: what is signed is what is used. */
function used(files: readonly TreeFile[], variables: Readonly<Record<string, string>>): Record<string, string> {
  const names = new Set(files.flatMap(file => [...file.text.matchAll(/\$\{([A-Za-z0-9_]+)\}/g)].map(match => match[1]!)))
  return Object.fromEntries(Object.entries(variables).filter(([name]) => names.has(name)))
}
