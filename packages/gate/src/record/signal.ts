import type { Change, SecurityEvent } from '@selvage/identity'
import { canonicalJson, type Json, SelvageError } from '@selvage/kernel/model'
import type { Gate } from '../ports.ts'

/** OCSF 1.9.0: Account Change, Other. */
const ocsf = { category_uid: 3, class_uid: 3001, activity_id: 99, type_uid: 300199 } as const
/** Of one event: what it names beyond that is counted. */
const most = 8

type Recording = Pick<Gate, 'audit' | 'clock' | 'random' | 'keys' | 'config'>

/**
 * Enters that an issuer's word was taken: what kind of word, when it happened, of whom (under the names that stand in other
 * entries of them). Throws `ledger.unavailable`: then it may not be acknowledged.
 */
export async function recordSignal(gate: Recording, event: SecurityEvent): Promise<void> {
  try {
    await gate.audit.append(signalEntry(gate, event))
  } catch (cause) {
    throw new SelvageError('ledger.unavailable', { cause })
  }
}

export function signalEntry({ clock, random, keys, config }: Recording, event: SecurityEvent): Uint8Array {
  const { issuer, name, effect, tokenId, issuedAt, happenedAt = issuedAt, changes } = event
  const entry: Record<string, Json> = {
    ...ocsf,
    v: 1,
    time: clock(),
    nonce: random(16).toString('base64'),
    event: 'signal',
    domain: config.domain,
    instance: config.instance,
    issuer,
    signal: {
      type: name,
      effect,
      id: keys.pseudonym(`${issuer}/event/${tokenId}`),
      issued: issuedAt * 1_000,
      happened: happenedAt * 1_000,
    },
    changes: changes.slice(0, most).map(change => told(change, issuer, keys)),
    tables: [],
    rules: [],
  }
  return Buffer.from(canonicalJson(changes.length > most ? { ...entry, more_changes: changes.length - most } : entry))
}

/** A party stands under the pseudonym that its own entries have; the rest under one of its kind. */
function told(change: Change, issuer: string, { pseudonym }: Recording['keys']): Json {
  const { kind, at } = change
  const base = { kind, at: at * 1_000 }
  if (change.kind === 'all' || change.kind === 'since') return base
  if (change.kind === 'party' || change.kind === 'sessionless') return { ...base, of: pseudonym(`${issuer}/${change.id}`) }
  if (change.kind !== 'posture') return { ...base, of: pseudonym(`${issuer}/${kind}/${change.id}`) }
  return {
    ...base,
    compliant: change.compliant,
    ...(change.owner === undefined ? {} : { of: pseudonym(`${issuer}/${change.owner}`) }),
    ...(change.device === undefined ? {} : { device: pseudonym(`${issuer}/device/${change.device}`) }),
  }
}
