import type { DeviceRecord } from '@selvage/identity'

/** A record as it was signed, and what it says. */
export interface Said {
  readonly text: string
  readonly record: DeviceRecord
}

const flags = ['managed', 'encrypted', 'patched'] as const

/** What records of one key and one second say together: of each thing the worse, so that the order in which they come means nothing. */
export function worse(a: DeviceRecord, b: DeviceRecord): DeviceRecord {
  const signals = flags.flatMap((name): [string, boolean][] => {
    const both = [a.signals[name], b.signals[name]]
    if (both.includes(false)) return [[name, false]]
    return both.includes(undefined) ? [] : [[name, true]]
  })
  return Object.freeze<DeviceRecord>({
    ...(nameOf(a) < nameOf(b) ? a : b),
    signals: Object.freeze(Object.fromEntries(signals)),
    expiresAt: Math.min(a.expiresAt, b.expiresAt),
  })
}

export const saysTheSame = (a: DeviceRecord, b: DeviceRecord): boolean =>
  a.observedAt === b.observedAt &&
  a.expiresAt === b.expiresAt &&
  nameOf(a) === nameOf(b) &&
  flags.every(name => a.signals[name] === b.signals[name])

/** The fewest that say the same together. INVARIANT: five at most, one for each flag, for the end and for the name. */
export function fewest(said: readonly Said[]): readonly Said[] {
  const whole = together(said)
  return said.reduce((left, one) => {
    const others = left.filter(other => other !== one)
    return others.length > 0 && saysTheSame(together(others), whole) ? others : left
  }, said)
}

const together = (said: readonly Said[]): DeviceRecord => said.map(({ record }) => record).reduce(worse)

/** Who said it: what is attested, which may count for more, is the last. */
const nameOf = ({ method, source, device }: DeviceRecord): string => `${method === 'attested' ? 1 : 0} ${source} ${device}`
