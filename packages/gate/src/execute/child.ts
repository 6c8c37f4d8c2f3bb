import { setTimeout as sleep } from 'node:timers/promises'
import { SelvageError } from '@selvage/kernel/model'
import { openPipe } from './child-pipe.ts'
import { lockDatabase, openDatabase, quoteName, quoteText } from './database.ts'
import { parseEngineError } from './engine-error.ts'
import type { Frame } from './frame.ts'
import { KeptStatements } from './kept-statements.ts'
import { fromEngine, type OpenMessage, type ResultBounds, type RunMessage, statementFrameBound, toEngine } from './message.ts'
import { PlanCheck } from './plan-check.ts'
import { StatementRun } from './statement-run.ts'
import { Verifier } from './verifier.ts'
import { isWorn } from './wall.ts'

/**
 * The engine child: one locked database over one set of immutable files, one statement at a time. It is bound to
 * its files for life and answers each `run` with exactly one `ended` or `failed`.
 */
interface Opened {
  readonly verifier: Verifier
  readonly kept: KeptStatements
}

let opened: Promise<Opened> | undefined
let current: StatementRun | undefined
let bounds: ResultBounds = { rows: 0, bytes: 0 }
const plans = new PlanCheck()

const { send } = openPipe(statementFrameBound, onFrame)

function onFrame({ kind, payload }: Frame): void {
  if (kind === toEngine.open) void open(message(payload))
  else if (kind === toEngine.run) void run(message(payload))
  else if (kind === toEngine.more) current?.more()
  else if (kind === toEngine.cancel) current?.cancel()
  else throw new Error('unknown frame')
}

/** From the gate, over a pipe that nobody else holds. */
const message = <T>(payload: Buffer): T => JSON.parse(payload.toString()) as T

async function open(options: OpenMessage): Promise<void> {
  try {
    bounds = options.bounds
    opened = attach(options)
    await opened
    send(fromEngine.ready, {})
  } catch (error) {
    fail(error)
  }
}

async function attach({ files, memoryMb, threads, strict, tempDir, tempMb }: OpenMessage): Promise<Opened> {
  const database = await openDatabase({ memoryMb, threads, temp: { dir: tempDir, mb: tempMb } })
  const connection = await database.connect()
  for (const { alias, path } of files) await connection.run(`ATTACH ${quoteText(path)} AS ${quoteName(alias)} (READ_ONLY)`)
  const kept = await KeptStatements.open(database)
  await lockDatabase(connection, strict)
  return { verifier: await Verifier.open(connection), kept }
}

async function run(message: RunMessage): Promise<void> {
  const started = performance.now()
  try {
    if (opened === undefined || current !== undefined) throw new Error('not ready')
    const { verifier, kept } = await opened
    current = new StatementRun(send, kept, bounds)
    await verifier.verify(message.sql, message.templates)
    const counts = await current.run(plans, message)
    current = undefined
    send(fromEngine.ended, { ...counts, worn: isWorn(performance.now() - started) })
  } catch (error) {
    const running = current?.planned === true
    current = undefined
    fail(error, running, await isLeftWorn(started))
  }
}

/** Milliseconds that whoever asked waits for what a failed statement still does. */
const clearMs = 150

/** After a statement that failed: also where it goes on in spite of it, or its connection cannot be used any more. */
async function isLeftWorn(started: number): Promise<boolean> {
  const goesOn = sleep(clearMs, true, { ref: false })
  try {
    const cleared = (await opened)?.kept.clear().then(() => false)
    return (await Promise.race([cleared, goesOn])) === true || isWorn(performance.now() - started)
  } catch {
    return true
  }
}

/** What the gate makes its own error of. Our errors carry their code, the engine's its own text. */
function fail(error: unknown, running = false, worn = false): void {
  if (error instanceof SelvageError) {
    const { detail, help, cause } = error.options
    send(fromEngine.failed, { code: error.code, detail, help, cause: cause instanceof Error ? cause.message : undefined, worn })
  } else send(fromEngine.failed, { engine: parseEngineError(error), running, worn })
}
