import { isBoundedText, refuseClaim } from './claims.ts'
import { isStrictObject, type StrictJson } from './strict-json.ts'

/** An issuer's word on the device: asserted, bound to no key. */
export type AssertedDevice = Readonly<Record<string, string | number | boolean>>

const maxSignals = 16
const signalName = /^[a-z][a-z0-9_]{0,62}$/

export function readDevice(value: StrictJson | undefined): AssertedDevice | undefined {
  if (value === undefined) return undefined
  if (!isStrictObject(value)) return refuseClaim('device')
  const entries = Object.entries(value)
  if (entries.length > maxSignals) return refuseClaim('device')
  const out: Record<string, string | number | boolean> = Object.create(null)
  for (const [name, signal] of entries) {
    if (!signalName.test(name) || !isSignal(signal)) return refuseClaim('device')
    out[name] = signal
  }
  return Object.freeze(out)
}

const isSignal = (value: StrictJson | undefined): value is string | number | boolean =>
  typeof value === 'boolean' || Number.isSafeInteger(value) || isBoundedText(value)
