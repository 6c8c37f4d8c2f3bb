import { createHash, createPrivateKey, createPublicKey, verify } from 'node:crypto'
import { load } from '../dist-modules.ts'
import { check, type Target, utf8 } from '../target.ts'
import { anyOf, ledgerErrors } from './refusals.ts'

type Ledger = typeof import('../../../packages/ledger/src/index.ts')
const open = (): Promise<Ledger> => load<Ledger>('ledger/index')
type Key = ReturnType<Ledger['getSignerKey']>

const seedOf = (byte: number): Buffer => Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, byte)])
const privateKeyOf = (byte: number): ReturnType<typeof createPrivateKey> =>
  createPrivateKey({ key: seedOf(byte), format: 'der', type: 'pkcs8' })

async function signer(): Promise<{ ledger: Ledger; key: Key; verifier: ReturnType<Ledger['parseVerifierKey']>; other: Key }> {
  const ledger = await open()
  const key = ledger.getSignerKey('log.example/audit', privateKeyOf(7))
  const verifier = ledger.parseVerifierKey(ledger.formatVerifierKey(key.name, createPublicKey(key.privateKey)))
  return { ledger, key, verifier, other: ledger.getSignerKey('log.example/audit', privateKeyOf(8)) }
}

const head = (size = 3): string => `log.example/audit\n${size}\n${Buffer.alloc(32, 9).toString('base64')}\n`
const words = [
  '\n',
  '\n\n',
  '— ',
  'log.example/audit',
  '+',
  '=',
  ' ',
  'AAAA',
  '0',
  'extra ',
  'index ',
  'c2sp.org/tlog-proof@v1\n',
  '\u00a0',
  '\ufeff',
  '\r',
]

async function verifierKey(): Promise<Target> {
  const { ledger, key } = await signer()
  const texts = [key, ledger.getSignerKey('a', privateKeyOf(1)), ledger.getSignerKey('ключ+'.slice(0, 4), privateKeyOf(2))].flatMap(own => [
    ledger.formatVerifierKey(own.name, createPublicKey(own.privateKey)),
    ledger.formatSignerKey(own.name, own.privateKey),
  ])
  return {
    name: 'vkey',
    files: ['ledger/key', 'ledger/base64'],
    seeds: texts,
    words: [...words, 'PRIVATE+KEY+', 'AQ', 'Ag'],
    longest: 600,
    refusal: await ledgerErrors(),
    run(bytes) {
      const text = rehashed(utf8(bytes))
      if (text.startsWith('PRIVATE')) {
        const own = ledger.parseSignerKey(text)
        check(ledger.formatSignerKey(own.name, own.privateKey) === text, 'a signer key is written as it was read')
        return 'signer'
      }
      const own = ledger.parseVerifierKey(text)
      check(ledger.formatVerifierKey(own.name, own.publicKey) === text, 'a verifier key is written as it was read')
      return 'verifier'
    },
  }
}

/** `~` in place of the id stands for the right one, so that what lies behind that check is reached. */
function rehashed(text: string): string {
  const [name = '', id, ...rest] = text.split('+')
  if (id === undefined || !id.startsWith('~')) return text
  const bytes = Buffer.from(rest.join('+'), 'base64')
  return `${name}+${createHash('sha256').update(`${name}\n`).update(bytes).digest('hex').slice(0, 8)}+${rest.join('+')}`
}

async function note(): Promise<Target> {
  const { ledger, key, verifier, other } = await signer()
  const signed = ledger.signNote(head(), key)
  const two = `${signed}${ledger.signNote(head(), other).split('\n\n')[1]}`
  return {
    name: 'note',
    files: ['ledger/note', 'ledger/base64', 'ledger/key'],
    seeds: [signed, two, ledger.signNote('one\n\ntwo\n', key), head(), '\n\n', `x\n\n— a AAAAAAA=\n`],
    words: [...words, signed, ...two.split('\n').slice(-3)],
    longest: 8_192,
    refusal: await ledgerErrors(),
    run(bytes) {
      const parsed = ledger.parseNote(bytes)
      const lines = parsed.signatures.map(
        ({ name, id, signature }) => `— ${name} ${Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64')}\n`,
      )
      check(Buffer.from(`${parsed.text}\n${lines.join('')}`).equals(bytes), 'a note is written as it was read')
      check(JSON.stringify(ledger.parseNote(utf8(bytes))) === JSON.stringify(parsed), 'bytes and text of a note read alike')
      const { text, verified } = ledger.verifyNote(bytes, [verifier])
      const own = parsed.signatures.filter(({ name, id }) => name === verifier.name && id === verifier.id)
      check(
        own.every(({ signature }) => verify(null, Buffer.from(text), verifier.publicKey, signature)),
        'each signature of the key holds',
      )
      check(verified.length === own.length && text === parsed.text, 'what was verified is what was read')
      return `verified ${Math.min(3, verified.length)} of ${Math.min(8, lines.length)}`
    },
  }
}

