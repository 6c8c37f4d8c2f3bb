import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signCheckpoint } from './checkpoint.ts'
import { LedgerError } from './error.ts'
import { leafHash, rootOf, TreeEdge } from './hash.ts'
import { formatVerifierKey, getSignerKey, parseVerifierKey } from './key.ts'
import { buildConsistency, buildInclusion, verifyConsistency, verifyInclusion } from './proof.ts'
import { tileWidth } from './tile.ts'
import { formatTlogProof, parseTlogProof, verifyTlogProof } from './tlog-proof.ts'

const leaves = Array.from({ length: 1200 }, (_, at) => leafHash(Buffer.from(`entry ${at}`)))
const roots = [rootOf([])]
const levels: Uint8Array[][] = []
const edge = new TreeEdge()
for (const leaf of leaves) {
  edge.append(leaf, (level, hash) => {
    levels[level] = [...(levels[level] ?? []), hash]
  })
  roots.push(edge.root())
}
const reader = {
  tile: async (level: number, index: number, width: number) =>
    Buffer.concat(levels[level]!.slice(index * tileWidth, index * tileWidth + width)),
}
const sizes = fc.integer({ min: 1, max: leaves.length })
const pair = fc.tuple(sizes, sizes).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)])
const isRefused = (run: () => void): boolean => {
  try {
    run()
    return false
  } catch (error) {
    return error instanceof LedgerError && error.code === 'proof'
  }
}
const flip = (hash: Uint8Array, bit: number): Uint8Array => {
  const flipped = Uint8Array.from(hash)
  flipped[bit >> 3]! ^= 1 << (bit & 7)
  return flipped
}

