import { recordValue, setValue, type Value } from '../cedar/index.ts'
import type { DeviceWord } from '../contract/index.ts'

/** How the sender of a request proved to hold the key that its token is bound to; `bearer`: not at all. */
export type ProofKind = 'bearer' | 'dpop' | 'mtls'

/** What is known of the device that a request came from. What nobody observed is absent, and never grants. */
export interface Device {
  /** `asserted`: somebody said so; `managed` and `attested` are bound to the key that proved the request. */
  readonly method: 'asserted' | 'managed' | 'attested'
  /** Who observed it: an issuer's alias, or the name of a source. */
  readonly source: string
  readonly managed?: boolean
  readonly encrypted?: boolean
  readonly patched?: boolean
  /** Whole minutes since it was observed. */
  readonly ageMinutes: number
}

/** What a rule may ask of a request beside who asks what for: `context.proof`, `context.device`, `context.degraded`. */
export interface Circumstances {
  readonly proof: ProofKind
  readonly device?: Device
  /** What the gate cannot know at this moment, such as `signals-stale`. */
  readonly degraded: readonly string[]
}

/** Where nothing was said: the weakest there is. */
export const nothingKnown: Circumstances = Object.freeze({ proof: 'bearer', degraded: Object.freeze([]) })

/** For whoever looks at rules and not at a request: somebody on a device of the organisation that is in order, just observed. */
export const onManagedDevice: Circumstances = Object.freeze({
  proof: 'mtls',
  device: Object.freeze({ method: 'attested', source: 'assumed', managed: true, encrypted: true, patched: true, ageMinutes: 0 }),
  degraded: Object.freeze([]),
})

/** The best that a request through agents comes in: they prove nothing of whom they act for, and of the device there is the issuer's word. */
const throughAgent: Circumstances = Object.freeze({
  proof: 'bearer',
  device: Object.freeze({ ...onManagedDevice.device!, method: 'asserted' }),
  degraded: Object.freeze([]),
})

/** For whoever looks at rules and not at a request: where somebody is shown the most, alone or through agents. */
export const atBest = (agents: readonly unknown[]): Circumstances => (agents.length === 0 ? onManagedDevice : throughAgent)

/** What a decision table says in a word. */
export function describedDevice(word: DeviceWord): Circumstances {
  if (word === 'unknown') return nothingKnown
  const order = { managed: true, encrypted: true, patched: true }
  if (word === 'attested') return onManagedDevice
  const signals = word === 'unmanaged' ? { managed: false } : order
  const device: Device = { method: word === 'managed' ? 'managed' : 'asserted', source: 'assumed', ...signals, ageMinutes: 0 }
  return { proof: word === 'managed' ? 'dpop' : 'bearer', device, degraded: [] }
}

/** The fields of `context` that it fills, as JSON and as Cedar has them. */
export const circumstanceFields = ['proof', 'device', 'degraded'] as const

export function circumstancesJson({ proof, device, degraded }: Circumstances): Readonly<Record<string, unknown>> {
  return { proof, degraded, ...(device === undefined ? {} : { device: deviceJson(device) }) }
}

export function circumstanceValues({ proof, device, degraded }: Circumstances): (readonly [string, Value])[] {
  const fields: (readonly [string, Value])[] = [
    ['proof', proof],
    ['degraded', setValue(degraded)],
  ]
  if (device !== undefined)
    fields.push(['device', recordValue(Object.entries(deviceJson(device)).map(([name, value]) => [name, cedar(value)]))])
  return fields
}

const cedar = (value: string | number | boolean): Value => (typeof value === 'number' ? BigInt(value) : value)

function deviceJson({ method, source, managed, encrypted, patched, ageMinutes }: Device): Record<string, string | number | boolean> {
  const signals = Object.entries({ managed, encrypted, patched }).filter((signal): signal is [string, boolean] => signal[1] !== undefined)
  return { method, source, age_minutes: ageMinutes, ...Object.fromEntries(signals) }
}