async function checkpoint(): Promise<Target> {
  const { ledger, key, verifier } = await signer()
  return {
    name: 'checkpoint',
    files: ['ledger/checkpoint', 'ledger/note', 'ledger/base64'],
    seeds: [head(), head(0), `${head(9_007_199_254_740_991)}extension\n`, head().replace('audit', 'other')],
    words,
    longest: 1_024,
    refusal: await ledgerErrors(),
    run(bytes) {
      const text = utf8(bytes)
      const parsed = ledger.parseCheckpoint(text)
      const written = ledger.formatCheckpoint(parsed)
      check(text === written || (text.startsWith(written) && text.split('\n').length > 4), 'a checkpoint is written as it was read')
      if (/[^\n\u0020-\u{10ffff}]|\p{Cs}/u.test(text) || text.length > 60_000) return 'not signable'
      const again = ledger.verifyCheckpoint(ledger.signNote(text, key), verifier)
      check(again.size === parsed.size && Buffer.from(again.root).equals(parsed.root), 'signed, it is the same checkpoint')
      return 'signed'
    },
  }
}

const entriesOf = (count: number): Buffer[] => Array.from({ length: count }, (_, i) => Buffer.from(`entry ${i}`))

/** A log in memory, hashed without the package: RFC 6962. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!
  const middle = 2 ** Math.floor(Math.log2(leaves.length - 1))
  return createHash('sha256')
    .update('\x01')
    .update(rootOf(leaves.slice(0, middle)))
    .update(rootOf(leaves.slice(middle)))
    .digest()
}
const leafOf = (entry: Uint8Array): Buffer => createHash('sha256').update('\0').update(entry).digest()

async function proofs(): Promise<Target> {
  const { ledger, key, verifier } = await signer()
  const sizes = [1, 2, 3, 7, 8, 21]
  const logs = sizes.map(size => entriesOf(size).map(leafOf))
  const texts = await Promise.all(
    logs.flatMap((leaves, at) =>
      [0, leaves.length - 1, leaves.length >> 1].map(async index => {
        const reader = { tile: async (_level: number, _index: number, width: number) => Buffer.concat(leaves.slice(0, width)) }
        const proof = await ledger.buildInclusion(reader, index, sizes[at]!)
        const signed = ledger.signCheckpoint({ origin: key.name, size: sizes[at]!, root: rootOf(leaves) }, key)
        return ledger.formatTlogProof({ index, proof, checkpoint: signed, ...(at === 2 ? { extra: Buffer.from('more') } : {}) })
      }),
    ),
  )
  const genuine = new Set(texts.map(text => text.replace(/\nextra .*/, '')))
  const leaves = logs.at(-1)!
  return {
    name: 'tlog-proof',
    files: ['ledger/tlog-proof', 'ledger/proof', 'ledger/checkpoint', 'ledger/base64'],
    seeds: texts,
    words: [...words, ...texts[4]!.split('\n').map(line => `${line}\n`)],
    refusal: await ledgerErrors(),
    run(bytes) {
      const text = utf8(bytes)
      const parsed = ledger.parseTlogProof(text)
      check(ledger.formatTlogProof(parsed) === text, 'a proof is written as it was read')
      if (parsed.index >= leaves.length) return 'of no entry'
      const { size } = ledger.verifyTlogProof(parsed, leaves[parsed.index]!, verifier)
      const bare = ledger.formatTlogProof({ index: parsed.index, proof: parsed.proof, checkpoint: parsed.checkpoint })
      check(genuine.has(bare) || signedTwice(parsed.checkpoint), 'one proof holds for an entry and a checkpoint')
      return `holds in ${size}`
    },
  }
}

