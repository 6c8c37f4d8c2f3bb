import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { load } from '../dist-modules.ts'
import { check, type Target, utf8 } from '../target.ts'
import { sameJson } from './identity.ts'
import { selvageErrors } from './refusals.ts'

const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 5)]),
  format: 'der',
  type: 'pkcs8',
})
const publicKey = createPublicKey(privateKey)
const key = { id: 'centre', privateKey }
const words = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '"payload":',
  '"payloadType":',
  '"signatures":',
  '"sig":',
  '"keyid":',
  '=',
  'AAAA',
  'null',
  '{}',
  '[]',
  '1',
  '\\u0000',
  '\ufeff',
]

type EnvelopeModule = typeof import('../../../packages/bundle/src/envelope.ts')
/** Any bytes, signed: a signer may have signed them. */
async function sealer(type: string): Promise<(payload: Buffer) => string> {
  const { preAuthEncoding } = await load<EnvelopeModule>('bundle/envelope')
  return payload =>
    JSON.stringify({
      payloadType: type,
      payload: payload.toString('base64'),
      signatures: [{ keyid: 'k', sig: sign(null, preAuthEncoding(type, payload), privateKey).toString('base64') }],
    })
}
type BundleModule = typeof import('../../../packages/bundle/src/index.ts')

async function envelope(): Promise<Target> {
  const { openEnvelope, parseEnvelope, preAuthEncoding, signEnvelope } = await load<EnvelopeModule>('bundle/envelope')
  const signed = signEnvelope('text/x', 'a text', key)
  return {
    name: 'envelope',
    files: ['bundle/envelope'],
    seeds: [signed, signEnvelope('text/y', '', key), signed.replace('"signatures":[', '"signatures":[{"sig":"AAAA"},'), '{}', '[]'],
    words: [...words, 'text/x', 'text/y'],
    refusal: await selvageErrors('policy.signature', 'policy.invalid', 'policy.too_large'),
    run(bytes) {
      const text = utf8(bytes)
      const parsed = parseEnvelope(text)
      const plain = JSON.parse(text) as Record<string, unknown>
      check(
        parsed.payloadType === plain.payloadType && Buffer.from(parsed.payload).toString('base64') === plain.payload,
        'an envelope is read as JSON has it',
      )
      const opened = openEnvelope(text, 'text/x', publicKey, 65_536)
      const message = preAuthEncoding('text/x', parsed.payload)
      check(
        parsed.signatures.some(({ sig }) => verify(null, message, publicKey, sig)),
        'an envelope that opens is signed',
      )
      check(opened === 'a text', 'only what was signed opens')
      return `${parsed.signatures.length}`
    },
  }
}

const bundle = JSON.stringify({
  kind: 'domain',
  mesh: 'example',
  domain: 'sales',
  version: 3,
  issued: '2026-11-25T00:00:00Z',
  expires: '2027-02-01T00:00:00.000Z',
  variables: { A: 'b' },
  files: [{ path: 'domains/sales/domain.yaml', text: 'owner: x' }],
})
const bundleWords = [
  ...words,
  '"kind":',
  '"centre"',
  '"domain"',
  '"mesh":',
  '"version":',
  '"parent":',
  '"ancestors":',
  '"files":',
  '"path":',
  '"text":',
  '../',
  '2026-02-30T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '"__proto__":',
]

/** The input is what is signed: it is the parser behind the signature that reads it. */
async function bundles(): Promise<Target> {
  const { lineageOf, openBundle, signBundle } = await load<BundleModule>('bundle/index')
  const sealed = await sealer('application/vnd.selvage.bundle+json')
  return {
    name: 'bundle',
    files: ['bundle/bundle', 'bundle/parse', 'bundle/envelope', 'bundle/succession'],
    seeds: [
      bundle,
      bundle.replace('"version":3', `"version":3,"parent":"${'ab'.repeat(32)}","ancestors":["${'cd'.repeat(32)}"]`),
      bundle.replace('"domain","mesh"', '"centre","mesh"').replace('"domain":"sales",', ''),
    ],
    words: bundleWords,
    refusal: await selvageErrors('policy.invalid', 'policy.signature', 'policy.too_large'),
    run(bytes) {
      const opened = openBundle(sealed(bytes), publicKey)
      check(opened.digest === createHash('sha256').update(bytes).digest('hex'), 'a bundle is named for the bytes that were signed')
      const { digest: _, '~verified': verified, ...rest } = opened
      check(verified && sameInstant(opened.issued) && sameInstant(opened.expires), 'an instant is one of the calendar')
      check(
        opened.files.every(({ path }) => !path.includes('..')),
        'a path stays below its folder',
      )
      const again = openBundle(signBundle(rest, key), publicKey)
      check(
        sameJson(sorted(again.files), sorted(opened.files)) &&
          again.version === opened.version &&
          again.issued === opened.issued &&
          sameJson(lineageOf(again), lineageOf(opened)),
        'a bundle is read as it was written',
      )
      return `${opened.kind} ${opened.files.length}`
    },
  }
}

