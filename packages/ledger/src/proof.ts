import { LedgerError } from './error.ts'
import { emptyRoot, equalHashes, hashBytes, nodeHash } from './hash.ts'
import type { LogReader } from './reader.ts'
import { floorLog2, TreeReader } from './tree-reader.ts'

/** A proof has at most one hash per level of a tree of 2^53 leaves, a consistency proof one more. */
const maxProofHashes = 54

export interface InclusionClaim {
  readonly index: number
  readonly size: number
  /** RFC 6962 leaf hash of the entry. */
  readonly leaf: Uint8Array
  readonly proof: readonly Uint8Array[]
  readonly root: Uint8Array
}

/** Throws `proof` unless the leaf is the one at `index` of the tree with this size and root (RFC 9162, section 2.1.3.2). */
export function verifyInclusion({ index, size, leaf, proof, root }: InclusionClaim): void {
  checkShape([leaf, root, ...proof])
  if (!isCount(size) || !isCount(index) || index >= size) throw new LedgerError('proof', 'the index is not in a tree of this size')
  let node = index
  let last = size - 1
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0) throw new LedgerError('proof', 'the inclusion proof is too long')
    const right = node % 2 === 1 || node === last
    hash = right ? nodeHash(sibling, hash) : nodeHash(hash, sibling)
    // A node without sibling on its level is carried up unchanged.
    while (right && node % 2 === 0 && node !== 0) [node, last] = [halve(node), halve(last)]
    ;[node, last] = [halve(node), halve(last)]
  }
  if (last !== 0 || !equalHashes(hash, root)) throw new LedgerError('proof', 'the inclusion proof does not lead to the root')
}

export interface ConsistencyClaim {
  readonly from: { readonly size: number; readonly root: Uint8Array }
  readonly to: { readonly size: number; readonly root: Uint8Array }
  readonly proof: readonly Uint8Array[]
}

/** Throws `proof` unless the tree `to` is the tree `from` with leaves appended (RFC 9162, section 2.1.4.2). */
export function verifyConsistency({ from, to, proof }: ConsistencyClaim): void {
  checkShape([from.root, to.root, ...proof])
  if (!isCount(from.size) || !isCount(to.size) || from.size > to.size) throw new LedgerError('proof', 'the newer tree is smaller')
  if (from.size === to.size || from.size === 0) {
    const expected = from.size === 0 ? emptyRoot : to.root
    if (proof.length > 0 || !equalHashes(from.root, expected)) throw new LedgerError('proof', 'two roots for one size')
    if (to.size === 0 && !equalHashes(to.root, emptyRoot)) throw new LedgerError('proof', 'the empty tree has one root')
    return
  }
  foldConsistency({ from, to, proof })
}

function foldConsistency({ from, to, proof }: ConsistencyClaim): void {
  let [node, last] = [from.size - 1, to.size - 1]
  while (node % 2 === 1) [node, last] = [halve(node), halve(last)]
  // A perfect older tree is itself the first hash of the path.
  const [seed, ...path] = node === 0 ? [from.root, ...proof] : proof
  if (seed === undefined) throw new LedgerError('proof', 'the consistency proof is too short')
  let [older, newer] = [seed, seed]
  for (const sibling of path) {
    if (last === 0) throw new LedgerError('proof', 'the consistency proof is too long')
    if (node % 2 === 1 || node === last) {
      ;[older, newer] = [nodeHash(sibling, older), nodeHash(sibling, newer)]
      while (node % 2 === 0 && node !== 0) [node, last] = [halve(node), halve(last)]
    } else {
      newer = nodeHash(newer, sibling)
    }
    ;[node, last] = [halve(node), halve(last)]
  }
  if (last !== 0 || !equalHashes(older, from.root) || !equalHashes(newer, to.root))
    throw new LedgerError('proof', 'the consistency proof does not lead to both roots')
}

/** The audit path of leaf `index` in the tree of `size` leaves, the leaf's sibling first (RFC 6962, section 2.1.1). */
export async function buildInclusion(reader: Pick<LogReader, 'tile'>, index: number, size: number): Promise<Uint8Array[]> {
  if (!isCount(size) || !isCount(index) || index >= size) throw new TypeError('the index is not in a tree of this size')
  const tree = new TreeReader(reader, size)
  const path: Promise<Uint8Array>[] = []
  for (let [from, to] = [0, size]; to - from > 1; ) {
    const middle = from + splitPoint(to - from)
    path.unshift(index < middle ? tree.range(middle, to) : tree.range(from, middle))
    ;[from, to] = index < middle ? [from, middle] : [middle, to]
  }
  return Promise.all(path)
}

/** PROOF(from, D[to]) (RFC 6962, section 2.1.2). */
export async function buildConsistency(reader: Pick<LogReader, 'tile'>, fromSize: number, toSize: number): Promise<Uint8Array[]> {
  if (!isCount(fromSize) || !isCount(toSize) || fromSize > toSize) throw new TypeError('the newer tree is smaller')
  if (fromSize === 0 || fromSize === toSize) return []
  const tree = new TreeReader(reader, toSize)
  const path: Promise<Uint8Array>[] = []
  let [from, to] = [0, toSize]
  while (fromSize !== to) {
    const middle = from + splitPoint(to - from)
    path.unshift(fromSize <= middle ? tree.range(middle, to) : tree.range(from, middle))
    ;[from, to] = fromSize <= middle ? [from, middle] : [middle, to]
  }
  return from === 0 ? Promise.all(path) : Promise.all([tree.range(from, to), ...path])
}

/** The largest power of two smaller than `count`, which is at least 2. */
const splitPoint = (count: number): number => 2 ** floorLog2(count - 1)

const halve = (value: number): number => Math.floor(value / 2)
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

function checkShape(hashes: readonly Uint8Array[]): void {
  if (hashes.length > maxProofHashes + 2) throw new LedgerError('proof', 'the proof is too long')
  if (hashes.some(hash => hash.length !== hashBytes)) throw new LedgerError('proof', 'a hash has 32 bytes')
}
