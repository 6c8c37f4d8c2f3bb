import type { SchemaTable } from './message.ts'
import { Twin } from './twin.ts'

/** Databases that are held open at a time. */
const bound = 16

/** The empty twins of the subjects that asked last. */
export class Twins {
  readonly #twins = new Map<string, Twin>()

  find(key: string): Twin | undefined {
    const twin = this.#twins.get(key)
    if (twin === undefined) return undefined
    this.#twins.delete(key)
    this.#twins.set(key, twin)
    return twin
  }

  async open(key: string, tables: readonly SchemaTable[]): Promise<Twin> {
    const twin = await Twin.open(tables)
    this.#twins.set(key, twin)
    const [oldest] = this.#twins
    if (this.#twins.size > bound && oldest !== undefined) {
      this.#twins.delete(oldest[0])
      oldest[1].close()
    }
    return twin
  }
}
