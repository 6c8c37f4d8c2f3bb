import type { Name } from '../model/index.ts'
import type { PolicyLink } from './links-file.ts'
import type { Product } from './product.ts'

/** The meaning of a mesh tree, or of the part of it that a gate holds (the centre's and one domain's). */
export interface Mesh {
  readonly name: string
  readonly taxonomy: Taxonomy
  readonly baseline: Baseline
  /** The centre's policies: forbid only, ids `central/…`. */
  readonly guardrails: readonly PolicyText[]
  readonly domains: readonly Domain[]
}

export interface Domain {
  readonly name: Name
  readonly title?: string
  readonly owner: string
  readonly escalation: readonly string[]
  readonly issuers: readonly Issuer[]
  /** Whose records of devices it takes. */
  readonly devices: readonly DeviceSource[]
  /** Who may declare which purpose here. */
  readonly declare: readonly { readonly role: string; readonly purposes: readonly string[] }[]
  readonly policies: readonly PolicyText[]
  readonly products: readonly Product[]
}

/** A Cedar file; it may hold several policies and templates. */
export interface PolicyText {
  readonly path: string
  readonly text: string
  /** Of a file of links, which holds no Cedar. */
  readonly links?: readonly PolicyLink[]
}

/** Who observes devices: a device management that signs a record of each, bound to the device's key; or who gives them certificates. */
export type DeviceSource = { readonly source: Name; readonly method: 'managed' | 'attested' } & (
  | {
      /** Public; coordinates as base64url. */
      readonly key:
        | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
        | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
      /** Seconds that a record counts. */
      readonly maxAge: number
    }
  /** PEM of the certificate with which those of devices are signed. */
  | { readonly authority: string }
)

/** Trust in one issuer, part of the domain's signed bundle. A principal is `alias/sub`. */
export interface Issuer {
  readonly alias: Name
  /** Exact `iss`. */
  readonly issuer: string
  /**
   * `rfc9068`: access tokens as RFC 9068 has them. `login`: those of an identity provider that differ in what `token` says. `workload`:
   * tokens of programs elsewhere, to be exchanged for one of the domain's own issuers and taken by no gate.
   */
  readonly kind: 'rfc9068' | 'login' | 'workload'
  readonly token: TokenForm
  readonly audience: string
  /** Public keys that the domain has pinned; absent: the issuer is asked for its own. */
  readonly keys?: readonly PinnedKey[]
  /** JWS algorithms taken from this issuer, such as `ES256`. */
  readonly algorithms: readonly string[]
  /** Longest accepted `exp - iat`, seconds. */
  readonly maxLifetime: number
  /** The issuer's role -> ours. A role that is not listed is none. */
  readonly roles: Readonly<Record<string, string>>
  readonly rolesClaim: ClaimPath
  /** The issuer's group -> ours. A group that is not listed is none, whatever another issuer calls so. */
  readonly groups: Readonly<Record<string, string>>
  readonly groupsClaim: ClaimPath
  /** Which subject attributes this issuer may supply (each declared in the taxonomy). */
  readonly attributes: readonly string[]
  /** Where each of them stands. */
  readonly claims: Readonly<Record<string, AttributeClaim>>
  /** `sub`s (or client ids) that are agents, and programs that are workloads; everybody else is a user. */
  readonly agents: readonly string[]
  readonly workloads: readonly string[]
  /** What it tells after a token was issued; absent: nothing, until the token expires. */
  readonly signals?: SignalsTrust
}

/** Where an issuer's security events come from, and what they must be. */
export interface SignalsTrust {
  /** The address of the transmitter's configuration (SSF 1.0 section 7.2). */
  readonly configuration: string
  /** Exact `aud` of its events. */
  readonly audience: string
  readonly delivery: 'push' | 'poll'
  /** Seconds without a sign of life after which nobody knows whether something was said. */
  readonly silence: number
}

/** How an issuer's access tokens say what RFC 9068 says otherwise. */
export interface TokenForm {
  /** The header's `typ`; `none`: it has none. */
  readonly type: 'at+jwt' | 'JWT' | 'none'
  /** The claim that names the client. */
  readonly client: string
  /** The claim that names the token; absent: it has no name. */
  readonly id?: string
  /** What these claims must be, each one of a list: it tells access tokens from others that the issuer signs with the same key. */
  readonly require: Readonly<Record<string, readonly (string | number | boolean)[]>>
}

/** A JWK (RFC 7517) with the members that a public key has. */
export type PinnedKey = Readonly<Record<string, string>>

/** Names, from the outermost claim inwards. */
export type ClaimPath = readonly string[]

export interface AttributeClaim {
  readonly path: ClaimPath
  /** Seconds for which it counts since the issuer saw the subject; never beyond the token. */
  readonly maxAge?: number
}

export interface Taxonomy {
  readonly labels: ReadonlyMap<string, Label>
  readonly purposes: ReadonlyMap<string, Purpose>
  readonly semanticTypes: ReadonlyMap<string, SemanticType>
  /** Attributes of subjects and their types. Every one is optional in policies. */
  readonly subjectAttributes: ReadonlyMap<string, AttributeType>
  readonly roles: readonly string[]
  /** Names of groups that issuers' groups are mapped to. */
  readonly groups: readonly string[]
}

export type AttributeType = 'string' | 'integer' | 'boolean' | 'strings'

export interface Label {
  readonly name: string
  readonly parents: readonly string[]
  readonly kind: 'restricting' | 'releasing'
  /** One of the classification words, which are exclusive. */
  readonly classification: boolean
  readonly description?: string
}

export interface Purpose {
  readonly name: string
  /** W3C DPV. */
  readonly iri: string
  readonly parents: readonly string[]
}

/** How the transforms act on values of this type; a transform that is absent makes NULL. */
export interface SemanticType {
  readonly name: string
  readonly partial?: PartialMask
  readonly generalize?: GeneralizeMask
}

/** Shows the ends of a text and stars for the rest; `email` keeps the first letter and the domain. */
export type PartialMask = { readonly kind: 'ends'; readonly first: number; readonly last: number } | { readonly kind: 'email' }

export type GeneralizeMask =
  | { readonly kind: 'date'; readonly to: 'year' | 'month' }
  | { readonly kind: 'bucket'; readonly width: number }
  /** The first `digits` characters of a postal code that is whole; others become NULL. */
  | { readonly kind: 'prefix'; readonly digits: number; readonly pattern: string }

/** What every contract must carry, per classification or label. */
export interface Baseline {
  readonly require: readonly {
    readonly when: { readonly label?: string }
    readonly must: readonly ('description' | 'owner' | 'subject' | 'semanticType' | 'classification')[]
  }[]
}
