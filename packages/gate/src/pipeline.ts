import { SelvageError } from '@selvage/kernel/model'
import { decideAnew } from './decide/anew.ts'
import { type Decided, decide } from './decide/index.ts'
import type { SqlRequest } from './decide/request.ts'
import { type Executed, execute } from './execute/stage.ts'
import { type Identified, identify, type Sender } from './identify/index.ts'
import { describeColumns, type ProtectedColumn } from './mask/index.ts'
import type { Gate } from './ports.ts'
import { type Receipt, recordDecided, recordDenied } from './record/index.ts'
import { type Rewritten, rewrite } from './rewrite/index.ts'
import { type Entered, enter } from './sessions/enter.ts'

/**
 * THE TABLE: which door goes through which stage, in this order. A door has no other way to an engine.
 *
 *                        executed                explained
 *                        SQL over HTTP           why
 *   identify             x                       x
 *   decide               x                       x
 *   rewrite              x                       x
 *   execute              x
 *   mask (describe)      x                       x
 *   record               released, then rows,    why, then
 *                        then ended              the answer
 *
 * `identify` finds the session that a request runs in, too (`sessions/`).
 * Who-saw and replay ask the log, not an engine: `identify`, then `audit` on what they tell of, then their own entry.
 * Who-can and see-as ask the rules about others (`directory/`): `identify`, `audit` or `administer`, their entry.
 * What is refused after `identify` is recorded as `denied` before it is told. From `execute` until the last row, new rules
 * have the statement decided anew (`under-way.ts`).
 */

/** Rows that may leave: their entry is durable. */
export interface Released {
  readonly '~stage': 'released'
  readonly identified: Identified
  readonly executed: Executed
  readonly columns: readonly ProtectedColumn[]
  readonly receipt: Receipt
}

export interface Explained {
  readonly '~stage': 'explained'
  readonly decided: Decided
  readonly rewritten: Rewritten
  readonly columns: readonly ProtectedColumn[]
  readonly receipt: Receipt
}

export interface Asked {
  readonly sender: Sender
  readonly request: SqlRequest
  readonly separator: ',' | '\n'
  readonly reader: Reader
}

/** Whoever takes an answer. */
export interface Reader {
  /** Aborts where it goes away before it has its whole answer. */
  readonly gone: AbortSignal
  /** Resolves when nothing of the answer stands in here any more. */
  readonly left: Promise<unknown>
  /** What was not handed over by now never leaves. */
  readonly cut: () => void
}

/** A statement may wait for an engine child while the rules change: what leaves is what the rules of now allow. */
const attempts = 3

export async function answer(gate: Gate, asked: Asked): Promise<Released> {
  for (let left = attempts; ; left--) {
    const released = await attempt(gate, asked, left === 1)
    if (released !== undefined) return released
  }
}

/** Undefined where the rules changed on the way, so that all is to be decided anew; the last attempt throws `limit.busy`. */
async function attempt(gate: Gate, asked: Asked, last: boolean): Promise<Released | undefined> {
  const { stage } = gate.telemetry
  const { sender, identified, request } = await stage('identify', () => identifyIn(gate, asked))
  // Until it runs: an engine child that has opened the files keeps them itself.
  const release = identified.generation.pin()
  const released = refusalsRecorded(gate, identified, request, async (): Promise<Released | undefined> => {
    const decided = await stage('decide', () => decide(gate, identified, request))
    const rewritten = await stage('rewrite', () => rewrite(gate, decided))
    const { separator, reader } = asked
    const { stop, taken, leave } = watch(gate, { sender, reader }, decided)
    const executed = await stage('execute', () => execute(gate, rewritten, { separator, stop, left: reader.left })).catch(error => {
      leave()
      // What was stopped by new rules, before anything left, is told by them.
      if (!last && stop.signal.reason === error) return undefined
      throw error
    })
    if (executed === undefined) return undefined
    executed.running.done.then(taken, leave)
    try {
      if (gate.generation() !== identified.generation) {
        if (last) throw new SelvageError('limit.busy', { cause: 'the rules changed again and again' })
        await executed.cancel()
        return undefined
      }
      const columns = describeColumns({ decided, columns: executed.columns })
      const receipt = await stage('record', () => recordDecided(gate, 'released', decided))
      return { '~stage': 'released', identified, executed, columns, receipt }
    } catch (error) {
      await executed.cancel()
      throw error
    }
  })
  return released.finally(release)
}

interface Watch {
  readonly stop: AbortController
  /** The engine's last row was taken: what is gathered in here, or in the connection, is watched until it has left. */
  readonly taken: () => void
  readonly leave: () => void
}

/**
 * Milliseconds in which the rest of an answer may leave whose last row the engine gave before its rules or its token ended: it
 * cannot be told any more, and whoever reads at once has it by then. Within the second of `UnderWay`.
 */
const lastMs = 150

/** From here on until nothing of it stands in here, rules that come, a token that expires and what is said of its asker stop it. */
function watch(gate: Gate, { sender, reader }: Pick<Asked, 'sender' | 'reader'>, decided: Decided): Watch {
  const stop = new AbortController()
  let isTaken = false
  let last: NodeJS.Timeout | undefined
  const cut = (code: SelvageError['code']): void => {
    gate.log('answer.cut', { code })
    reader.cut()
  }
  // Not `AbortSignal.any`: it costs as much as verifying a token that is known.
  if (reader.gone.aborted) stop.abort()
  reader.gone.addEventListener('abort', () => stop.abort(), { once: true })
  const leave = gate.underWay.add({
    basis: decided.identified,
    decideAnew: approved => decideAnew(gate, sender, decided, approved),
    end: error => {
      stop.abort(error)
      if (isTaken) last ??= setTimeout(() => cut(error.code), lastMs)
    },
  })
  const taken = (): void => {
    isTaken = true
    const late = setTimeout(() => cut('limit.time'), gate.config.engine.readerMs)
    void reader.left.then(() => {
      clearTimeout(late)
      clearTimeout(last)
      leave()
    })
  }
  return { stop, taken, leave }
}

export async function explain(gate: Gate, asked: Pick<Asked, 'sender' | 'request'>): Promise<Explained> {
  const { stage } = gate.telemetry
  const { identified, request } = await stage('identify', () => identifyIn(gate, asked))
  return refusalsRecorded(gate, identified, request, async () => {
    const decided = await stage('decide', () => decide(gate, identified, request))
    const rewritten = await stage('rewrite', () => rewrite(gate, decided))
    const columns = describeColumns(rewritten)
    const receipt = await stage('record', () => recordDecided(gate, 'why', decided))
    return { '~stage': 'explained', decided, rewritten, columns, receipt }
  })
}

/** Who asks, in which session, if any. */
async function identifyIn(gate: Gate, { sender, request }: Pick<Asked, 'sender' | 'request'>): Promise<Entered> {
  const identified = await identify(gate, sender)
  return refusalsRecorded(gate, identified, request, () => enter(gate, { sender, identified, request }))
}

async function refusalsRecorded<T>(gate: Gate, identified: Identified, request: SqlRequest, path: () => Promise<T>): Promise<T> {
  try {
    return await path()
  } catch (error) {
    const refusal = error instanceof SelvageError ? error : new SelvageError('internal.fault', { cause: error })
    if (refusal.code !== 'ledger.unavailable') await recordDenied(gate, identified, refusal, request)
    throw refusal
  }
}
