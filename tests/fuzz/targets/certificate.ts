import { createHash, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { load } from '../dist-modules.ts'
import { check, type Target } from '../target.ts'
import { point } from './identity.ts'

/** One value of DER (X.690 section 8.1), of fewer than 64 KiB. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts)
const identifier = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes))
const ed25519 = sequence(identifier(0x2b, 0x65, 0x70))
const nameOf = (text: string): Buffer => sequence(der(0x31, sequence(identifier(0x55, 0x04, 0x03), der(0x0c, Buffer.from(text)))))
const time = (text: string): Buffer => der(text.length === 15 ? 0x18 : 0x17, Buffer.from(text))
const yes = Buffer.from([0x01, 0x01, 0xff])
/** basicConstraints (RFC 5280 section 4.2.1.9). */
const constraints = (ca: boolean): Buffer =>
  der(0xa3, sequence(sequence(identifier(0x55, 0x1d, 0x13), yes, der(0x04, ca ? sequence(yes) : sequence()))))

interface Described {
  readonly issuer: string
  readonly subject: string
  readonly key: KeyObject
  readonly ca?: boolean
  readonly from?: string
  readonly to?: string
}

/** What is signed of a certificate (RFC 5280 section 4.1). */
const unsigned = ({ issuer, subject, key, ca = false, from = '250101000000Z', to = '21000101000000Z' }: Described): Buffer =>
  sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from('3f01020304', 'hex')),
    ed25519,
    nameOf(issuer),
    sequence(time(from), time(to)),
    nameOf(subject),
    key.export({ type: 'spki', format: 'der' }),
    constraints(ca),
  )

const signedBy = (key: KeyObject, text: Uint8Array): Buffer => sequence(text, ed25519, der(0x03, Buffer.from([0]), sign(null, text, key)))

// Known keys: the same inputs for the same seed.
const keyOf = (key: JsonWebKey): KeyObject => createPublicKey({ key, format: 'jwk' })

/** What an authority signs, signed here. */
async function certificate(): Promise<Target> {
  const { DeviceTrust } = await load<typeof import('../../../packages/identity/src/device-trust.ts')>('identity/device-trust')
  const authority = generateKeyPairSync('ed25519')
  const device = keyOf({ kty: 'OKP', crv: 'Ed25519', x: 'c'.repeat(43) })
  const root = signedBy(authority.privateKey, unsigned({ issuer: 'mdm', subject: 'mdm', key: authority.publicKey, ca: true }))
  const pem = new X509Certificate(root).toString()
  const leaf = { issuer: 'mdm', subject: 'laptop', key: device }
  return {
    name: 'certificate',
    files: ['identity/device-trust'],
    seeds: [
      unsigned(leaf),
      unsigned({ ...leaf, ca: true }),
      unsigned({ ...leaf, issuer: 'other' }),
      unsigned({ ...leaf, from: '19500101000000Z', to: '99991231235959Z' }),
      unsigned({ ...leaf, to: '"1000101000000Z' }),
      unsigned({ ...leaf, key: keyOf(point) }),
    ],
    words: ['\u0017\u000d', '\u0018\u000f', '991231235959Z', '00000101000000Z', '99991231235959Z', '\u0001\u0001', 'mdm', '\u0002\u0001'],
    longest: 2_000,
    refusal: () => undefined,
    run(bytes) {
      const trust = new DeviceTrust([{ source: 'mdm' as never, method: 'attested', authority: pem }])
      const made = signedBy(authority.privateKey, bytes)
      const thumbprint = createHash('sha256').update(made).digest('base64url')
      const found = trust.find({ kind: 'mtls', thumbprint, certificate: made })
      const stranger = signedBy(generated.privateKey, bytes)
      check(
        trust.find({ kind: 'mtls', thumbprint: 'stranger', certificate: stranger }) === undefined,
        'what another key signed is nobody’s',
      )
      if (found === undefined) return 'unknown'
      const { ca, issuer, serialNumber } = new X509Certificate(made)
      // Names differ by more than the size of letters (RFC 5280 section 7.1).
      check(!ca && issuer.toLowerCase() === 'cn=mdm', 'an authority gave it, and to no authority')
      check(found.device === serialNumber.toLowerCase() && found.boundTo.thumbprint === thumbprint, 'it is read as it is written')
      check(Number.isFinite(found.observedAt) && Number.isFinite(found.expiresAt), 'it has a beginning and an end')
      check(found.expiresAt <= Date.UTC(2100, 0, 1), 'it counts no longer than its authority')
      return 'known'
    },
  }
}

const generated = generateKeyPairSync('ed25519')

export const certificateTargets = { certificate }
