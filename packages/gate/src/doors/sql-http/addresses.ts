/** The addresses of a door and the methods that each takes. */
export class Addresses {
  readonly #methods = new Map<string, Set<string>>()
  readonly #patterns = new Map<string, RegExp>()

  add(url: string, methods: readonly string[]): void {
    const known = this.#methods.get(url) ?? new Set()
    for (const method of methods) known.add(method)
    this.#methods.set(url, known)
    this.#patterns.set(url, patternOf(url))
  }

  /** attacker-controlled: the target of a request, with its query. */
  methodsAt(target: string): readonly string[] {
    const path = target.split('?', 1)[0] ?? ''
    const found = [...this.#patterns].filter(([, pattern]) => pattern.test(path)).flatMap(([url]) => [...(this.#methods.get(url) ?? [])])
    return [...new Set(found)].sort()
  }
}

/** `:name` stands for one segment, a closing `*` for the rest. */
const patternOf = (url: string): RegExp =>
  new RegExp(
    `^${url
      .split('/')
      .map(part => (part === '*' ? '.+' : part.startsWith(':') ? '[^/]+' : part.replace(/[^\w-]/g, String.raw`\$&`)))
      .join('/')}$`,
  )
