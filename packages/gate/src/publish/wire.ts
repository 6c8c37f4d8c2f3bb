import type { Table } from '@selvage/kernel/contract'
import { z } from 'zod'

/** What the loading child is told: one line of JSON on its stdin, which then stays open for as long as the gate lives. */
export interface Job {
  /** Where `data.duckdb` and `quarantine.duckdb` are made. Nothing else is there. */
  readonly dir: string
  readonly tables: readonly TableJob[]
  /** Scope of tokens -> its key, 32 bytes in base64. */
  readonly keys: Readonly<Record<string, string>>
  readonly memoryMb: number
  /** MiB that it may spill to the disk. */
  readonly tempMb: number
  readonly threads: number
}

export interface TableJob {
  readonly table: Table
  /** Absolute, without symbolic links. */
  readonly path: string
  /** The path below the data folder, for messages. */
  readonly shown: string
  readonly delimiter: string
  /** Column -> scope of its tokens; columns without tokens are not here. */
  readonly scopes: Readonly<Record<string, string>>
}

const count = z.int().min(0)
const stages = ['read', 'validate', 'tokens', 'write'] as const

const progress = z.strictObject({ kind: z.literal('progress'), table: z.string(), rows: count, stage: z.enum(stages) })
const note = z.strictObject({ kind: z.literal('note'), file: z.string(), what: z.string() })
const finding = z.strictObject({ rule: z.string(), severity: z.enum(['error', 'warning']), rows: count })
const loadedTable = z.strictObject({ table: z.string(), rows: count, quarantined: count, findings: z.array(finding).readonly() })
const fileDigest = z.strictObject({
  path: z.string(),
  /** Bytes. */
  size: count,
  /** Hex. */
  sha256: z.string(),
})
/** What is wrong with the data, and where. Never holds a value. */
const dataProblem = z.strictObject({
  file: z.string(),
  /** 1-based. */
  line: count.exactOptional(),
  /** 1-based byte of the line. */
  byte: count.exactOptional(),
  /** As the header names it. */
  column: z.string().exactOptional(),
  what: z.string(),
  help: z.string(),
})
const done = z.strictObject({ kind: z.literal('done'), tables: z.array(loadedTable).readonly(), files: z.array(fileDigest).readonly() })
/** `more`: problems beside those that are told. */
const refused = z.strictObject({ kind: z.literal('refused'), problems: z.array(dataProblem).min(1).readonly(), more: count })
/** `what` is for the operator's log: a kind of error, never the engine's text, which may quote values. */
const failed = z.strictObject({ kind: z.literal('failed'), what: z.string() })

const fromChild = z.discriminatedUnion('kind', [progress, note, done, refused, failed])

/** What the child says on its stdout, one line of JSON each; `done`, `refused` or `failed` is its last word. */
export type FromChild = z.infer<typeof fromChild>
export type Progress = Omit<z.infer<typeof progress>, 'kind'>
export type Stage = Progress['stage']
export type RuleFinding = Readonly<z.infer<typeof finding>>
export type LoadedTable = Readonly<z.infer<typeof loadedTable>>
export type FileDigest = Readonly<z.infer<typeof fileDigest>>
export type DataProblem = Readonly<z.infer<typeof dataProblem>>

/** attacker-controlled: the child read what others wrote. */
export const parseFromChild = (line: string): FromChild => fromChild.parse(JSON.parse(line))
