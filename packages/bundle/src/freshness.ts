import type { KeyObject } from 'node:crypto'
import { canonicalJson } from '@selvage/kernel/model'
import type { SigningKey } from './bundle.ts'
import { openEnvelope, signEnvelope } from './envelope.ts'
import { invalid, isDigest, isInstant, isVersion, parseObject } from './parse.ts'

const freshnessType = 'application/vnd.selvage.freshness+json'
const maxFreshnessLength = 4096

/** Control's signed word of the minute: which version of the centre's bundle is current. */
export interface Freshness {
  readonly mesh: string
  readonly version: number
  /** Hex SHA-256 of that bundle's canonical bytes. */
  readonly digest: string
  readonly issued: string
}

export const signFreshness = (freshness: Freshness, key: SigningKey): string =>
  signEnvelope(freshnessType, canonicalJson({ ...freshness }), key)

export function openFreshness(envelope: string, publicKey: KeyObject): Freshness {
  const { mesh, version, digest, issued } = parseObject(openEnvelope(envelope, freshnessType, publicKey, maxFreshnessLength))
  if (typeof mesh !== 'string') return invalid('mesh')
  if (!isVersion(version)) return invalid('version')
  if (!isDigest(digest)) return invalid('digest')
  if (!isInstant(issued)) return invalid('issued')
  return { mesh, version, digest, issued }
}
