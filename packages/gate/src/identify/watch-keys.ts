import type { KeySource } from '@selvage/identity'
import type { Gate } from '../ports.ts'

/** Milliseconds. An issuer is asked when its keys are due, not more often than its budget lets (`KeySource`). */
const lookEvery = 1_000

/** Keeps the keys of the issuers of the rules in force fresh, until what it returns is called. Their epoch tells that they changed. */
export function watchKeys({ generation }: Pick<Gate, 'generation'>, keys: Pick<KeySource, 'keepFresh'>): () => void {
  const timer = setInterval(() => void keys.keepFresh(issuersOf(generation)), lookEvery).unref()
  return () => clearInterval(timer)
}

/** Without rules nobody is trusted. */
function issuersOf(generation: Gate['generation']): Parameters<KeySource['keepFresh']>[0] {
  try {
    return generation().trust.issuers
  } catch {
    return []
  }
}
