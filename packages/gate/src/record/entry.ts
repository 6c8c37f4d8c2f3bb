import { canonicalJson, type Json } from '@selvage/kernel/model'
import type { Identified } from '../identify/index.ts'
import type { Gate } from '../ports.ts'

export type EventName = 'released' | 'ended' | 'denied' | 'why' | 'who-saw'

/** What an entry says beyond who asked under which rules. Names and numbers only; never a value of a row. */
export interface EntryFacts {
  readonly event: EventName
  readonly purpose?: string
  readonly tables?: readonly { readonly table: string; readonly version: number; readonly rows: string }[]
  readonly rules?: readonly string[]
  readonly code?: string
  readonly more?: Readonly<Record<string, Json>>
}

/** OCSF 1.9.0: Datastore Activity, Query. */
const ocsf = { category_uid: 6, class_uid: 6005, activity_id: 4, type_uid: 600504 } as const
const entryBound = 4_096
const rulesAtLeast = 8

/** The exact bytes of one entry: canonical JSON, 4 KiB at most. What does not fit is in the details, whose digest is here. */
export function entryBytes(gate: Gate, { generation, who }: Identified, facts: EntryFacts, detailDigest?: string): Uint8Array {
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
    bundles: { centre: bundleRef(generation.centre), domain: bundleRef(generation.domain) },
    ...facts.more,
  }
  if (facts.purpose !== undefined)
    Object.assign(entry, purposeFields(facts.purpose, generation.mesh.taxonomy.purposes.get(facts.purpose)?.iri))
  if (facts.code !== undefined) entry.code = facts.code
  if (detailDigest !== undefined) entry.detail = detailDigest
  return fitted(entry, facts)
}

/** Rules go first, then tables: how many are missing is said, and the details have them all. */
function fitted(entry: Readonly<Record<string, Json>>, { tables = [], rules = [] }: EntryFacts): Uint8Array {
  let [rulesKept, tablesKept] = [rules.length, tables.length]
  for (;;) {
    const bytes = Buffer.from(
      canonicalJson({
        ...entry,
        tables: tables.slice(0, tablesKept).map(table => ({ ...table })),
        rules: rules.slice(0, rulesKept),
        ...(tablesKept < tables.length ? { more_tables: tables.length - tablesKept } : {}),
        ...(rulesKept < rules.length ? { more_rules: rules.length - rulesKept } : {}),
      }),
    )
    if (bytes.length <= entryBound || rulesKept + tablesKept === 0) return bytes
    if (rulesKept > rulesAtLeast || tablesKept === 0) rulesKept -= 1
    else tablesKept -= 1
  }
}

const bundleRef = ({ version, digest }: { version: number; digest: string }): Json => ({ version, digest: digest.slice(0, 32) })

const purposeFields = (purpose: string, iri: string | undefined): Record<string, Json> =>
  iri === undefined ? { purpose } : { purpose, purpose_iri: iri }
