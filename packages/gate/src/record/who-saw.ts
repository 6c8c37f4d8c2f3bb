import { type Name, SelvageError } from '@selvage/kernel/model'
import { declarable } from '@selvage/kernel/policy'
import { type Identified, identify, requirePerson, type Sender } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import { type Access, newestAccesses } from './accesses.ts'
import { append, type Receipt } from './append.ts'
import { auditing, auditingPast, type MayAudit } from './auditing.ts'
import { recordDenied } from './index.ts'

interface Question {
  readonly sender: Sender
  /** product, table or column, split at its dots */
  readonly parts: readonly Name[]
  readonly purpose?: string | undefined
  readonly limit: number
}

/** Who was given rows of a product, table or column, in all years: newest first. Asking is itself recorded. */
export async function whoSaw(
  gate: Gate,
  question: Question,
): Promise<{ accesses: readonly Access[]; truncated: boolean; receipt: Receipt }> {
  const identified = await identify(gate, question.sender)
  const resource = question.parts.join('.')
  let mayAudit: MayAudit
  try {
    requirePerson(identified)
    mayAudit = permit(identified, question)
  } catch (error) {
    if (error instanceof SelvageError) await recordDenied(gate, identified, error, { resource, purpose: question.purpose })
    throw error
  }
  const { purpose } = question
  const receipt = await append(gate, identified, { event: 'who-saw', more: { resource }, ...(purpose === undefined ? {} : { purpose }) })
  // What was acknowledged a moment ago is durable, not yet published, and only what is published can be read.
  await gate.audit.publish()
  const found = await newestAccesses(gate, { ...question, mayAudit: auditingPast(identified, mayAudit) })
  return { ...found, receipt }
}

function permit(identified: Identified, { parts, purpose }: Question): MayAudit {
  const { generation, asking } = identified
  if (purpose !== undefined && !generation.mesh.taxonomy.purposes.has(purpose))
    throw new SelvageError('purpose.unknown', { help: purposesOf(declarable(generation.policies, asking)) })
  const mayAudit = auditing(identified, purpose === undefined ? ['', ...declarable(generation.policies, asking)] : [purpose])
  // A product that is missing and one whose audit is refused read alike.
  if (!mayAudit(parts))
    throw new SelvageError('policy.denied', {
      detail: 'You may not see who saw this, or it does not exist.',
      help: 'It needs the action `audit`; ask the owner of the product.',
    })
  return mayAudit
}

const purposesOf = (names: readonly string[]): string => `You may declare: ${names.join(', ') || 'none'}.`
