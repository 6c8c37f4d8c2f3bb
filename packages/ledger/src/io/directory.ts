import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Puts the names in a directory on the disk. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Directories that this process knows to be on the disk by name. */
const settled = new Set<string>()

/**
 * Makes a directory that is on the disk when this returns, and so are those above it. INVARIANT: one that is there already
 * counts as little as a new one until this process has synced its name: whoever made it may have died before it did.
 */
export function makeDurableDirectory(path: string, mode: number): void {
  const whole = resolve(path)
  // What is made anew was taken away: nothing is known of what lies above it either.
  if (mkdirSync(whole, { recursive: true, mode }) !== undefined) settled.clear()
  if (settled.has(whole)) return
  const { dev } = statSync(whole)
  const way = [whole]
  for (let parent = dirname(whole); isOurs(parent, dev); parent = dirname(parent)) {
    syncDirectory(parent)
    way.push(parent)
    if (parent === dirname(parent)) break
  }
  for (const directory of way) settled.add(directory)
}

/** On the same file system (the name of a mount point is not kept in it), and readable for us (or others' to keep). */
function isOurs(path: string, dev: number): boolean {
  if (statSync(path).dev !== dev) return false
  try {
    closeSync(openSync(path, 'r'))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return false
    throw error
  }
}
