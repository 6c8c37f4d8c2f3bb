import { type Name, SelvageError, type TableId } from '@selvage/kernel/model'
import { declarable } from '@selvage/kernel/policy'
import { type Identified, identify, requirePerson, type Sender } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import { append, type Receipt } from '../record/append.ts'
import { recordDenied } from '../record/index.ts'
import { goingOn } from './going-on.ts'
import { notOverseen, overseeing } from './overseeing.ts'
import { type Sight, sightsOf } from './sights.ts'

interface Question {
  readonly sender: Sender
  /** Whoever asks has left. */
  readonly gone: AbortSignal
  /** A table or a column, split at its dots. */
  readonly parts: readonly Name[]
  /** Of those who are asked about; absent: any that they may declare. */
  readonly purpose?: string | undefined
}

/** How much was looked at. */
export interface Looked {
  readonly logins: number
  /** Of issuers that this domain does not trust: they see nothing here. */
  readonly elsewhere: number
  readonly digest: string
}

/** Who of the directory may see a table or a column, by which rules. Asking is itself recorded. */
export async function whoCan(gate: Gate, question: Question): Promise<{ sights: readonly Sight[]; directory: Looked; receipt: Receipt }> {
  const identified = await identify(gate, question.sender)
  const { purpose, parts } = question
  const resource = parts.join('.')
  try {
    requirePerson(identified)
    if (purpose !== undefined) knownPurpose(identified, purpose)
    const sees = overseeing(identified)
    const tables = tablesOf(parts, sees.columnsOf(parts.slice(0, 3).join('.') as TableId))
    const { generation } = identified
    const going = goingOn(gate, identified, question.gone)
    const context = { generation, overseeing: sees, documentBytes: gate.config.limits.documentBytes, going }
    return await gate.directories.inTurn(async () => {
      going()
      const { entries, elsewhere, digest } = await gate.directories.read(generation.mesh)
      const sights = await sightsOf(context, { entries, tables, purpose, showing: parts.length === 4 })
      const more = { resource, directory: digest, sights: sights.length }
      const receipt = await append(gate, identified, { event: 'who-can', more, ...(purpose === undefined ? {} : { purpose }) })
      return { sights, directory: { logins: entries.length, elsewhere, digest }, receipt }
    })
  } catch (error) {
    if (error instanceof SelvageError && error.code !== 'ledger.unavailable')
      await recordDenied(gate, identified, error, { resource, purpose })
    throw error
  }
}

function tablesOf(parts: readonly Name[], columns: readonly Name[] | undefined): ReadonlyMap<TableId, readonly Name[]> {
  const asked = columns?.filter(name => name === (parts[3] ?? name))
  if (asked === undefined || (parts.length === 4 && asked.length === 0)) throw notOverseen()
  return new Map([[parts.slice(0, 3).join('.') as TableId, asked]])
}

function knownPurpose({ generation, asking }: Identified, purpose: string): void {
  if (generation.mesh.taxonomy.purposes.has(purpose)) return
  throw new SelvageError('purpose.unknown', { help: `You may declare: ${declarable(generation.policies, asking).join(', ') || 'none'}.` })
}
