import type { Literal, Row } from '@selvage/kernel/policy'
import type { PlainRow } from './message.ts'

/** As policies have it: whole numbers are 64-bit integers. */
export const exactRow = (row: PlainRow): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, isList(value) ? value.map(exact) : exact(value)]))

/** As JSON has it. Whole numbers are taken to be safe ones. */
export const plainRow = (row: Row): PlainRow =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, isList(value) ? value.map(plain) : plain(value)])) as PlainRow

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value)

const exact = <T extends string | number | boolean | null>(value: T): Exclude<T, number> | bigint =>
  (typeof value === 'number' ? BigInt(value) : value) as Exclude<T, number> | bigint

const plain = (value: Literal | null): string | number | boolean | null => (typeof value === 'bigint' ? Number(value) : value)
