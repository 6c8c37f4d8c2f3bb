import { join } from 'node:path'
import { tileIndexPath, tileWidth } from '../tile.ts'

/**
 * Where things lie. `checkpoint` and `tile/` are what C2SP tlog-tiles serves; nothing under `private/` may ever be.
 *
 *   private/claim/   who has the log open            private/signed   the newest checkpoint that was signed
 *   private/wal/     entries not yet in tiles        private/tmp/     files on their way, wiped at open
 *   private/detail/  encrypted details, one file for the entries of one bundle
 */
export const layout = {
  checkpoint: (dir: string): string => join(dir, 'checkpoint'),
  claims: (dir: string): string => join(dir, 'private', 'claim'),
  signed: (dir: string): string => join(dir, 'private', 'signed'),
  wal: (dir: string): string => join(dir, 'private', 'wal'),
  temporary: (dir: string): string => join(dir, 'private', 'tmp'),
  details: (dir: string): string => join(dir, 'private', 'detail'),
  detailFile: (dir: string, index: number): string => join(dir, 'private', 'detail', tileIndexPath(Math.floor(index / tileWidth))),
}