/** Lines of unknown keys may stand below a note. */
const signedTwice = (checkpoint: string): boolean => checkpoint.slice(checkpoint.lastIndexOf('\n\n') + 2).split('\n').length > 2

/** `size index | from | hashes…`: consistency and inclusion claims with numbers and hashes of any kind. */
async function claims(): Promise<Target> {
  const { ledger } = await signer()
  const leaves = entriesOf(21).map(leafOf)
  const reader = { tile: async (_level: number, _index: number, width: number) => Buffer.concat(leaves.slice(0, width)) }
  const seeds: Buffer[] = []
  for (const [from, to] of [
    [1, 2],
    [3, 7],
    [4, 8],
    [6, 21],
    [8, 21],
    [21, 21],
    [0, 5],
  ] as const)
    seeds.push(Buffer.concat([Buffer.from([from, to]), ...(await ledger.buildConsistency(reader, from, to))]))
  for (const [index, size] of [
    [0, 1],
    [2, 7],
    [20, 21],
  ] as const)
    seeds.push(Buffer.concat([Buffer.from([index | 0x80, size]), ...(await ledger.buildInclusion(reader, index, size))]))
  const genuine = new Set(seeds.map(seed => seed.toString('latin1')))
  const pairs = new Set(seeds.map(([a, b]) => `${a} ${b}`))
  const root = (size: number): Buffer => (size === 0 ? createHash('sha256').digest() : rootOf(leaves.slice(0, size)))
  const roots = Array.from({ length: 22 }, (_, size) => root(size))
  return {
    name: 'proof-claims',
    files: ['ledger/proof', 'ledger/hash'],
    seeds,
    words: leaves.slice(0, 4).map(leaf => leaf.toString('latin1')),
    longest: 60 * 32,
    refusal: await ledgerErrors(),
    run(bytes) {
      const [a = 0, to = 0] = bytes
      const proof = Array.from({ length: Math.ceil(Math.max(0, bytes.length - 2) / 32) }, (_, i) => bytes.subarray(2 + i * 32, 34 + i * 32))
      const huge = to > 21 ? 2 ** (to % 60) - 1 : to
      if (a & 0x80) {
        const index = a & 0x7f
        ledger.verifyInclusion({ index, size: huge, leaf: leaves[index % 21]!, proof, root: roots[Math.min(21, to)]! })
        const expected = rootOf(leaves.slice(0, to))
        check(
          to <= 21 && index < 21 && expected.equals(roots[to]!) && proofLength(index, to) === proof.length,
          'an inclusion that holds is one',
        )
        return 'inclusion'
      }
      ledger.verifyConsistency({
        from: { size: a, root: roots[Math.min(21, a)]! },
        to: { size: huge, root: roots[Math.min(21, to)]! },
        proof,
      })
      check(a <= huge && (to <= 21 || a === 0 || a === huge), 'a consistency that holds is one')
      check(genuine.has(bytes.toString('latin1')) || !pairs.has(`${a} ${to}`), 'one proof holds for two sizes')
      return 'consistency'
    },
  }
}

function proofLength(index: number, size: number): number {
  if (size <= 1) return 0
  const middle = 2 ** Math.floor(Math.log2(size - 1))
  return 1 + (index < middle ? proofLength(index, middle) : proofLength(index - middle, size - middle))
}

