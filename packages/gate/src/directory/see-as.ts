import { findEntry } from '@selvage/kernel/contract'
import { type Name, SelvageError, type TableId } from '@selvage/kernel/model'
import { identify, requirePerson, type Sender } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import { append, type Receipt } from '../record/append.ts'
import { recordDenied } from '../record/index.ts'
import type { Generation } from '../sync/generation.ts'
import { goingOn } from './going-on.ts'
import { notOverseen, type Overseeing, overseeing } from './overseeing.ts'
import { type Sight, sightsOf } from './sights.ts'

interface Question {
  readonly sender: Sender
  /** Whoever asks has left. */
  readonly gone: AbortSignal
  /** A login of the directory, or `login@issuer`. */
  readonly login: string
  /** Absent: all that the asker may audit or administer. */
  readonly table?: TableId | undefined
}

/**
 * What a login may see in this domain, for each purpose: the decision, never data. One that no directory names, or several
 * without their issuer, sees nothing, as one does to whom no rule opens anything. The entry's details name both.
 */
export async function seeAs(gate: Gate, question: Question): Promise<{ sights: readonly Sight[]; receipt: Receipt }> {
  const identified = await identify(gate, question.sender)
  const { login, table } = question
  try {
    requirePerson(identified)
    const { generation, who } = identified
    const sees = overseeing(identified)
    const tables = tablesOf(generation, sees, table)
    const { entries, digest } = await gate.directories.read(generation.mesh)
    const entry = findEntry({ entries }, login)
    const going = goingOn(gate, identified, question.gone)
    const context = { generation, overseeing: sees, documentBytes: gate.config.limits.documentBytes, going }
    const sights = await sightsOf(context, { entries: entry === undefined ? [] : [entry], tables, showing: false })
    const more = { resource: table ?? '', directory: digest }
    const detail = { subject: who.subject.id, agents: who.actors.map(actor => actor.id), about: login }
    return { sights, receipt: await append(gate, identified, { event: 'see-as', more }, detail) }
  } catch (error) {
    // Its details are encrypted, as those of what is answered.
    if (error instanceof SelvageError && error.code !== 'ledger.unavailable')
      await recordDenied(gate, identified, error, { resource: `${table ?? ''} as ${login}` })
    throw error
  }
}

function tablesOf({ columns }: Generation, { columnsOf }: Overseeing, table: TableId | undefined): ReadonlyMap<TableId, readonly Name[]> {
  const asked = table === undefined ? [...columns.keys()] : [table]
  const found = new Map(
    asked.flatMap(id => {
      const told = columnsOf(id)
      return told === undefined ? [] : [[id, told] as const]
    }),
  )
  if (found.size === 0) throw notOverseen()
  return found
}