describe('inclusion', () => {
  it('proves every entry of small trees', async () => {
    for (let size = 1; size <= 40; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const proof = await buildInclusion(reader, index, size)
        verifyInclusion({ index, size, leaf: leaves[index]!, proof, root: roots[size]! })
      }
    }
  })

  it('proves entries of larger trees and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), fc.nat(255), async (size, pick, other, bit) => {
        const index = pick % size
        const proof = await buildInclusion(reader, index, size)
        const claim = { index, size, leaf: leaves[index]!, proof, root: roots[size]! }
        verifyInclusion(claim)
        expect(isRefused(() => verifyInclusion({ ...claim, leaf: flip(claim.leaf, bit) }))).toBe(true)
        expect(isRefused(() => verifyInclusion({ ...claim, root: flip(claim.root, bit) }))).toBe(true)
        expect(isRefused(() => verifyInclusion({ ...claim, proof: [...proof, claim.leaf] }))).toBe(true)
        expect(isRefused(() => verifyInclusion({ ...claim, index: size }))).toBe(true)
        if (other % size !== index) expect(isRefused(() => verifyInclusion({ ...claim, index: other % size }))).toBe(true)
        if (proof.length === 0) return
        expect(isRefused(() => verifyInclusion({ ...claim, proof: proof.slice(1) }))).toBe(true)
        const at = other % proof.length
        expect(isRefused(() => verifyInclusion({ ...claim, proof: proof.with(at, flip(proof[at]!, bit)) }))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('refuses shapes that are none', () => {
    const claim = { index: 0, size: 1, leaf: leaves[0]!, proof: [], root: roots[1]! }
    verifyInclusion(claim)
    for (const change of [
      { index: -1 },
      { index: 0.5 },
      { size: 0 },
      { size: Number.NaN },
      { root: new Uint8Array(31) },
      { leaf: new Uint8Array(33) },
    ])
      expect(isRefused(() => verifyInclusion({ ...claim, ...change }))).toBe(true)
    const endless = Array.from({ length: 100 }, () => leaves[0]!)
    expect(isRefused(() => verifyInclusion({ ...claim, size: Number.MAX_SAFE_INTEGER, proof: endless }))).toBe(true)
  })

  it('follows indices beyond 32 bits', () => {
    // A leaf at the far right of a tree of 2^40 + 1: one sibling, the root of all the others.
    const size = 2 ** 40 + 1
    const [left, leaf] = [leaves[1]!, leaves[0]!]
    verifyInclusion({ index: 2 ** 40, size, leaf, proof: [left], root: rootOf([left, leaf]) })
    expect(isRefused(() => verifyInclusion({ index: 0, size, leaf, proof: [left], root: rootOf([leaf, left]) }))).toBe(true)
  })
})

describe('consistency', () => {
  it('proves every pair of small trees', async () => {
    for (let to = 0; to <= 40; to += 1) {
      for (let from = 0; from <= to; from += 1) {
        const proof = await buildConsistency(reader, from, to)
        verifyConsistency({ from: { size: from, root: roots[from]! }, to: { size: to, root: roots[to]! }, proof })
      }
    }
  })

  it('proves growth and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(pair, fc.nat(), fc.nat(255), async ([from, to], pick, bit) => {
        const proof = await buildConsistency(reader, from, to)
        const claim = { from: { size: from, root: roots[from]! }, to: { size: to, root: roots[to]! }, proof }
        verifyConsistency(claim)
        expect(isRefused(() => verifyConsistency({ ...claim, from: { size: from, root: flip(claim.from.root, bit) } }))).toBe(true)
        expect(isRefused(() => verifyConsistency({ ...claim, to: { size: to, root: flip(claim.to.root, bit) } }))).toBe(true)
        expect(isRefused(() => verifyConsistency({ ...claim, proof: [...proof, leaves[0]!] }))).toBe(true)
        if (from < to) expect(isRefused(() => verifyConsistency({ from: claim.to, to: claim.from, proof }))).toBe(true)
        if (proof.length === 0) return
        expect(isRefused(() => verifyConsistency({ ...claim, proof: proof.slice(1) }))).toBe(true)
        const at = pick % proof.length
        expect(isRefused(() => verifyConsistency({ ...claim, proof: proof.with(at, flip(proof[at]!, bit)) }))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('takes no invented empty tree', () => {
    const real = { size: 3, root: roots[3]! }
    expect(isRefused(() => verifyConsistency({ from: { size: 0, root: leaves[0]! }, to: real, proof: [] }))).toBe(true)
    const empty = { size: 0, root: leaves[0]! }
    expect(isRefused(() => verifyConsistency({ from: empty, to: empty, proof: [] }))).toBe(true)
    expect(isRefused(() => verifyConsistency({ from: real, to: { size: 3, root: roots[4]! }, proof: [] }))).toBe(true)
  })
})

describe('offline receipt', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const key = parseVerifierKey(formatVerifierKey('mesh/log', publicKey))
  const checkpoint = signCheckpoint({ origin: 'mesh/log', size: 300, root: roots[300]! }, getSignerKey('mesh/log', privateKey))

  it('stands alone', async () => {
    const proof = await buildInclusion(reader, 77, 300)
    const text = formatTlogProof({ index: 77, proof, checkpoint, extra: Buffer.from('more') })
    expect(text.split('\n').slice(0, 3)).toEqual(['c2sp.org/tlog-proof@v1', 'extra bW9yZQ==', 'index 77'])
    const parsed = parseTlogProof(text)
    expect(Buffer.from(parsed.extra!).toString()).toBe('more')
    expect(verifyTlogProof(parsed, leaves[77]!, key).size).toBe(300)
    expect(isRefused(() => verifyTlogProof(parsed, leaves[78]!, key))).toBe(true)
  })

  it('has no hashes in a log of one entry', () => {
    const one = signCheckpoint({ origin: 'mesh/log', size: 1, root: roots[1]! }, getSignerKey('mesh/log', privateKey))
    const text = formatTlogProof({ index: 0, proof: [], checkpoint: one })
    expect(verifyTlogProof(parseTlogProof(text), leaves[0]!, key).size).toBe(1)
  })

  it.each([
    ['another version', (text: string) => text.replace('@v1', '@v2')],
    ['no index', (text: string) => text.replace(/index .*\n/, '')],
    ['an index with a leading zero', (text: string) => text.replace('index 7', 'index 07')],
    ['a hash that is not base64', (text: string) => text.replace('index 7\n', 'index 7\n!\n')],
    ['no checkpoint', (text: string) => text.slice(0, text.indexOf('\n\n'))],
  ])('refuses %s', async (_, change) => {
    const text = formatTlogProof({ index: 7, proof: await buildInclusion(reader, 7, 300), checkpoint })
    expect(() => parseTlogProof(change(text))).toThrow(LedgerError)
  })
})
