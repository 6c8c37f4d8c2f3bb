import { canonicalJson, type Json } from '@selvage/kernel/model'
import type { Circumstances } from '@selvage/kernel/policy'
import type { By } from '../identify/index.ts'
import type { Gate } from '../ports.ts'

export type EventName = 'released' | 'ended' | 'denied' | 'why' | 'who-saw' | 'who-can' | 'see-as' | 'replay' | 'session'

/** What an entry says beyond who asked under which rules. Names and numbers only; never a value of a row. */
export interface EntryFacts {
  readonly event: EventName
  readonly purpose?: string
  readonly tables?: readonly { readonly table: string; readonly version: number; readonly rows: string }[]
  /** Of all that the statement touches. */
  readonly labels?: readonly string[]
  readonly rules?: readonly string[]
  readonly code?: string
  readonly more?: Readonly<Record<string, Json>>
}

/** OCSF 1.9.0: Datastore Activity, Query. */
const ocsf = { category_uid: 6, class_uid: 6005, activity_id: 4, type_uid: 600504 } as const
const entryBound = 4_096
const rulesAtLeast = 8

/** The exact bytes of one entry: canonical JSON, 4 KiB at most. What does not fit is in the details, whose digest is here. */
export function entryBytes(
  gate: Pick<Gate, 'clock' | 'random' | 'keys' | 'config'>,
  { generation, who, asking, session }: By,
  facts: EntryFacts,
  detailDigest?: string,
): Uint8Array {
  const entry: Record<string, Json> = {
    ...ocsf,
    v: 1,
    time: gate.clock(),
    // Hash tiles may be shown to whoever may not read entries: the nonce keeps a leaf from being guessed.
    nonce: gate.random(16).toString('base64'),
    event: facts.event,
    domain: gate.config.domain,
    instance: gate.config.instance,
    actor: gate.keys.pseudonym(who.subject.id),
    agents: who.actors.map(actor => gate.keys.pseudonym(actor.id)),
    issuer: who.issuer,
    ...circumstanceFields(asking.circumstances),
    bundles: { centre: bundleRef(generation.centre), domain: bundleRef(generation.domain) },
    ...(session === undefined ? {} : { session: session.id }),
    ...facts.more,
  }
  if (facts.purpose !== undefined)
    Object.assign(entry, purposeFields(facts.purpose, generation.mesh.taxonomy.purposes.get(facts.purpose)?.iri))
  if (facts.code !== undefined) entry.code = facts.code
  if (detailDigest !== undefined) entry.detail = detailDigest
  const whole = Buffer.from(canonicalJson({ ...entry, tables: facts.tables ?? [], rules: facts.rules ?? [], ...labelsIn(facts) }))
  return whole.length <= entryBound ? whole : fitted(entry, facts)
}

const labelsIn = ({ labels = [] }: EntryFacts): { labels?: readonly string[] } => (labels.length === 0 ? {} : { labels })

/** A few rules, then tables, then the other rules, then labels, as far as they go: how many are missing is said, and the details have them all. */
function fitted(entry: Readonly<Record<string, Json>>, facts: EntryFacts): Uint8Array {
  const tables = (facts.tables ?? []).map(table => ({ ...table }))
  const rules = facts.rules ?? []
  const labels = facts.labels ?? []
  const counts = { more_tables: tables.length, more_rules: rules.length, more_labels: labels.length }
  const empty = lengthOf({ ...entry, ...counts, tables: [], rules: [], labels: [] })
  const few = howManyFit(rules.slice(0, rulesAtLeast), entryBound - empty)
  const tablesKept = howManyFit(tables, entryBound - empty - few.bytes)
  const others = howManyFit(rules.slice(few.count), entryBound - empty - few.bytes - tablesKept.bytes)
  const rulesKept = few.count + others.count
  const labelsKept = howManyFit(labels, entryBound - empty - few.bytes - tablesKept.bytes - others.bytes).count
  return Buffer.from(
    canonicalJson({
      ...entry,
      tables: tables.slice(0, tablesKept.count),
      rules: rules.slice(0, rulesKept),
      labels: labels.slice(0, labelsKept),
      ...(labelsKept < labels.length ? { more_labels: labels.length - labelsKept } : {}),
      ...(tablesKept.count < tables.length ? { more_tables: tables.length - tablesKept.count } : {}),
      ...(rulesKept < rules.length ? { more_rules: rules.length - rulesKept } : {}),
    }),
  )
}

const lengthOf = (value: Json): number => Buffer.byteLength(canonicalJson(value))

/** Each with the comma behind it. */
function howManyFit(items: readonly Json[], room: number): { count: number; bytes: number } {
  let [count, bytes] = [0, 0]
  for (const item of items) {
    const more = bytes + lengthOf(item) + 1
    if (more > room) break
    bytes = more
    count += 1
  }
  return { count, bytes }
}

/** How the sender proved its key, what is known of the device, and what was not known. */
function circumstanceFields({ proof, device, degraded }: Circumstances): Record<string, Json> {
  return { proof, device: device?.method ?? 'unknown', ...(degraded.length === 0 ? {} : { degraded }) }
}

const bundleRef = ({ version, digest }: { version: number; digest: string }): Json => ({ version, digest: digest.slice(0, 32) })

const purposeFields = (purpose: string, iri: string | undefined): Record<string, Json> =>
  iri === undefined ? { purpose } : { purpose, purpose_iri: iri }