const sorted = (files: readonly { readonly path: string; readonly text: string }[]): unknown => files.map(({ path, text }) => [path, text])
const sameInstant = (text: string): boolean => new Date(text).toISOString().replace('.000Z', 'Z') === text.replace('.000Z', 'Z')

async function freshness(): Promise<Target> {
  const { openFreshness, signFreshness } = await load<BundleModule>('bundle/index')
  const sealed = await sealer('application/vnd.selvage.freshness+json')
  const text = `{"mesh":"example","version":3,"digest":"${'ab'.repeat(32)}","issued":"2026-11-25T00:00:00.000Z"}`
  return {
    name: 'freshness',
    files: ['bundle/freshness', 'bundle/parse'],
    seeds: [text],
    words: [...bundleWords, '"digest":', '"issued":', '.999Z', 'Z'],
    longest: 2_048,
    refusal: await selvageErrors('policy.invalid', 'policy.signature', 'policy.too_large'),
    run(bytes) {
      const word = openFreshness(sealed(bytes), publicKey)
      check(sameInstant(word.issued), 'an instant is one of the calendar')
      check(sameJson(openFreshness(signFreshness(word, key), publicKey), word), 'a word is read as it was written')
      return 'fresh'
    },
  }
}

async function publicKeys(): Promise<Target> {
  const { formatPublicKey, parsePublicKey } = await load<BundleModule>('bundle/index')
  return {
    name: 'public-key',
    files: ['bundle/key-file'],
    seeds: [formatPublicKey(publicKey), `ed25519:${'A'.repeat(43)}`],
    words: ['ed25519:', '-', '_', '=', 'A', 'B', '\n'],
    longest: 128,
    // Of the operator's own configuration: the process does not start.
    refusal: error => (error instanceof TypeError && error.message.startsWith('a public key reads') ? 'not a key' : undefined),
    run(bytes) {
      const text = utf8(bytes)
      check(formatPublicKey(parsePublicKey(text)) === text, 'a key is written as it was read')
      return 'key'
    },
  }
}

async function lock(): Promise<Target> {
  const { formatLock, parseLock } = await load<typeof import('../../../packages/kernel/src/contract/lock.ts')>('kernel/contract/lock')
  const parents = (record: Readonly<Record<string, readonly string[]>>): Map<string, never> =>
    new Map(Object.entries(record).map(([name, list]) => [name, { name, parents: list }] as never))
  return {
    name: 'mesh-lock',
    files: ['kernel/contract/lock'],
    seeds: ['{"labels":{"a":["b"]},"purposes":{"x":[],"y":["x","z"]}}\n', '{"labels":{},"purposes":{}}'],
    words: [...words, '"labels":', '"purposes":', '"__proto__":', '["a"]'],
    refusal: await selvageErrors('policy.invalid'),
    run(bytes) {
      const own = parseLock(utf8(bytes))
      check(!Array.isArray(own.labels) && !Array.isArray(own.purposes), 'words stand by their names')
      if (
        [
          ...Object.keys(own.labels),
          ...Object.keys(own.purposes),
          ...Object.values(own.labels).flat(),
          ...Object.values(own.purposes).flat(),
        ].some(word => !word.isWellFormed() || /^\d+$/.test(word))
      )
        return 'no words of ours'
      const written = formatLock({ labels: parents(own.labels), purposes: parents(own.purposes) } as unknown as Parameters<
        typeof formatLock
      >[0])
      check(
        formatLock({ labels: parents(parseLock(written).labels), purposes: parents(parseLock(written).purposes) } as unknown as Parameters<
          typeof formatLock
        >[0]) === written,
        'a lock is read as it was written',
      )
      return 'lock'
    },
  }
}

export const signedTargets: Readonly<Record<string, () => Promise<Target>>> = {
  envelope,
  bundle: bundles,
  freshness,
  'public-key': publicKeys,
  'mesh-lock': lock,
}
