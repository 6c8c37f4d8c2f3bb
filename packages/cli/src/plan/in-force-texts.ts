import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { contentDigest, type VerifiedBundle } from '@selvage/bundle'
import { findAtGates, findInForce } from '../apply/in-force.ts'
import { SignedBundles } from '../apply/signed-bundles.ts'
import { readSigningKey } from '../apply/signing-key.ts'
import { CommandError } from '../exit.ts'
import type { DevState } from '../state.ts'
import type { TreeFile } from '../tree.ts'

export interface Texts {
  readonly files: readonly TreeFile[]
  readonly variables: Readonly<Record<string, string>>
  /** For people. */
  readonly where: string
}

export type Digests = ReadonlyMap<string, string>

interface Kept {
  /** Where what was signed is kept. */
  readonly state: string
  /** The folder of the signers' keys, which what is kept is verified with. */
  readonly keys: string
  /** The mesh that runs, if one does. */
  readonly running?: DevState | undefined
}

/**
 * What is in force of each signer: what the gates say that they hold, as it is kept on this machine. Where no mesh runs,
 * what was signed last here, whatever a gate would make of it. Undefined: nothing of the centre's.
 */
export async function readInForce(
  kept: Kept,
  domains: readonly string[],
): Promise<{ readonly texts: Texts; readonly digests: Digests; readonly handedOut: string | null | undefined } | undefined> {
  const found = await Promise.all(['centre', ...domains].map(async who => ({ who, bundle: await bundleOf(kept, who) })))
  const bundles = found.flatMap(({ who, bundle }) => (bundle === undefined ? [] : [{ who, bundle }]))
  if (bundles[0]?.who !== 'centre') return undefined
  return {
    texts: {
      files: bundles.flatMap(({ bundle }) => bundle.files),
      variables: Object.assign({}, ...bundles.map(({ bundle }) => bundle.variables)) as Readonly<Record<string, string>>,
      where: kept.running === undefined ? 'what was signed' : 'what is in force',
    },
    digests: new Map(bundles.map(({ who, bundle }) => [who, contentDigest(bundle)])),
    handedOut: await handedOutOf(kept),
  }
}

/** What control hands out of the centre's; null: nothing; undefined: whoever plans has no key to verify it with. */
async function handedOutOf({ keys, running }: Kept): Promise<string | null | undefined> {
  const path = join(keys, 'centre.pem')
  if (running === undefined || !existsSync(path)) return undefined
  return (await findInForce(running, 'centre', readSigningKey(path)))?.content ?? null
}

async function bundleOf({ state, keys, running }: Kept, who: string): Promise<VerifiedBundle | undefined> {
  const path = join(keys, `${who}.pem`)
  const signed = (): SignedBundles => new SignedBundles(state, who, readSigningKey(path))
  if (running === undefined) return existsSync(join(state, 'signed', `${who}.bundle.json`)) ? signed().newest()?.bundle : undefined
  // A domain that is new has no gate yet.
  if (who !== 'centre' && running.gates[who] === undefined) return undefined
  const held = who === 'centre' ? await findAtGates(running) : await findInForce(running, who, undefined)
  if (held === undefined) return undefined
  const bundle = existsSync(path) ? signed().findContent(held.content, held.version) : undefined
  if (bundle !== undefined) return bundle
  throw new CommandError('refused', `version ${held.version} of ${who} is in force, and its texts are not kept here`, {
    help: 'It was signed elsewhere. Compare with a tree of what is in force: `selvage plan --against DIR`.',
  })
}
