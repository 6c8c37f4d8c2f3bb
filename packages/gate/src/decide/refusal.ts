import { SelvageError } from '@selvage/kernel/model'
import type { TableDecision } from '@selvage/kernel/policy'
import { positionAt, type StatementDecision } from '@selvage/kernel/query'
import type { Known, Stated } from './known.ts'
import { purposeRefused } from './purpose.ts'
import { helpOf } from './remedies.ts'

/** What whoever asked is told of a statement that is not answered. */
export function refusalOf(said: Exclude<StatementDecision, { kind: 'decided' }>, sql: string, known: Known, purpose: string): SelvageError {
  switch (said.kind) {
    case 'unknown':
      return unknownTable(known, sql, said.location)
    case 'purpose':
      return purposeRefused(known)
    case 'denied':
      return denied(known, { purpose, labels: said.labels }, said.decision)
  }
}

/** It depends on nothing but where the name stands: a hidden table and a missing one read alike. */
function unknownTable(known: Known, sql: string, location: number | undefined): SelvageError {
  const visible = [...known.visible().keys()].sort().slice(0, 20)
  const mine = visible.length === 0 ? '' : ` You may use: ${visible.join(', ')}.`
  return new SelvageError('query.unknown_table', {
    help: `Tables are named domain.product.table.${mine}`,
    ...(location === undefined ? {} : { position: positionAt(sql, location) }),
  })
}

function denied(known: Known, stated: Stated, decision: TableDecision): SelvageError {
  const reasons = decision.rows.because.flatMap(rule => rule.reason ?? [])
  return new SelvageError('policy.denied', {
    ...helpOf(known.remedies(stated, decision).rows),
    ...(reasons.length === 0 ? {} : { detail: `The rules do not allow this: ${reasons.join('; ')}.` }),
    rules: decision.rows.because,
  })
}
