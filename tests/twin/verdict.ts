import type { PlanCount } from './plans.ts'
import type { Report } from './run.ts'

/** Of those that were asked; and in a short run, where one slow moment counts much, this many. */
const lateShare = 0.02
const lateLeast = 2
/** With fewer plans looked at, none need differ: many statements join nothing, or not a great table, and those of one mesh go together. */
const planLeast = 100
const joinLeast = 60

/** Why a run shows nothing, though no answer differed: too little was compared, or over databases that made no difference. */
export function findShortfalls({ asked, late, greatly, plans, joinPlans }: Report, wantsGreat: boolean): readonly string[] {
  return [
    ...(late > Math.max(lateLeast, lateShare * asked) ? [`${late} of ${asked} came too late to be compared`] : []),
    ...(wantsGreat && greatly === 0 ? ['no mesh had great tables'] : []),
    ...samePlans(plans, planLeast, 'plans'),
    ...samePlans(joinPlans, joinLeast, 'plans of joins'),
  ]
}

const samePlans = ({ planned, otherwise }: PlanCount, least: number, what: string): readonly string[] =>
  planned >= least && otherwise === 0 ? [`of ${planned} ${what} none differed beside many hidden rows`] : []
