import { contentDigest } from '@selvage/bundle'
import { isDirectory } from '@selvage/kernel/contract'
import type { TreeFile } from '../tree.ts'

/** Of the directories of a tree: nobody signs them, and what a plan says hangs on them. */
export function directoryDigest(tree: readonly TreeFile[]): string {
  const files = tree.filter(({ path }) => isDirectory(path)).sort((a, b) => (a.path < b.path ? -1 : 1))
  return contentDigest({ files, variables: {} })
}
