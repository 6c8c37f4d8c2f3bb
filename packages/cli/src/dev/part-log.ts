import { closeSync, openSync, writeSync } from 'node:fs'

/**
 * What a part says on stderr, at the end of a file. It is always taken from the part, which would otherwise come to a
 * stand; what the disk refuses is lost, and the next is tried again.
 */
export class PartLog {
  readonly #path: string
  #file: number | undefined

  constructor(path: string) {
    this.#path = path
  }

  append(bytes: Uint8Array): void {
    try {
      this.#file ??= openSync(this.#path, 'a', 0o600)
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done)
    } catch {
      this.close()
    }
  }

  close(): void {
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) closeSync(file)
  }
}
