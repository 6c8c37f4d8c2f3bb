import { createHash } from 'node:crypto'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { readKept, replaceFile } from '@selvage/bundle'
import type { Log } from '../ports.ts'

/** What is kept has a version that never goes down, and a digest: there is one text of a version. */
export interface Versioned {
  readonly version: number
  /** Hex SHA-256. */
  readonly digest: string
}

/**
 * A signed text on the disk, `NAME.json`, and beside it `NAME.floor`: the highest version that was kept. What is unreadable,
 * altered or older than the floor is not taken, and does not stop a start.
 */
export interface KeptText<T extends Versioned> {
  readonly current: () => T | undefined
  /** The lowest version that may come next. */
  readonly floor: () => Versioned | undefined
  /** Neither text nor floor can be read: nobody knows which version is too old, so none may come. */
  readonly lost: () => boolean
  /** On the disk when it returns, with its floor. */
  readonly keep: (text: string, value: T) => void
  /** Reads again what the disk refused; does nothing otherwise. */
  readonly retry: () => void
}

interface Options<T> {
  readonly dir: string
  readonly name: string
  /** Bytes. */
  readonly maxLength: number
  /** Throws for what was not signed for this gate. */
  readonly parse: (text: string) => T
  readonly log: Log
}

type Found<T> =
  | { readonly kind: 'none' }
  | { readonly kind: 'good'; readonly value: T }
  /** `passing`: the disk's doing, so that it may go well later. */
  | { readonly kind: 'bad'; readonly cause: string; readonly passing: boolean }

/** Texts set aside, of each name. */
const asideBound = 3
const floorLength = 256

export function openKeptText<T extends Versioned>(options: Options<T>): KeptText<T> {
  const { dir, name, maxLength, parse, log } = options
  const path = join(dir, `${name}.json`)
  const floorPath = join(dir, `${name}.floor`)
  let held: T | undefined
  let floor: Versioned | undefined
  let lost = false
  let passing = false
  let told = ''

  function read(): void {
    const text = find(path, maxLength, parse)
    const least = find(floorPath, floorLength, parseFloor)
    held = text.kind === 'good' && !(least.kind === 'good' && isBelow(text.value, least.value)) ? text.value : undefined
    floor = highest(held, least.kind === 'good' ? least.value : undefined)
    lost = floor === undefined && (text.kind !== 'none' || least.kind !== 'none')
    passing = (text.kind === 'bad' && text.passing) || (least.kind === 'bad' && least.passing && held === undefined)
    tell(text, least)
    if (lost) return
    if (held === undefined && text.kind !== 'none' && !passing) setAside(path, log)
    if (held !== undefined && (least.kind !== 'good' || isBelow(least.value, held))) tryFloor(held)
  }

  function tell(text: Found<T>, least: Found<Versioned>): void {
    const causes = [
      text.kind === 'bad' ? text.cause : text.kind === 'good' && held === undefined ? 'older than its floor' : undefined,
      least.kind === 'bad' ? `floor: ${least.cause}` : undefined,
      text.kind === 'none' && least.kind !== 'none' ? 'missing' : undefined,
    ].filter(cause => cause !== undefined)
    const cause = causes.join('; ')
    if (cause !== '' && cause !== told)
      log(lost && !passing ? 'kept.lost' : 'kept.unreadable', { what: name, cause, floor: floor?.version })
    told = cause
  }

  /** A text whose floor could not be written is its own floor. */
  function tryFloor(value: T): void {
    try {
      replaceFile(floorPath, floorText(value))
    } catch (error) {
      log('kept.unreadable', { what: name, cause: `floor: ${describe(error)}` })
    }
  }

  function keep(text: string, value: T): void {
    replaceFile(path, text)
    if (floor === undefined || isBelow(floor, value)) replaceFile(floorPath, floorText(value))
    floor = highest(floor, value)
    held = value
    passing = false
  }

  read()
  return {
    current: () => held,
    floor: () => floor,
    lost: () => lost,
    keep,
    retry: () => {
      if (passing) read()
    },
  }
}

/** Lower, or another text of the same version. */
const isBelow = (value: Versioned, floor: Versioned): boolean =>
  value.version < floor.version || (value.version === floor.version && value.digest !== floor.digest)

const highest = (one: Versioned | undefined, other: Versioned | undefined): Versioned | undefined =>
  one === undefined || (other !== undefined && other.version > one.version) ? other : one

/** What may go well a moment later. */
const passingCodes = new Set(['EIO', 'ENOMEM', 'EMFILE', 'ENFILE', 'ENOSPC', 'EDQUOT', 'EROFS', 'EAGAIN', 'EINTR'])

function find<T>(path: string, maxLength: number, parse: (text: string) => T): Found<T> {
  try {
    const text = readKept(path, maxLength)
    return text === undefined ? { kind: 'none' } : { kind: 'good', value: parse(text) }
  } catch (error) {
    return { kind: 'bad', cause: describe(error), passing: passingCodes.has(String(codeOf(error))) }
  }
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code
const describe = (error: unknown): string => String(codeOf(error) ?? error)

const sum = (text: string): string => createHash('sha256').update(text).digest('hex')
const floorText = ({ version, digest }: Versioned): string => `${version} ${digest} ${sum(`${version} ${digest}`)}\n`

/** The sum tells a floor that a disk altered: it is no signature, and whoever may write here may set the floor. */
function parseFloor(text: string): Versioned {
  const [, version = '', digest = '', told = ''] = /^([1-9]\d{0,15}) ([0-9a-f]{64}) ([0-9a-f]{64})\n$/.exec(text) ?? []
  if (sum(`${version} ${digest}`) !== told) throw new Error('altered')
  return { version: Number(version), digest }
}

/** For the operator: the newest of its name is `.1`, and the oldest goes. */
function setAside(path: string, log: Log): void {
  try {
    for (let number = asideBound - 1; number > 0; number -= 1) move(`${path}.${number}`, `${path}.${number + 1}`)
    move(path, `${path}.1`)
  } catch (error) {
    log('kept.untidy', { cause: describe(error) })
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}
