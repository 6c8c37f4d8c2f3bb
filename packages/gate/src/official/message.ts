import type { Known, ReplayTable, ReplayWorld } from '@selvage/cedar'
import type { PolicyText } from '@selvage/kernel/contract'
import type { CedarSchema, Circumstances, MaskTransform, Subject } from '@selvage/kernel/policy'

/** Kinds of frames. From the gate to the child, which is given one job: */
export const toOfficial = { read: 1, decide: 2 } as const
/** From the child to the gate: JSON. */
export const fromOfficial = { read: 11, decided: 12 } as const

export interface ReadMessage {
  readonly files: readonly PolicyText[]
  readonly schema: CedarSchema
}

export interface DecideMessage {
  readonly world: ReplayWorld
  readonly questions: readonly Question[]
}

/** Rows of one table, of which it is asked what each of those who ask may see. */
export interface Question {
  readonly table: ReplayTable
  /** The person first, then the agents. */
  readonly chain: readonly Subject[]
  readonly purpose: string
  /** Absent: nothing is known of them. */
  readonly circumstances?: Circumstances | undefined
  readonly labels: readonly string[]
  readonly columns: readonly string[]
  readonly rows: readonly PlainRow[]
  /** Purposes that all of the chain may declare: for these it is asked too what of the table they may know of. */
  readonly knownFor?: readonly string[]
  /** Of these purposes it is asked whether all of the chain may declare them in the table's domain. */
  readonly declare?: readonly string[]
}

/** Whole numbers are safe ones. */
export type PlainRow = Readonly<Record<string, string | number | boolean | null | readonly (string | number)[]>>

/** What all of the chain may see of one row: a cell that is not revealed is null, else its masks. */
export interface DecidedRow {
  readonly visible: boolean
  readonly cells: Readonly<Record<string, readonly MaskTransform[] | null>>
}

/** What all of the chain may see of a table, and what they may know of, if that was asked. */
export interface DecidedTable {
  readonly rows: readonly DecidedRow[]
  readonly known?: { readonly table: Known; readonly columns: Readonly<Record<string, Known>> } | undefined
  /** Those of the purposes that they may declare, if that was asked. */
  readonly declared?: readonly string[] | undefined
}

/** Bytes. A policy in JSON is some ten times its text. */
export const officialFrameBound = 268_435_456
