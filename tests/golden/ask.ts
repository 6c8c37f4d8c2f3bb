import { problemOf, SelvageError } from '@selvage/kernel/model'
import { parseSqlRequest, type SqlRequest } from '../../packages/gate/src/decide/request.ts'
import type { Sender } from '../../packages/gate/src/identify/index.ts'
import type { ProtectedColumn } from '../../packages/gate/src/mask/index.ts'
import { answer, type Reader } from '../../packages/gate/src/pipeline.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { type Receipt, recordEnded } from '../../packages/gate/src/record/index.ts'

export interface Answer {
  readonly columns: readonly ProtectedColumn[]
  /** As they go over the wire, one JSON array a row. */
  readonly rows: readonly string[]
  readonly receipt: Receipt
}

export interface Refused {
  readonly code: SelvageError['code']
  /** Everything that is told. */
  readonly problem: string
}

/** The stand's verifier takes the name of a party for its token. */
export const senderNamed = (party: string): Sender => ({ token: party, proof: { kind: 'bearer' } })

/** Reads at once, and stays. */
const reader = (): Reader => ({ gone: new AbortController().signal, left: Promise.resolve(), cut: () => undefined })

/** One statement through the whole pipeline, as the HTTP door sends it. */
export async function ask(gate: Gate, party: string, body: SqlRequest): Promise<Answer | Refused> {
  try {
    const request = parseSqlRequest(body, gate.config.limits)
    const released = await answer(gate, { sender: senderNamed(party), request, separator: '\n', reader: reader() })
    const parts: Uint8Array[] = []
    const { running } = released.executed
    // Between two parts there is no separator.
    for await (const part of running.rows) parts.push(part, Buffer.from('\n'))
    await recordEnded(gate, released.identified, released.receipt, await running.done)
    const rows = Buffer.concat(parts)
      .toString('utf8')
      .split('\n')
      .filter(row => row !== '')
    return { columns: released.columns, rows, receipt: released.receipt }
  } catch (error) {
    if (!(error instanceof SelvageError)) throw error
    return { code: error.code, problem: JSON.stringify(problemOf(error, 'ref')) }
  }
}

export async function mustAnswer(gate: Gate, party: string, request: SqlRequest): Promise<Answer> {
  const outcome = await ask(gate, party, request)
  if ('problem' in outcome) throw new Error(`${request.sql}\n${outcome.problem}`)
  return outcome
}
