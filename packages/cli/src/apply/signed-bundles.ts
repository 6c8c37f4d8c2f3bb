import type { KeyObject } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Bundle,
  contentDigest,
  following,
  formatPublicKey,
  lineageOf,
  maxBundleLength,
  openBundle,
  parsePublicKey,
  readKept,
  replaceFile,
  signBundle,
  type VerifiedBundle,
} from '@selvage/bundle'
import { formatLock, isDirectory, lockFile, type Mesh } from '@selvage/kernel/contract'
import { CommandError } from '../exit.ts'
import type { TreeFile } from '../tree.ts'

const validDays = 90
const renewDays = 30
const day = 86_400_000
/** Versions of each signer that are kept to go back to. */
const keptVersions = 64
/** Versions that others may have signed meanwhile. No bundle follows one of the highest version that there is, so nobody may lead us there. */
const mostAhead = 1_000_000

/** What one signer signs. */
export type Content = Pick<Bundle, 'files' | 'variables'>

/** What a gate or control holds of a signer; `ancestors` where they are known. */
export type Held = Pick<VerifiedBundle, 'version' | 'digest'> & Partial<Pick<Bundle, 'parent' | 'ancestors'>>

/**
 * The files of one signer: the centre's are all but the domains'; a domain's are its own folder, and the lock that says
 * which of the centre's words it was checked against.
 */
export function contentOf(
  tree: readonly TreeFile[],
  who: string,
  mesh: Mesh,
  variables: Readonly<Record<string, string>>,
): Content & { readonly digest: string } {
  const files = filesOf(tree, who, mesh)
  const content = { files, variables: used(files, variables) }
  return { ...content, digest: contentDigest(content) }
}

/** Directories are nobody's: they inform, and no gate decides by them. */
function filesOf(tree: readonly TreeFile[], who: string, mesh: Mesh): readonly TreeFile[] {
  const texts = tree.filter(file => /\.(ya?ml|cedar|sql)$/.test(file.path) && !isDirectory(file.path))
  if (who === 'centre') return texts.filter(file => !file.path.startsWith('domains/'))
  const own = texts.filter(file => file.path.startsWith(`domains/${who}/`))
  return [...own, { path: `domains/${who}/${lockFile}`, text: formatLock(mesh.taxonomy) }]
}

/** Only the variables that the files name: what is signed is what is used. */
function used(files: readonly TreeFile[], variables: Readonly<Record<string, string>>): Record<string, string> {
  const names = new Set(files.flatMap(file => [...file.text.matchAll(/\$\{([A-Za-z0-9_]+)\}/g)].map(match => match[1]!)))
  return Object.fromEntries(Object.entries(variables).filter(([name]) => names.has(name)))
}

/** What one signer signed on this machine, the newest apart: verified under the signer's own key when it is read. */
export class SignedBundles {
  readonly #newest: string
  readonly #past: string
  readonly #who: string
  readonly #privateKey: KeyObject

  constructor(state: string, who: string, privateKey: KeyObject) {
    this.#newest = join(state, 'signed', `${who}.bundle.json`)
    this.#past = join(state, 'signed', who)
    this.#who = who
    this.#privateKey = privateKey
  }

  newest(): { readonly envelope: string; readonly bundle: VerifiedBundle } | undefined {
    return this.#read(this.#newest)
  }

  /** Undefined: it is not kept here, or not any more. */
  find(version: number): VerifiedBundle | undefined {
    return this.#read(join(this.#past, `${version}.json`))?.bundle
  }

  /**
   * What says this, by the digest of what it says: undefined where it is not kept here.
   * @param version under which it is held, mostly the one that was signed here
   */
  findContent(digest: string, version: number): VerifiedBundle | undefined {
    const says = (bundle: VerifiedBundle | undefined): bundle is VerifiedBundle => bundle !== undefined && contentDigest(bundle) === digest
    return (
      [this.find(version), this.newest()?.bundle].find(says) ??
      this.#versions()
        .map(one => this.find(one))
        .find(says)
    )
  }

  isDue(content: Content, now: number): boolean {
    const before = this.newest()?.bundle
    return before === undefined || contentDigest(before) !== contentDigest(content) || isEnding(before.expires, now)
  }

  /**
   * Signs what follows what was signed here; where somebody else signed what is held, what follows that. Kept before it is
   * handed to anybody: one that is refused is an ancestor of the next all the same.
   */
  sign(
    { files, variables }: Content,
    { mesh, now, held }: { mesh: string; now: number; held?: Held | undefined },
  ): {
    readonly envelope: string
    readonly bundle: VerifiedBundle
  } {
    const own = this.newest()?.bundle
    if (held !== undefined && held.version > (own?.version ?? 0) + mostAhead)
      throw new CommandError('refused', `version ${held.version} of ${this.#who} is said to be in force, which is out of all order`, {
        help: 'Whatever says so may not be the gate: look at it before anything is signed.',
      })
    const mine = own !== undefined && (held === undefined || held.digest === own.digest || lineageOf(own).includes(held.digest))
    const before = mine ? own : held
    const base = {
      mesh,
      version: Math.max(own?.version ?? 0, held?.version ?? 0) + 1,
      ...(before === undefined ? {} : following(before)),
      issued: new Date(now).toISOString(),
      expires: new Date(now + validDays * day).toISOString(),
      files,
      variables,
    }
    const bundle: Bundle = this.#who === 'centre' ? { kind: 'centre', ...base } : { kind: 'domain', domain: this.#who, ...base }
    const envelope = signBundle(bundle, { id: this.#who, privateKey: this.#privateKey })
    const verified = this.#open(envelope)
    replaceFile(join(this.#past, `${bundle.version}.json`), envelope)
    replaceFile(this.#newest, envelope)
    this.#bound(bundle.version)
    return { envelope, bundle: verified }
  }

  #read(path: string): { readonly envelope: string; readonly bundle: VerifiedBundle } | undefined {
    const envelope = readKept(path, maxBundleLength * 2)
    if (envelope === undefined) return undefined
    try {
      return { envelope, bundle: this.#open(envelope) }
    } catch (cause) {
      throw new CommandError('refused', `${path} was not signed with the key of ${this.#who}`, {
        help: 'Move it away: it is a copy of what was signed, and was altered, or the key is another one.',
        cause,
      })
    }
  }

  #open(envelope: string): VerifiedBundle {
    return openBundle(envelope, parsePublicKey(formatPublicKey(this.#privateKey)))
  }

  #bound(newest: number): void {
    for (const version of this.#versions())
      if (version <= newest - keptVersions) rmSync(join(this.#past, `${version}.json`), { force: true })
  }

  /** Those that are kept. */
  #versions(): readonly number[] {
    if (!existsSync(this.#past)) return []
    return readdirSync(this.#past).flatMap(name => (/^[1-9]\d{0,15}\.json$/.test(name) ? [Number(name.slice(0, -'.json'.length))] : []))
  }
}

export const isEnding = (expires: string, now: number): boolean => Date.parse(expires) <= now + renewDays * day
