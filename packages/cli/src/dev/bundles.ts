import { join } from 'node:path'
import { formatPublicKey, signingKeyFile } from '@selvage/bundle'
import { type Content, SignedBundles } from '../apply/signed-bundles.ts'

/** Keys of the people who sign: on a real mesh they lie with them, never on a server. */
export const signersFolder = (state: string): string => join(state, 'signers')
const signerPath = (state: string, who: string): string => join(signersFolder(state), `${who}.pem`)
export const signerPublicKey = (state: string, who: string): string => formatPublicKey(signingKeyFile(signerPath(state, who)))

/** The envelope for what the tree says now: the one signed before if nothing changed, else the next version. */
export function signedBundle(
  content: Content,
  { state, mesh, who, now }: { state: string; mesh: string; who: string; now: number },
): string {
  const signed = new SignedBundles(state, who, signingKeyFile(signerPath(state, who)))
  const before = signed.newest()
  return before !== undefined && !signed.isDue(content, now) ? before.envelope : signed.sign(content, { mesh, now }).envelope
}
