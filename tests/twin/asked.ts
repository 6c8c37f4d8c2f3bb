import { parseArgs } from 'node:util'
import type { Printed } from './node.ts'

const properties = ['twin', 'noninterference'] as const
/** `twin`: against a database that holds the secured relation only. `noninterference`: against one with other hidden rows and cells. */
export type Property = (typeof properties)[number]

/** A statement that was asked, and in which mesh, over which other database, and how it was compared. */
export interface Replay {
  readonly seed: number
  readonly world: number
  readonly great: boolean
  readonly strict: boolean
  readonly ordered: boolean
  readonly printed: Printed
}

export interface Asked {
  readonly property: Property
  readonly queries: number
  readonly seed: number
  readonly strict: boolean
  readonly replay?: Replay
}

const text = { type: 'string' } as const
const flag = { type: 'boolean', default: false } as const
const options = { queries: text, seed: text, world: text, replay: text, parameters: text, strict: flag, great: flag, ordered: flag }

/** What stands after `npm run PROPERTY --`. */
export function parseAsked([named, ...args]: readonly string[], freshSeed: number): Asked {
  const property = properties.find(one => one === named)
  if (property === undefined) throw new TypeError(`no such property: ${named}`)
  const { values } = parseArgs({ args, options })
  const { strict, great, ordered } = values
  const seed = numberOf(values.seed, freshSeed)
  const asked = { property, queries: numberOf(values.queries, 2_000), seed, strict }
  if (values.replay === undefined) return asked
  const parameters = values.parameters === undefined ? {} : { parameters: JSON.parse(values.parameters) as Printed['parameters'] & object }
  const printed = { sql: values.replay, ...parameters }
  return { ...asked, replay: { seed, world: numberOf(values.world, 0), great, strict, ordered, printed } }
}

function numberOf(value: string | undefined, otherwise: number): number {
  const number = value === undefined ? otherwise : Number(value)
  if (!Number.isInteger(number)) throw new TypeError(`not a whole number: ${value}`)
  return number
}

/** For a shell: what `parseAsked` reads the same from. */
export function printAsked(property: Property, { seed, world, great, strict, ordered, printed }: Replay): string {
  const flags = Object.entries({ great, strict, ordered }).flatMap(([name, set]) => (set ? [` --${name}`] : []))
  const parameters = printed.parameters === undefined ? '' : ` --parameters ${quotedForShell(JSON.stringify(printed.parameters))}`
  return `npm run ${property} -- --seed ${seed} --world ${world}${flags.join('')}${parameters} --replay ${quotedForShell(printed.sql)}`
}

const quotedForShell = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`
