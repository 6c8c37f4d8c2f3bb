import type { SenderChecker, Standing } from '@selvage/identity'
import type { LogWriter } from '@selvage/ledger/io'
import type { Config } from './config.ts'
import type { Devices } from './devices/index.ts'
import type { Directories } from './directory/index.ts'
import type { Engine } from './execute/index.ts'
import type { Keys } from './keys.ts'
import type { Official } from './official/index.ts'
import type { Parser } from './parser/index.ts'
import type { SessionStore } from './sessions/store.ts'
import type { Generation } from './sync/generation.ts'
import type { Model } from './sync/model.ts'
import type { Telemetry } from './telemetry.ts'
import type { UnderWay } from './under-way.ts'

/** An event name with attributes. Never a secret, a row value or a token. */
export type Log = (event: string, attributes?: object) => void

/** Milliseconds since 1970, UTC. */
export type Clock = () => number

export type Random = (bytes: number) => Buffer

/** What the stages reach the world through. Only `main.ts` builds one. */
export interface Gate {
  readonly config: Config
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly telemetry: Telemetry
  readonly keys: Keys
  readonly sender: SenderChecker
  /** What was said of those who ask since their tokens were issued. */
  readonly standing: Standing
  readonly parser: Parser
  readonly engine: Engine
  readonly official: Official
  readonly audit: LogWriter
  readonly auditDir: string
  readonly underWay: UnderWay
  readonly directories: Directories
  readonly devices: Devices
  readonly sessions: SessionStore
  /** The rules in force, whole. Throws `policy.missing`, `policy.expired` or `policy.stale`. */
  readonly generation: () => Generation
  /** Grows whenever something was said of those who ask, or might be, or their issuers' keys changed: what was decided before is to be decided anew. */
  readonly said: () => number
  /** Rules that were in force once, by the beginnings of both digests; undefined where they are not kept any more. */
  readonly rulesOf: (centre: string, domain: string) => Promise<Model | undefined>
}
