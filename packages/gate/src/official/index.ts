import type { ReadPolicies } from '@selvage/cedar'
import type { PolicyText } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import type { CedarSchema } from '@selvage/kernel/policy'
import { Child, type ChildLog, scriptBeside } from '../execute/child-process.ts'
import { parseDecided, parseRead } from './answer.ts'
import { type DecidedRow, type DecideMessage, fromOfficial, officialFrameBound, type ReadMessage, toOfficial } from './message.ts'

export type { DecidedRow, DecideMessage, PlainRow } from './message.ts'

/** Cedar's own engine, in a process of its own: it may panic, takes long over large sets, and never gives memory back. */
export interface Official {
  /** What it says of a set of policies. Throws `policy.invalid` where it came to no answer. */
  readPolicies(files: readonly PolicyText[], schema: CedarSchema): Promise<ReadPolicies>
  /** What it says of rows, one for each of them. One question at a time. Throws `limit.time`, or `internal.fault`. */
  decideRows(question: DecideMessage): Promise<readonly DecidedRow[]>
}

export interface OfficialOptions {
  /** MiB of JavaScript heap, and what the process may take beside it. */
  readonly memoryMb: number
  readonly overheadMb: number
  readonly timeoutMs: number
  /** For the rows of one table. */
  readonly decideMs: number
  readonly log: ChildLog
}

const script = scriptBeside(import.meta.url, './child.js')

/** Each job has a child to itself, which is gone when it is done. */
export function openOfficial(options: OfficialOptions): Official {
  // One at a time: the memory of one is counted.
  let deciding: Promise<unknown> = Promise.resolve()
  return {
    readPolicies: (files, schema) =>
      work(options, {
        kinds: [toOfficial.read, fromOfficial.read],
        message: { files, schema } satisfies ReadMessage,
        parse: parseRead,
        timeoutMs: options.timeoutMs,
        failed: cause => new SelvageError('policy.invalid', { detail: 'The policy engine did not come to an end with it.', cause }),
      }),
    decideRows: question => {
      const next = deciding.then(() => decide(options, question))
      deciding = next.catch(() => undefined)
      return next
    },
  }
}

async function decide(options: OfficialOptions, question: DecideMessage): Promise<readonly DecidedRow[]> {
  const rows = await work(options, {
    kinds: [toOfficial.decide, fromOfficial.decided],
    message: question,
    parse: parseDecided,
    timeoutMs: options.decideMs,
    failed: cause => new SelvageError(cause.message === 'time' ? 'limit.time' : 'internal.fault', { cause }),
  })
  const whole =
    rows.length === question.rows.length && rows.every(({ cells }) => question.columns.every(name => Object.hasOwn(cells, name)))
  if (!whole) throw new SelvageError('internal.fault', { cause: 'not every row and cell was decided' })
  return rows
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

function work<T>({ memoryMb, overheadMb, log }: OfficialOptions, { kinds, message, parse, timeoutMs, failed }: Job<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = new Child({
      name: 'official',
      script,
      frameBound: officialFrameBound,
      heapMb: memoryMb,
      wallMb: memoryMb + overheadMb,
      log,
      onFrame: ({ kind, payload }) => {
        if (kind !== kinds[1]) throw new Error('an answer to nothing')
        resolve(parse(payload))
        child.kill('done')
      },
      onExit: reason => {
        clearTimeout(timer)
        log('official.ended', { pid: child.pid, reason })
        reject(failed(new Error(reason)))
      },
    })
    const timer = setTimeout(() => child.kill('time'), timeoutMs)
    child.send(kinds[0], message)
  })
}
