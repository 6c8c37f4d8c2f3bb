import { atBest, type Circumstance, type Circumstances, describedDevice, type WrittenRule } from '@selvage/kernel/policy'

/** In what circumstances a plan asks beside the best, where rules ask for them. */
export type CircumstanceWord = 'managed device' | 'bearer token' | 'unmanaged device' | 'unknown device'

const described = {
  'managed device': describedDevice('managed'),
  'bearer token': describedDevice('asserted'),
  'unmanaged device': describedDevice('unmanaged'),
  'unknown device': describedDevice('unknown'),
}

/** Absent: at best. */
export const circumstancesIn = (word: CircumstanceWord | undefined, actors: readonly unknown[]): Circumstances =>
  word === undefined ? atBest(actors) : described[word]

/** On a managed device, proven by DPoP, only where a rule names either: else it is there as at best. */
export function askedWords(rules: readonly WrittenRule[]): readonly CircumstanceWord[] {
  const asking = rules.filter(({ circumstances }) => circumstances.length > 0)
  const between = asking.some(({ texts }) => texts.has('managed') || texts.has('dpop'))
  return asking.length === 0
    ? []
    : [...(between ? (['managed device'] as const) : []), 'bearer token', 'unmanaged device', 'unknown device']
}

const asked: readonly Circumstance[] = ['proof', 'device', 'managed', 'method']

/** What a rule asks for that is in none of those circumstances otherwise than in all of them. */
export const unaskedBy = ({ circumstances }: WrittenRule): readonly Circumstance[] => circumstances.filter(one => !asked.includes(one))
