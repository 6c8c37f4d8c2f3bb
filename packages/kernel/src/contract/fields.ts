import { type Place, quoted, type Report } from './report.ts'
import type { MapTree, Tree } from './tree.ts'

/** A text with its place. */
export interface Placed {
  readonly text: string
  readonly place: Place
}

const maxText = 10_000

/** The keys of one map, read with their types. What is wrong is reported once and reads as absent. */
export class Fields {
  readonly map: MapTree
  readonly report: Report

  /** Reports every key that is not among `keys`. */
  constructor(map: MapTree, keys: readonly string[], report: Report) {
    this.map = map
    this.report = report
    for (const [key, entry] of map.entries) {
      if (!keys.includes(key)) report('yaml.unknown_key', entry.keyPlace, `the key ${quoted(key)} is not known here`, suggestion(key, keys))
    }
  }

  get place(): Place {
    return this.map.place
  }

  has(key: string): boolean {
    return this.map.entries.has(key)
  }

  placeOf(key: string): Place {
    return this.map.entries.get(key)?.keyPlace ?? this.map.place
  }

  find(key: string): Tree | undefined {
    const value = this.map.entries.get(key)?.value
    return value?.kind === 'scalar' && value.value === null ? undefined : value
  }

  need(key: string): Tree | undefined {
    const value = this.find(key)
    if (value === undefined) this.report('yaml.missing_key', this.placeOf(key), `the key \`${key}\` is missing`)
    return value
  }

  text(key: string): Placed | undefined {
    return asText(this.find(key), key, this.report)
  }

  needText(key: string): Placed | undefined {
    return asText(this.need(key), key, this.report)
  }

  boolean(key: string): boolean | undefined {
    const tree = this.find(key)
    if (tree === undefined) return undefined
    if (tree.kind === 'scalar' && typeof tree.value === 'boolean') return tree.value
    this.report('yaml.type', tree.place, `\`${key}\` must be true or false`)
    return undefined
  }

  number(key: string): number | undefined {
    const tree = this.find(key)
    return tree === undefined ? undefined : asNumber(tree, key, this.report)
  }

  integer(key: string): number | undefined {
    const value = this.number(key)
    if (value === undefined || Number.isSafeInteger(value)) return value
    this.report('yaml.type', this.find(key)!.place, `\`${key}\` must be a whole number`)
    return undefined
  }

  /** From one second to a day; `usual` where nothing is said. */
  seconds(key: string, code: Parameters<Report>[0], usual: number): number {
    const seconds = this.integer(key)
    if (seconds !== undefined && (seconds < 1 || seconds > 86_400))
      this.report(code, this.placeOf(key), `${seconds} seconds is out of bounds`)
    return seconds ?? usual
  }

  /** The items of a list; absent: none. */
  list(key: string): readonly Tree[] {
    const tree = this.find(key)
    if (tree === undefined || tree.kind === 'list') return tree?.items ?? []
    this.report('yaml.type', tree.place, `\`${key}\` must be a list`)
    return []
  }

  texts(key: string): Placed[] {
    return this.list(key).flatMap(item => asText(item, key, this.report) ?? [])
  }

  /** The map under a key, whatever its keys. */
  entries(key: string): readonly (readonly [string, { readonly keyPlace: Place; readonly value: Tree }])[] {
    const tree = this.find(key)
    if (tree === undefined) return []
    return [...(asMap(tree, key, this.report)?.entries ?? [])]
  }

  fields(key: string, keys: readonly string[]): Fields | undefined {
    return asFields(this.find(key), key, keys, this.report)
  }
}

export function asMap(tree: Tree, what: string, report: Report): MapTree | undefined {
  if (tree.kind === 'map') return tree
  report('yaml.type', tree.place, `${named(what)} must be a map of keys and values`)
  return undefined
}

export function asFields(tree: Tree | undefined, what: string, keys: readonly string[], report: Report): Fields | undefined {
  const map = tree === undefined ? undefined : asMap(tree, what, report)
  return map === undefined ? undefined : new Fields(map, keys, report)
}

export function asText(tree: Tree | undefined, what: string, report: Report): Placed | undefined {
  if (tree === undefined) return undefined
  if (tree.kind === 'scalar' && typeof tree.value === 'string' && tree.value !== '' && tree.value.length <= maxText)
    return { text: tree.value, place: tree.place }
  report('yaml.type', tree.place, `${named(what)} must be text of 1 to ${maxText} characters`)
  return undefined
}

/** Text, or a number or truth value as it was written: codes are text. */
export function asWritten(tree: Tree, what: string, report: Report): Placed | undefined {
  if (tree.kind === 'scalar' && tree.value !== null && tree.text.length <= maxText) return { text: tree.text, place: tree.place }
  report('yaml.type', tree.place, `${named(what)} must be a single value`)
  return undefined
}

export function asNumber(tree: Tree, what: string, report: Report): number | undefined {
  const value = tree.kind === 'scalar' ? tree.value : undefined
  if (typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value
  report('yaml.type', tree.place, `${named(what)} must be a number, within ±2^53`)
  return undefined
}

const named = (what: string): string => `\`${what}\``

function suggestion(key: string, keys: readonly string[]): string | undefined {
  const near = findNear(key, keys)
  return near === undefined ? undefined : `Is \`${near}\` meant?`
}

/** The word that differs in case, or in one character added, left out, or exchanged; hyphens and underscores count as none. */
export function findNear(text: string, words: Iterable<string>): string | undefined {
  const plain = normal(text)
  for (const word of words) {
    if (word !== text && isNear(plain, normal(word))) return word
  }
  return undefined
}

const normal = (text: string): string => text.slice(0, 64).toLowerCase().replace(/[-_ ]/g, '')

function isNear(a: string, b: string): boolean {
  if (a === b) return true
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  if (long.length - short.length > 1 || short.length < 3) return false
  let at = 0
  while (at < short.length && short[at] === long[at]) at += 1
  return short.slice(at + (short.length === long.length ? 1 : 0)) === long.slice(at + 1)
}
