import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatCheckpoint, parseCheckpoint, signCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { LedgerError } from './error.ts'
import { emptyRoot } from './hash.ts'
import { formatSignerKey, formatVerifierKey, getSignerKey, parseSignerKey, parseVerifierKey } from './key.ts'
import { parseNote, signNote, verifyNote } from './note.ts'

// The example of golang.org/x/mod/sumdb/note.
const peter = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')
const peterSigns = parseSignerKey('PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz')
const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const signature = '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'

const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return error instanceof LedgerError ? error.code : String(error)
  }
  return 'accepted'
}

describe('signed note', () => {
  it('verifies and makes the published example', () => {
    expect(verifyNote(`${text}\n${signature}`, [peter])).toEqual({ text, verified: [{ name: 'PeterNeumann', id: 'c74f20a3' }] })
    expect(signNote(text, peterSigns)).toBe(`${text}\n${signature}`)
  })

  it('splits at the last empty line', () => {
    const poem = 'first\n\nsecond\n'
    expect(parseNote(signNote(poem, peterSigns)).text).toBe(poem)
  })

  it('ignores unknown keys, needs one that it knows, and rejects all if a known one fails', () => {
    const other = getSignerKey('PeterNeumann', generateKeyPairSync('ed25519').privateKey)
    const unknown = signNote(text, other).slice(text.length + 1)
    expect(verifyNote(`${text}\n${unknown}${signature}`, [peter]).verified).toHaveLength(1)
    expect(codeOf(() => verifyNote(`${text}\n${unknown}`, [peter]))).toBe('signature')
    expect(codeOf(() => verifyNote(`${text}x\n\n${signature}`, [peter]))).toBe('signature')
    const failing = signature.replace('x08go/Z', 'x08go/A')
    expect(codeOf(() => verifyNote(`${text}\n${signature}${failing}`, [peter]))).toBe('signature')
  })

  it('takes sixteen signatures and bounds their number', () => {
    const many = (count: number) => `${text}\n${signature.repeat(count)}`
    expect(verifyNote(many(16), [peter]).verified).toHaveLength(16)
    expect(codeOf(() => verifyNote(many(65), [peter]))).toBe('too_large')
    expect(codeOf(() => parseNote('x'.repeat(600_000)))).toBe('too_large')
  })

  it.each([
    ['no signature', text],
    ['no empty line', `text\n${signature}`],
    ['no last newline', `${text}\n${signature.trimEnd()}`],
    ['a carriage return', `a\r\n\n${signature}`],
    ['a NUL', `a\0\n\n${signature}`],
    ['a lone surrogate', `a\ud800\n\n${signature}`],
    ['two spaces', `${text}\n${signature.replace(' Peter', '  Peter')}`],
    ['a hyphen for a dash', `${text}\n${signature.replace('—', '-')}`],
    ['a plus in the name', `${text}\n${signature.replace('Neu', '+')}`],
    ['a space in the name', `${text}\n${signature.replace('Neu', '\u00a0')}`],
    ['base64 without padding', `${text}\n${signature.replace('=', '')}`],
    ['base64 with other bits', `${text}\n${signature.replace('AM=', 'AN=')}`],
    ['URL base64', `${text}\n${signature.replace('/', '_')}`],
    ['a key id alone', `${text}\n— PeterNeumann x08gow==\n`],
  ])('refuses %s', (_, note) => {
    expect(codeOf(() => verifyNote(note, [peter]))).toBe('malformed')
  })

  it('refuses what is not UTF-8', () => {
    expect(codeOf(() => parseNote(Buffer.concat([Buffer.from([0xff]), Buffer.from(`${text}\n${signature}`)])))).toBe('malformed')
  })

  it('refuses every flipped bit', () => {
    const note = Buffer.from(`${text}\n${signature}`)
    fc.assert(
      fc.property(fc.nat(note.length * 8 - 1), bit => {
        const flipped = Buffer.from(note)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        expect(codeOf(() => verifyNote(flipped, [peter]))).toMatch(/malformed|signature/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('key', () => {
  it('is read and written', () => {
    // Go's own log: its base64 holds a plus.
    const golang = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8'
    const { name, publicKey } = parseVerifierKey(golang)
    expect(formatVerifierKey(name, publicKey)).toBe(golang)
    const { privateKey } = generateKeyPairSync('ed25519')
    expect(parseSignerKey(formatSignerKey('a/b', privateKey)).id).toBe(getSignerKey('a/b', privateKey).id)
  })

  it.each([
    'sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
    'sum.golang.orG+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
    '+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
    'sum.golang.org+033DE0AE+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
    'sum.golang.org+033de0ae+As4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
    'sum.golang.org+033de0ae',
    'sum.golang.org',
    '',
  ])('refuses %s', key => {
    expect(codeOf(() => parseVerifierKey(key))).toBe('malformed')
  })

  it('refuses names that a signature line cannot hold, and other kinds of key', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u2003b']) expect(() => getSignerKey(name, privateKey)).toThrow(TypeError)
    expect(() => getSignerKey('a', publicKey)).toThrow(TypeError)
    expect(() => getSignerKey('a', generateKeyPairSync('x25519').privateKey)).toThrow(TypeError)
  })
})

describe('checkpoint', () => {
  const root = Buffer.from(emptyRoot).toString('base64')
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const key = parseVerifierKey(formatVerifierKey('mesh/log', publicKey))

  it('is read and written', () => {
    const head = { origin: 'example.com/log42', size: 20_852_163, root: Buffer.from(emptyRoot) }
    expect(parseCheckpoint(formatCheckpoint(head))).toEqual(head)
    expect(parseCheckpoint(`o\n0\n${root}\nextension\n`).size).toBe(0)
  })

  it.each([
    `o\n00\n${root}\n`,
    `o\n-1\n${root}\n`,
    `o\n+1\n${root}\n`,
    `o\n1e3\n${root}\n`,
    `o\n0x10\n${root}\n`,
    `o\n\n${root}\n`,
    `o\n9007199254740992\n${root}\n`,
    `o\n99999999999999999999\n${root}\n`,
    `\n1\n${root}\n`,
    `o\n1\n${root}`,
    `o\n1\n${root.slice(4)}\n`,
    `o\n1\n${root.replace('=', '')}\n`,
    `o\n1\n`,
    `o\n1\n${root}\n\n`,
    `o\n1\n${root}\n\nx\n`,
  ])('refuses %j', text => {
    expect(codeOf(() => parseCheckpoint(text))).toBe('malformed')
  })

  it('is of the log that its key names', () => {
    const mine = signCheckpoint({ origin: 'mesh/log', size: 0, root: emptyRoot }, getSignerKey('mesh/log', privateKey))
    const others = signCheckpoint({ origin: 'mesh/other', size: 0, root: emptyRoot }, getSignerKey('mesh/log', privateKey))
    expect(verifyCheckpoint(mine, key).origin).toBe('mesh/log')
    expect(codeOf(() => verifyCheckpoint(others, key))).toBe('signature')
  })
})
