import type { PolicyText } from '@selvage/kernel/contract'
import type { CedarSchema } from '@selvage/kernel/policy'

/** Kinds of frames. From the gate to the child, which is given one job: */
export const toOfficial = { read: 1 } as const
/** From the child to the gate: JSON. */
export const fromOfficial = { read: 11 } as const

export interface ReadMessage {
  readonly files: readonly PolicyText[]
  readonly schema: CedarSchema
}

/** Bytes. A policy in JSON is some ten times its text. */
export const officialFrameBound = 268_435_456
