import { type DecisionTest, subjectIn } from '@selvage/kernel/contract'
import { type Finding, type Name, SelvageError, tableParts } from '@selvage/kernel/model'
import { type Asker, type CompiledPolicies, describedDevice, describedSubject, type Subject } from '@selvage/kernel/policy'
import { idsOf } from '@selvage/kernel/protect'
import { askQuery, type SqlReader } from './ask-query.ts'
import { admitPurpose, askTable } from './ask-table.ts'
import { judge } from './judge.ts'
import { type Outcome, refused } from './outcome.ts'

/** Runs decision tables on our evaluator, as a gate of the asked domain would answer; no engine and no data take part. */
export async function runDecisionTests(
  compiled: CompiledPolicies,
  tests: readonly DecisionTest[],
  reader: SqlReader,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const test of tests) {
    const failed = judge(test, await outcomeOf(compiled, test, reader))
    if (failed !== undefined) findings.push(failed)
  }
  return findings
}

async function outcomeOf(compiled: CompiledPolicies, test: DecisionTest, reader: SqlReader): Promise<Outcome> {
  const { asked } = test
  try {
    admitPurpose(compiled, test.purpose)
    if ('table' in asked) return askTable(compiled, askerOf(compiled, test, tableParts(asked.table).domain), asked.table, test.data)
    return await askQuery(compiled, domain => askerOf(compiled, test, domain), asked.query, reader)
  } catch (error) {
    if (error instanceof SelvageError) return refused(error.code, idsOf(error.options.rules ?? []))
    throw error
  }
}

/** A login of a directory is to each domain what that domain takes of its issuer. */
function askerOf({ world }: CompiledPolicies, { subject, agents, purpose, device }: DecisionTest, domain: Name | undefined): Asker {
  const asked = world.mesh.domains.find(({ name }) => name === domain)
  const of = (who: DecisionTest['subject']): Subject => {
    if (!('login' in who)) return describedSubject(who)
    const known = asked === undefined ? undefined : subjectIn(who, asked)
    if (known === undefined) throw new SelvageError('identity.issuer')
    return describedSubject(known, known.id)
  }
  return { subject: of(subject), actors: agents.map(of), purpose, circumstances: describedDevice(device) }
}
