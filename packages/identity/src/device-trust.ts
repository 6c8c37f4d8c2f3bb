import { X509Certificate } from 'node:crypto'
import type { DeviceSource } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import { type DeviceRecord, readRecord, readRecordText } from './device-record.ts'
import { isSignedBy, ProofKeys } from './proof-key.ts'
import type { SenderProof } from './sender.ts'

type Signing = Extract<DeviceSource, { readonly key: object }>
interface Authority {
  readonly source: Extract<DeviceSource, { readonly authority: string }>
  readonly certificate: X509Certificate
}

const most = 1_000

/** Whose word on devices one domain takes: sources that sign records, and authorities that give devices certificates. */
export class DeviceTrust {
  readonly #signing: ReadonlyMap<string, Signing>
  readonly #authorities: readonly Authority[]
  readonly #keys = new ProofKeys()
  /** By thumbprint: to verify one costs as much as a token. */
  readonly #seen = new Map<string, DeviceRecord | undefined>()

  /** Throws an Error that names the source whose key or certificate is none. */
  constructor(sources: readonly DeviceSource[]) {
    this.#signing = new Map(sources.flatMap(source => ('key' in source ? [[source.source, source]] : [])))
    this.#authorities = sources.flatMap(source => ('authority' in source ? [{ source, certificate: authorityOf(source) }] : []))
    for (const { source, key } of this.#signing.values())
      if (this.#keys.find({ ...key }) === undefined) throw new Error(`devices: the key of ${source} is none`)
  }

  /** Throws `device.malformed`, `.source`, `.signature`, `.claims`. @param now milliseconds since 1970 */
  // attacker-controlled: text
  verify(text: string, now: number): DeviceRecord {
    const jws = readRecordText(text)
    const source = typeof jws.payload.iss === 'string' ? this.#signing.get(jws.payload.iss) : undefined
    if (source === undefined) throw new SelvageError('device.source')
    const key = this.#keys.find({ ...source.key })
    if (key === undefined || !isSignedBy(jws, key)) throw new SelvageError('device.signature')
    // From here on the payload is the source's word.
    return readRecord(jws.payload, source, now)
  }

  /**
   * What a certificate says whose key was proven: an authority gave it to a device of the organisation's. It is as old as
   * the certificate; what has changed since only a record tells.
   */
  find(proof: SenderProof): DeviceRecord | undefined {
    if (proof.kind !== 'mtls' || this.#authorities.length === 0) return undefined
    const { thumbprint, certificate } = proof
    if (this.#seen.has(thumbprint)) return this.#seen.get(thumbprint)
    const oldest = this.#seen.keys().next()
    if (this.#seen.size >= most && oldest.done !== true) this.#seen.delete(oldest.value)
    const found = this.#read(certificate, thumbprint)
    this.#seen.set(thumbprint, found)
    return found
  }

  // attacker-controlled: certificate
  #read(der: Uint8Array, thumbprint: string): DeviceRecord | undefined {
    const certificate = parseCertificate(der)
    const authority = certificate && this.#authorities.find(({ certificate: above }) => gave(above, certificate))
    if (certificate === undefined || authority === undefined) return undefined
    const { source, method } = authority.source
    const observedAt = Date.parse(certificate.validFrom)
    const expiresAt = Math.min(Date.parse(certificate.validTo), Date.parse(authority.certificate.validTo))
    // What has no time, as OpenSSL reads it, is of no time.
    if (!(observedAt < expiresAt)) return undefined
    return Object.freeze<DeviceRecord>({
      source,
      method,
      device: certificate.serialNumber.toLowerCase(),
      boundTo: { kind: 'x5t#S256', thumbprint },
      signals: { managed: true },
      observedAt,
      expiresAt,
    })
  }
}

function authorityOf({ source, authority }: Authority['source']): X509Certificate {
  const certificate = parseCertificate(Buffer.from(authority))
  if (certificate?.ca !== true) throw new Error(`devices: the certificate of ${source} is no authority's`)
  return certificate
}

function parseCertificate(text: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(text)
  } catch {
    return undefined
  }
}

/** Directly, and not to another authority (RFC 5280 section 6.1, for a path of one). */
const gave = (above: X509Certificate, certificate: X509Certificate): boolean =>
  !certificate.ca && certificate.checkIssued(above) && certificate.verify(above.publicKey)
