import { readFileSync } from 'node:fs'

const pageBytes = 4_096

/** Milliseconds: what takes less time than this does not take much memory, and is not worth a look. */
const light = 20

/** What a child must have left to take a further statement: 96 MiB. A small one needs a tenth of it. */
const enough = 96 * 1_048_576

/**
 * Whether memory that earlier statements took, and that was not given back, stands so close to the wall (ADR 3) that an
 * innocent statement could be refused for it. False where the system does not say.
 * @param milliseconds that the last one took
 */
export function isWorn(milliseconds: number): boolean {
  if (milliseconds < light) return false
  wall ??= wallBytes()
  return wall !== undefined && wall - usedBytes() < enough
}

let wall: number | undefined

function wallBytes(): number | undefined {
  const bytes = /^Max data size\s+(\d+)/m.exec(readOwn('limits'))?.[1]
  return bytes === undefined ? undefined : Number(bytes)
}

/** Private and writable, as RLIMIT_DATA counts it. */
function usedBytes(): number {
  return Number(readOwn('statm').split(' ')[5] ?? 0) * pageBytes
}

function readOwn(name: string): string {
  try {
    return readFileSync(`/proc/self/${name}`, 'latin1')
  } catch {
    return ''
  }
}
