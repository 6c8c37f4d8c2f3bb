import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const shared = (): string | undefined => {
  for (const base of existsSync('/usr/lib') ? ['/usr/lib', ...readdirSync('/usr/lib').map(name => join('/usr/lib', name))] : []) {
    const path = join(base, 'faketime', 'libfaketimeMT.so.1')
    if (existsSync(path)) return path
  }
  return undefined
}

const library = shared()

/** Debian's package `faketime`. */
export const hasFaketime: boolean = library !== undefined

/** In CI it must be there: without it the tests of time fail there rather than vanish. */
export const isSkipped: boolean = !hasFaketime && process.env.CI !== 'true'

/** The time of day of real processes, which a test steps while they run. Timers go on as they do: only the date is told otherwise. */
export class Clock {
  readonly #path: string
  #offset = 0

  constructor(dir: string) {
    this.#path = join(dir, 'clock')
    this.step(0)
  }

  /** Milliseconds since 1970, as the processes see it. */
  now(): number {
    return Date.now() + this.#offset
  }

  /** Forward, or back where `seconds` is negative. */
  step(seconds: number): void {
    this.#offset += seconds * 1_000
    const told = this.#offset / 1_000
    writeFileSync(`${this.#path}.new`, `${told < 0 ? '' : '+'}${told}\n`)
    renameSync(`${this.#path}.new`, this.#path)
  }

  environment(): NodeJS.ProcessEnv {
    return {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.#path,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_RESET: '1',
    }
  }
}
