import type { ReadPolicies } from '@selvage/cedar'
import type { PolicyText } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import type { CedarSchema } from '@selvage/kernel/policy'
import { Child, type ChildLog, scriptBeside } from '../execute/child-process.ts'
import { Patience } from '../execute/patience.ts'
import { parseDecided, parseRead } from './answer.ts'
import {
  type DecidedRow,
  type DecidedTable,
  type DecideMessage,
  fromOfficial,
  officialFrameBound,
  type Question,
  type ReadMessage,
  toOfficial,
} from './message.ts'
import { openTurns } from './turns.ts'

export { exactRow, plainRow } from './exact-row.ts'
export type { DecidedRow, DecidedTable, PlainRow, Question } from './message.ts'

/** Cedar's own engine, in a process of its own: it may panic, takes long over large sets, and never gives memory back. */
export interface Official {
  /** What it says of a set of policies. Throws `policy.invalid` where it came to no answer. */
  readPolicies(files: readonly PolicyText[], schema: CedarSchema): Promise<ReadPolicies>
  /** Reads a set of policies, then decides by them, in one process, which is gone once `work` is done. */
  trial<T>(work: (engine: TrialEngine) => Promise<T>): Promise<T>
  /** What it says of rows, one for each of them. One question at a time, in a fair order between those who ask. Throws `limit.time`, `limit.busy`, or `internal.fault`. */
  decideRows(question: Question & Pick<DecideMessage, 'world'>): Promise<readonly DecidedRow[]>
}

export interface TrialEngine extends Pick<Official, 'readPolicies'> {
  /** Of each question its rows. It may take as long as reading. */
  decideAll(message: DecideMessage): Promise<readonly DecidedTable[]>
}

export interface OfficialOptions {
  /** MiB of JavaScript heap, and what the process may take beside it. */
  readonly memoryMb: number
  readonly overheadMb: number
  readonly timeoutMs: number
  /** For the rows of one table, and how long it may wait for its turn. */
  readonly decideMs: number
  readonly log: ChildLog
}

const script = scriptBeside(import.meta.url, './child.js')

/** Each piece of work has a child to itself, which is gone when it is done. */
export function openOfficial(options: OfficialOptions): Official {
  // One at a time: the memory of one is counted.
  const inTurn = openTurns(options.decideMs)
  return {
    readPolicies: (files, schema) => withChild(options, ask => read(ask, options, files, schema)),
    // Activations come one at a time.
    trial: work =>
      withChild(options, ask =>
        work({
          readPolicies: (files, schema) => read(ask, options, files, schema),
          decideAll: message => decide(ask, message, options.timeoutMs),
        }),
      ),
    decideRows: ({ world, ...question }) => {
      const message = { world, questions: [question] }
      const work = (): Promise<readonly DecidedTable[]> => withChild(options, ask => decide(ask, message, options.decideMs))
      return inTurn(question.chain[0]!.id, work).then(([decided]) => decided!.rows)
    },
  }
}

const read = (ask: Ask, { timeoutMs }: OfficialOptions, files: readonly PolicyText[], schema: CedarSchema): Promise<ReadPolicies> =>
  ask({
    kinds: [toOfficial.read, fromOfficial.read],
    message: { files, schema } satisfies ReadMessage,
    parse: parseRead,
    timeoutMs,
    failed: cause => new SelvageError('policy.invalid', { detail: 'The policy engine did not come to an end with it.', cause }),
  })

async function decide(ask: Ask, message: DecideMessage, timeoutMs: number): Promise<readonly DecidedTable[]> {
  const decided = await ask({
    kinds: [toOfficial.decide, fromOfficial.decided],
    message,
    parse: parseDecided,
    timeoutMs,
    failed: cause => new SelvageError(cause.message === 'time' ? 'limit.time' : 'internal.fault', { cause }),
  })
  const { questions } = message
  const isWhole = (question: Question, at: number): boolean => decided[at] !== undefined && answers(question, decided[at])
  if (decided.length !== questions.length || !questions.every(isWhole))
    throw new SelvageError('internal.fault', { cause: 'not every row and cell was decided' })
  return decided
}

/** Every row, cell, table and column that was asked about. */
function answers({ rows, columns, knownFor }: Question, decided: DecidedTable): boolean {
  const isRow = ({ cells }: DecidedRow): boolean => columns.every(name => Object.hasOwn(cells, name))
  const { known } = decided
  const isKnown = knownFor === undefined || (known !== undefined && columns.every(name => Object.hasOwn(known.columns, name)))
  return decided.rows.length === rows.length && decided.rows.every(isRow) && isKnown
}

interface Job<T> {
  /** Of the question, and of its answer. */
  readonly kinds: readonly [number, number]
  readonly message: object
  readonly parse: (payload: Buffer) => T
  readonly timeoutMs: number
  /** @param cause `time`, or how the child ended */
  readonly failed: (cause: Error) => SelvageError
}

/** One question at a time. */
type Ask = <T>(job: Job<T>) => Promise<T>

interface Waiting {
  readonly kind: number
  readonly answered: (payload: Buffer) => void
  readonly ended: (reason: string) => void
}

async function withChild<T>({ memoryMb, overheadMb, log }: OfficialOptions, work: (ask: Ask) => Promise<T>): Promise<T> {
  let waiting: Waiting | undefined
  let how: string | undefined
  const child = new Child({
    name: 'official',
    script,
    frameBound: officialFrameBound,
    heapMb: memoryMb,
    wallMb: memoryMb + overheadMb,
    log,
    onFrame: ({ kind, payload }) => {
      if (waiting === undefined || kind !== waiting.kind) throw new Error('an answer to nothing')
      waiting.answered(payload)
      waiting = undefined
    },
    onExit: reason => {
      how = reason
      log('official.ended', { pid: child.pid, reason })
      waiting?.ended(reason)
    },
  })
  const ask = <A>({ kinds, message, parse, timeoutMs, failed }: Job<A>): Promise<A> =>
    new Promise((resolve, reject) => {
      const ended = (reason: string): void => {
        patience.end()
        reject(failed(new Error(reason)))
      }
      const patience = new Patience(timeoutMs, () => child.kill('time'))
      if (how !== undefined) return ended(how)
      const answered = (payload: Buffer): void => {
        // What does not fit is thrown, and ends the child: it is waited for still.
        const answer = parse(payload)
        patience.end()
        resolve(answer)
      }
      waiting = { kind: kinds[1], answered, ended }
      child.send(kinds[0], message)
    })
  try {
    return await work(ask)
  } finally {
    child.kill('done')
  }
}
