/** Where a log is read from. Everything it gives is attacker-controlled until it is verified. */
export interface LogReader {
  /** The signed note at `checkpoint`. */
  checkpoint(): Promise<Uint8Array>
  /** Exactly the first `width` hashes of a tile; `missing` where neither it nor the full tile is there. */
  tile(level: number, index: number, width: number): Promise<Uint8Array>
  /** A bundle of at least `width` entries: a full one may stand for a partial one that was deleted. */
  entries(index: number, width: number): Promise<{ readonly bytes: Uint8Array; readonly width: number }>
}
