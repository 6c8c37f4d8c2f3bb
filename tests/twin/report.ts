import { productions } from './coverage.ts'
import type { Report } from './run.ts'

const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`

/** What a run did, in a few lines. */
export function summary(property: string, seed: number, report: Report, ms: number): string {
  const { asked, answered, withRows, ordered, late, codes, hiddenRows, greatly, plans, joinPlans, failures, coverage } = report
  const uncovered = coverage.uncovered()
  const refusals = Object.entries(codes).map(([code, count]) => `${code} ${count}`)
  return [
    `${property}, seed ${seed}: ${asked} statements in ${(ms / 1_000).toFixed(0)} s, ${failures.length} differences`,
    `  answered ${percent(answered, asked)}, with rows ${percent(withRows, answered)}, in a total order ${percent(ordered, asked)}, too late to be compared ${late}`,
    `  refused: ${refusals.join(', ') || 'none'}`,
    ...(hiddenRows > 0
      ? [
          `  hidden rows more in the other databases: ${hiddenRows}; statements beside more than a row group of them: ${greatly}; plans that differ: ${plans.otherwise} of ${plans.planned}, of joins ${joinPlans.otherwise} of ${joinPlans.planned}`,
        ]
      : []),
    `  productions met: ${coverage.covered} of ${productions.size}${uncovered.length === 0 ? '' : `; not: ${report.asked < 1_000 ? `${uncovered.length} others` : uncovered.join(', ')}`}`,
  ].join('\n')
}
