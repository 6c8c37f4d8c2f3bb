import { type Directory, type DirectoryEntry, findEntry } from '@selvage/kernel/contract'
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
  /** Of the same issuer, through whom they would ask: no more than a token may name. */
  readonly agents?: readonly string[] | undefined
  /** Absent: all that the asker may audit or administer. */
  readonly table?: TableId | undefined
}

/**
 * What a login may see in this domain, for each purpose, alone or through agents: the decision, never data. One that no directory
 * names, or several without their issuer, sees nothing, as one does to whom no rule opens anything. The entry's details name all.
 */
export async function seeAs(gate: Gate, question: Question): Promise<{ sights: readonly Sight[]; receipt: Receipt }> {
  const identified = await identify(gate, question.sender)
  const { login, agents = [], table } = question
  try {
    requirePerson(identified)
    const { generation, who } = identified
    const sees = overseeing(identified)
    const tables = tablesOf(generation, sees, table)
    const directory = await gate.directories.read(generation.mesh)
    const going = goingOn(gate, identified, question.gone)
    const context = { generation, overseeing: sees, documentBytes: gate.config.limits.documentBytes, going }
    const sights = await sightsOf(context, { ...partiesOf(directory, login, agents), tables, showing: false })
    const more = { resource: table ?? '', directory: directory.digest }
    const through = agents.length === 0 ? {} : { through: agents }
    const detail = { subject: who.subject.id, agents: who.actors.map(actor => actor.id), about: login, ...through }
    return { sights, receipt: await append(gate, identified, { event: 'see-as', more }, detail) }
  } catch (error) {
    // Its details are encrypted, as those of what is answered.
    if (error instanceof SelvageError && error.code !== 'ledger.unavailable')
      await recordDenied(gate, identified, error, { resource: `${table ?? ''} as ${[login, ...agents].join(' through ')}` })
    throw error
  }
}

/** Agents act for people of their own issuer. Nobody where one of them is not there by this name alone. */
function partiesOf(
  { entries }: Directory,
  login: string,
  agents: readonly string[],
): Record<'entries' | 'through', readonly DirectoryEntry[]> {
  const entry = findEntry({ entries }, login)
  const through = agents.flatMap(agent => findEntry({ entries: entries.filter(one => one.issuer === entry?.issuer) }, agent) ?? [])
  return { entries: entry === undefined || through.length < agents.length ? [] : [entry], through }
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
