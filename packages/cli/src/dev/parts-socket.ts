import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const longest = 100

/** A socket's path may be 107 bytes long, so that of a deep state folder lies beside the temporary files. */
export const partsSocket = (state: string): string => {
  const path = join(state, 'dev.sock')
  return path.length < longest ? path : join(tmpdir(), `selvage-${createHash('sha256').update(state).digest('hex').slice(0, 16)}.sock`)
}