/** First byte: the width that is asked for; the rest: a tile, an entry bundle. */
async function tiles(): Promise<Target> {
  const { parseTile } = await load<typeof import('../../../packages/ledger/src/tile.ts')>('ledger/tile')
  const ledger = await load<typeof import('../../../packages/ledger/src/entry-bundle.ts')>('ledger/entry-bundle')
  const entries = [...entriesOf(3), Buffer.alloc(0), Buffer.alloc(300, 'x')]
  return {
    name: 'tile',
    files: ['ledger/tile', 'ledger/entry-bundle'],
    seeds: [1, 3, 5].flatMap(count => [
      Buffer.concat([Buffer.from([count - 1]), ledger.formatEntryBundle(entries.slice(0, count))]),
      Buffer.concat([Buffer.from([count - 1]), ...entries.slice(0, count).map(leafOf)]),
    ]),
    words: ['\0\0', '\0\x01a', '\xff\xff', '\x01\0'],
    longest: 8_192,
    refusal: await ledgerErrors(),
    run(bytes) {
      const width = (bytes[0] ?? 0) + 1
      const rest = bytes.subarray(1)
      if (rest.length === width * 32) {
        const hashes = parseTile(rest, width)
        check(hashes.length === width && Buffer.concat(hashes).equals(rest), 'a tile is its hashes')
      }
      const { entries: found, fault } = ledger.scanEntryBundle(rest, width)
      check(
        rest.subarray(0, ledger.formatEntryBundle(found).length).equals(ledger.formatEntryBundle(found)),
        'a bundle begins with its entries',
      )
      check(found.length <= width, 'no more entries than were asked for')
      const all = ledger.parseEntryBundle(rest, width)
      check(fault === undefined && ledger.formatEntryBundle(all).equals(rest), 'a bundle is its entries')
      if (all.length === width) parseTile(Buffer.concat(all.map(leafOf)), width)
      return 'bundle'
    },
  }
}

/** Pieces `path length bytes`, laid over a small sound log, which is then verified. */
async function wholeLog(): Promise<Target> {
  const { ledger, key, verifier } = await signer()
  const entries = entriesOf(5)
  const leaves = entries.map(leafOf)
  const files: Record<string, Buffer> = {
    checkpoint: Buffer.from(ledger.signCheckpoint({ origin: key.name, size: 5, root: rootOf(leaves) }, key)),
    tile: Buffer.concat(leaves),
    entries: ledger.formatEntryBundle(entries),
  }
  const names = Object.keys(files)
  const sound = names.map(name => files[name]!)
  const joined = (parts: readonly Buffer[]): Buffer =>
    Buffer.concat(parts.flatMap(part => [Buffer.from([part.length >> 8, part.length & 255]), part]))
  return {
    name: 'whole-log',
    files: ['ledger/verify', 'ledger/tree-reader', 'ledger/tile', 'ledger/checkpoint', 'ledger/entry-bundle'],
    seeds: [
      joined(sound),
      joined([
        Buffer.from(ledger.signCheckpoint({ origin: key.name, size: 0, root: createHash('sha256').digest() }, key)),
        Buffer.alloc(0),
        Buffer.alloc(0),
      ]),
      joined([Buffer.from(ledger.signCheckpoint({ origin: key.name, size: 300, root: rootOf(leaves) }, key)), ...sound.slice(1)]),
      joined([Buffer.from(ledger.signCheckpoint({ origin: key.name, size: 5, root: Buffer.alloc(32) }, key)), ...sound.slice(1)]),
    ],
    words: [...words, ...leaves.map(leaf => leaf.toString('latin1')), '\0\x07entry 1', '\0\x07entry 9'],
    refusal: anyOf(await ledgerErrors()),
    async run(bytes) {
      const parts: Buffer[] = []
      for (let at = 0; parts.length < 3; ) {
        const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
        parts.push(bytes.subarray(at + 2, at + 2 + length))
        at += 2 + length
      }
      const reader = {
        checkpoint: async () => parts[0]!,
        tile: async (_level: number, _index: number, width: number) => parts[1]!.subarray(0, Math.max(width * 32, parts[1]!.length)),
        entries: async (_index: number, width: number) => ({ bytes: parts[2]!, width }),
      }
      const report = await ledger.verifyLog(reader, { key: verifier, remembered: { size: 5, root: rootOf(leaves) } })
      const same = parts[1]!.equals(sound[1]!) && parts[2]!.equals(sound[2]!)
      check(!report.ok || (same && report.size === 5), 'a log that was changed is not taken for sound')
      return report.ok ? 'sound' : `${report.firstBad?.kind} ${report.firstBad?.what.replace(/\d+/g, '#')}`
    },
  }
}

export const ledgerTargets: Readonly<Record<string, () => Promise<Target>>> = {
  vkey: verifierKey,
  note,
  checkpoint,
  'tlog-proof': proofs,
  'proof-claims': claims,
  tile: tiles,
  'whole-log': wholeLog,
}
