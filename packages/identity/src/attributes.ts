import type { AttributeClaim, AttributeType, ClaimPath } from '@selvage/kernel/contract'
import type { AttributeValue } from '@selvage/kernel/policy'
import { type Claims, isBoundedText, refuseClaim } from './claims.ts'
import { isStrictObject, type StrictJson, type StrictObject } from './strict-json.ts'
import type { Trust } from './subject.ts'

/** Of whom an attribute is known, since when and for how long. Milliseconds since 1970. */
export interface Provenance {
  /** The issuer's alias. */
  readonly source: string
  readonly observedAt: number
  readonly expiresAt: number
}

export interface Attributes {
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly provenance: Readonly<Record<string, Provenance>>
}

const maxListLength = 64

/** INVARIANT: what is missing, or older than the domain takes it to be true, is not there, and grants nothing. `now` in milliseconds. */
export function readAttributes(payload: StrictObject, { issuer, subjectAttributes }: Trust, claims: Claims, now: number): Attributes {
  const attributes: Record<string, AttributeValue> = Object.create(null)
  const provenance: Record<string, Provenance> = Object.create(null)
  for (const [name, claim] of Object.entries(issuer.claims)) {
    const type = subjectAttributes.get(name)
    const value = claimAt(payload, claim.path)
    const expiresAt = expiryOf(claim, claims)
    if (type === undefined || value === undefined || (claim.maxAge !== undefined && now >= expiresAt)) continue
    attributes[name] = readAttribute(value, type)
    provenance[name] = Object.freeze({ source: issuer.alias, observedAt: claims.observedAt * 1_000, expiresAt })
  }
  return { attributes, provenance: Object.freeze(provenance) }
}

/** Never beyond the token. */
const expiryOf = ({ maxAge = Number.POSITIVE_INFINITY }: AttributeClaim, { observedAt, expiresAt }: Claims): number =>
  Math.min(observedAt + maxAge, expiresAt) * 1_000

/** Undefined where some name on the way is not there, or what has it is no object: exactly this path, or nothing. */
export function claimAt(payload: StrictObject, path: ClaimPath): StrictJson | undefined {
  let value: StrictJson | undefined = payload
  for (const name of path) value = isStrictObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return value
}

/** Of the declared type, never coerced. */
function readAttribute(value: StrictJson, type: AttributeType): AttributeValue {
  if (type === 'strings') return texts(value, maxListLength, 'attribute')
  if (type === 'string' && isBoundedText(value)) return value
  if (type === 'integer' && Number.isSafeInteger(value)) return value as number
  if (type === 'boolean' && typeof value === 'boolean') return value
  return refuseClaim('attribute')
}

export function texts(value: StrictJson, maxLength: number, what: string): readonly string[] {
  if (!Array.isArray(value) || value.length > maxLength || !value.every(isBoundedText)) return refuseClaim(what)
  return Object.freeze([...value])
}
