import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** One change that `shim.c` wrote down, in the order in which they were made. */
interface Change {
  readonly type: 'W' | 'C' | 'R' | 'U' | 'M' | 'S' | 'D' | 'F'
  readonly path: string
  readonly other: string
  readonly inode: number
  readonly offset: number
  readonly length: number
  readonly size: number
  readonly old: Buffer
}

const recordBytes = 48

function readJournal(path: string): Change[] {
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  const changes: Change[] = []
  for (let at = 0; at + recordBytes <= bytes.length; ) {
    const [type, pathLength, otherLength, oldLength] = [0, 4, 8, 12].map(offset => bytes.readUInt32LE(at + offset)) as [
      number,
      number,
      number,
      number,
    ]
    const [inode, offset, length, size] = [16, 24, 32, 40].map(where => Number(bytes.readBigUInt64LE(at + where))) as [
      number,
      number,
      number,
      number,
    ]
    const take = (count: number): Buffer => {
      const part = bytes.subarray(next, next + count)
      next += count
      return part
    }
    let next = at + recordBytes
    const path = take(pathLength).toString()
    const other = take(otherLength).toString()
    changes.push({ type: String.fromCharCode(type) as Change['type'], path, other, inode, offset, length, size, old: take(oldLength) })
    at = next
  }
  return changes
}

/**
 * Brings files back to what the disk is sure to hold: content up to the last sync of each file, names up to the last
 * sync of each folder. Of what was not synced, the disk may hold some: for each file and each folder, `random` chooses
 * how many of its changes arrived (the first ones; it gives 0 for none, below 1). All processes must be gone.
 * Gives how many changes were taken back.
 */
export function losePower(control: string, random: () => number): number {
  const changes = readJournal(`${control}.journal`)
  const lost = findLost(changes, random)
  const kept: { from: number; to: number; inode: number }[] = []
  for (let at = changes.length - 1; at >= 0; at--) {
    const change = changes[at]!
    if (!lost.has(at)) {
      // Later bytes that did arrive lie over what an earlier write is taken back to.
      if (change.type === 'W') kept.push({ from: change.offset, to: change.offset + change.length, inode: change.inode })
      continue
    }
    if (change.type === 'W') undoWrite(change, pathAfter(changes, at, lost), kept)
    else undoName(change)
  }
  forget(control)
  return lost.size
}

/** Starts a new journal: all that was done so far is on the disk. */
export function forget(control: string): void {
  writeFileSync(`${control}.journal`, '')
  const dir = dirname(control)
  for (const name of readdirSync(dir)) if (name.startsWith(`${basename(control)}.kept-`)) rmSync(join(dir, name), { force: true })
}

function findLost(changes: readonly Change[], random: () => number): Set<number> {
  const pending = new Map<string, number[]>()
  const lost = new Set<number>()
  const of = (key: string): number[] => pending.get(key) ?? pending.set(key, []).get(key)!
  for (const [at, change] of changes.entries()) {
    if (change.type === 'W') of(`file ${change.inode}`).push(at)
    else if (change.type === 'R') of(`folder ${dirname(targetOf(change))}`).push(at)
    else if (change.type === 'C' || change.type === 'U' || change.type === 'M') of(`folder ${dirname(change.path)}`).push(at)
    else if (change.type === 'S') pending.delete(`file ${change.inode}`)
    else if (change.type === 'D') pending.delete(`folder ${change.path}`)
    else if (change.type === 'F') {
      for (const gone of of(`file ${change.inode}`)) lost.add(gone)
      pending.delete(`file ${change.inode}`)
    }
  }
  for (const list of pending.values()) {
    const arrived = Math.floor(random() * (list.length + 1))
    for (const at of list.slice(arrived)) lost.add(at)
  }
  return lost
}

const targetOf = ({ other }: Change): string => other.slice(other.indexOf('|') + 1)
const keptOf = ({ other }: Change): string => other.slice(0, other.indexOf('|'))

/** Where a file lies now that was written under the path of change `at`. Later renames are undone already, if they are. */
function pathAfter(changes: readonly Change[], at: number, lost: ReadonlySet<number>): string {
  let path = changes[at]!.path
  for (let next = at + 1; next < changes.length; next++) {
    const change = changes[next]!
    if (change.type !== 'R' || lost.has(next)) continue
    if (path === change.path || path.startsWith(`${change.path}/`)) path = targetOf(change) + path.slice(change.path.length)
  }
  return path
}

function undoWrite(change: Change, path: string, kept: readonly { from: number; to: number; inode: number }[]): void {
  if (!existsSync(path) || statSync(path).ino !== change.inode) return
  const fd = openSync(path, 'r+')
  try {
    const over = kept.filter(range => range.inode === change.inode)
    for (const [from, to] of gaps(change.offset, change.offset + change.old.length, over))
      writeSync(fd, change.old, from - change.offset, to - from, from)
    const grown = over.some(range => range.to > change.size)
    if (!grown && statSync(path).size > change.size) ftruncateSync(fd, change.size)
  } finally {
    closeSync(fd)
  }
}

/** The parts of `from`…`to` that none of the ranges covers. */
function gaps(from: number, to: number, ranges: readonly { from: number; to: number }[]): [number, number][] {
  let parts: [number, number][] = from < to ? [[from, to]] : []
  for (const range of ranges)
    parts = parts.flatMap(([start, end]): [number, number][] => {
      if (range.to <= start || range.from >= end) return [[start, end]]
      return (
        [
          [start, range.from],
          [range.to, end],
        ] as [number, number][]
      ).filter(([a, b]) => a < b)
    })
  return parts
}

function undoName(change: Change): void {
  const { type, path, other } = change
  if (type === 'C' || type === 'M') rmSync(path, { recursive: true, force: true })
  else if (type === 'U') moveBack(other, path)
  else {
    moveBack(targetOf(change), path)
    moveBack(keptOf(change), targetOf(change))
  }
}

/** Where there is something to move, and room for it. */
function moveBack(from: string, to: string): void {
  if (from === '' || !existsSync(from) || existsSync(to)) return
  mkdirSync(dirname(to), { recursive: true })
  renameSync(from, to)
}
