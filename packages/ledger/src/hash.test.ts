import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyRoot, leafHash, nodeHash, rootOf, TreeEdge } from './hash.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

// The vectors of the Certificate Transparency reference code (merkletree/merkle_tree_test.cc).
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

/** RFC 6962, section 2.1, word for word. */
function treeHash(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length <= 1) return hashes[0] ?? emptyRoot
  let split = 1
  while (split * 2 < hashes.length) split *= 2
  return nodeHash(treeHash(hashes.slice(0, split)), treeHash(hashes.slice(split)))
}

describe('tree hash', () => {
  it('gives the published roots', () => {
    expect(hex(emptyRoot)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    const hashes = leaves.map(leaf => leafHash(Buffer.from(leaf, 'hex')))
    roots.forEach((root, at) => {
      expect(hex(rootOf(hashes.slice(0, at + 1)))).toBe(root)
    })
  })

  it('is the recursive definition for every size', () => {
    const hashes = Array.from({ length: 530 }, (_, at) => leafHash(Buffer.from(String(at))))
    const edge = new TreeEdge()
    for (let size = 0; size < hashes.length; size += 1) {
      expect(hex(edge.root())).toBe(hex(treeHash(hashes.slice(0, size))))
      edge.append(hashes[size]!)
    }
  })

  it('separates leaves from nodes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), bytes => {
        expect(hex(leafHash(bytes))).not.toBe(hex(nodeHash(bytes.subarray(0, 32), bytes.subarray(32))))
      }),
    )
  })

  it('refuses an entry that no bundle can hold', () => {
    expect(() => leafHash(Buffer.alloc(65_536))).toThrow(TypeError)
  })
})
