import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Change } from '@selvage/identity'
import { makeDurableDirectory } from '@selvage/ledger/directory'
import type { Log } from '../ports.ts'
import { EventFile } from './event-file.ts'
import { parseKeptRecord } from './kept-record.ts'

/** What one event, or some that were kept before, changed. */
export interface KeptRecord {
  /** An issuer's alias. */
  readonly issuer: string
  /** Which event it was, so that it is known when it comes again. Seconds since 1970. */
  readonly event?: { readonly id: string; readonly digest: string; readonly issuedAt: number }
  readonly changes: readonly Change[]
}

/** All that was said and still counts, in a file that grows by a line for each event. */
export interface KeptEvents {
  /** Resolves once it is on the disk. */
  readonly keep: (record: KeptRecord) => Promise<void>
  readonly close: () => Promise<void>
}

interface Options {
  readonly dir: string
  readonly log: Log
  /** Is given what was kept, before anything is added. */
  readonly recall: (record: KeptRecord) => void
  /** Is called instead where what was kept cannot be read: nobody knows what was said. What it returns is kept in its place. */
  readonly lost: () => KeptRecord
  /** All that is to be kept, whenever the file is written anew. */
  readonly all: () => Iterable<KeptRecord>
}

/** Bytes: some two million events. */
const maxLength = 512 * 1024 * 1024
/** Lines after which the file is written anew, if they are twice as many as it takes. */
const rewriteAfter = 10_000

interface Waiting {
  readonly line: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * A line is `SUM JSON`: whoever stops in the midst of one leaves a last line without its sum, which nobody was told is kept, and
 * which is dropped. Any other line that is not what was written makes all of it lost: an event may be missing, so every token
 * that was issued until now is to be refused.
 */
export async function openKeptEvents(options: Options): Promise<KeptEvents> {
  const { dir, log } = options
  const path = join(dir, 'events')
  makeDurableDirectory(dir, 0o700)
  await recall(path, options)
  let file = await EventFile.write(path, linesOf(options))
  await file.takePlace()
  /** Whether it is `file` that a restart reads. */
  let isSure = true
  /** Since the file was written anew. */
  let lines = 0
  let waiting: Waiting[] = []
  let writing: Promise<void> | undefined

  /** INVARIANT: nothing is told to be kept in a file that is being replaced, nor in one whose name is not on the disk yet. */
  async function replace(): Promise<void> {
    const next = await EventFile.write(path, linesOf(options))
    const last = file
    file = next
    isSure = false
    await last.close().catch(cause => log('signals.not_rewritten', { cause: String(cause) }))
    await file.takePlace()
    isSure = true
  }

  async function append(batch: readonly Waiting[]): Promise<void> {
    try {
      if (!isSure) await replace()
      await file.append(batch.map(({ line }) => line).join(''))
      lines += batch.length
      for (const { resolve } of batch) resolve()
    } catch (error) {
      log('signals.not_kept', { cause: String(error) })
      for (const { reject } of batch) reject(error)
    }
  }

  async function compact(): Promise<void> {
    await replace().catch(error => log('signals.not_rewritten', { cause: String(error) }))
    lines = 0
  }

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await append(batch)
      if (lines > rewriteAfter && lines > file.lines) await compact()
    }
    writing = undefined
  }

  return {
    keep: record =>
      new Promise((resolve, reject) => {
        waiting.push({ line: lineOf(record), resolve, reject })
        writing ??= write()
      }),
    close: async () => {
      await writing
      await file.close()
    },
  }
}

async function recall(path: string, { log, recall: give, lost }: Options): Promise<void> {
  try {
    const text = await readBounded(path)
    if (text === undefined) return
    const lines = text.split('\n')
    const broken = lines.slice(0, -1).filter(line => !recallLine(line, give)).length
    if (broken > 0) throw new Error(`${broken} lines are not what was written`)
  } catch (error) {
    log('signals.lost', { cause: String(error) })
    // Until the file is written anew, with this in it, the broken one stays, so that a stop meanwhile finds it again.
    give(lost())
  }
}

/** Undefined only where there surely is none: one that cannot be looked at may hold what was said. */
async function readBounded(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).size > maxLength) throw new Error('too large')
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** After the last line feed there is nothing, or what a stop left of a line: that is not asked for. */
function recallLine(line: string, give: Options['recall']): boolean {
  const text = line.slice(17)
  if (line[16] !== ' ' || sumOf(text) !== line.slice(0, 16)) return false
  give(parseKeptRecord(text))
  return true
}

function* linesOf({ all }: Options): Generator<string> {
  for (const record of all()) yield lineOf(record)
}

function lineOf(record: KeptRecord): string {
  const text = JSON.stringify(record)
  return `${sumOf(text)} ${text}\n`
}

/** It tells what a disk altered; it is no signature. */
const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)
