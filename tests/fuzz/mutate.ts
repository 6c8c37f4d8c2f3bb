import type { Random } from './random.ts'

type Change = (bytes: Buffer, mutator: Mutator) => Buffer

/** Makes inputs of inputs: bytes, words of the target's grammar, pieces of other inputs. */
export class Mutator {
  readonly random: Random
  readonly words: readonly Buffer[]
  readonly longest: number
  readonly corpus: readonly Buffer[]

  constructor(random: Random, words: readonly string[], longest: number, corpus: readonly Buffer[]) {
    this.random = random
    this.words = words.length === 0 ? [Buffer.from('0')] : words.map(word => Buffer.from(word))
    this.longest = longest
    this.corpus = corpus
  }

  mutate(bytes: Buffer): Buffer {
    let out = bytes
    const steps = 1 + this.random.below(1 << this.random.below(4))
    for (let step = 0; step < steps; step += 1) out = this.random.pick(changes)(out, this)
    return out.length > this.longest ? out.subarray(0, this.longest) : out
  }

  /** One piece many times over: what grows faster than its input shows here. */
  stretch(bytes: Buffer, length: number): Buffer {
    const piece = this.random.oneIn(2) || bytes.length === 0 ? this.random.pick(this.words) : this.#piece(bytes)
    const times = Math.ceil(length / Math.max(1, piece.length))
    const at = this.#place(bytes)
    const middle = Buffer.alloc(Math.min(length, times * piece.length), piece)
    return Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at)]).subarray(0, this.longest * 64)
  }

  #place(bytes: Buffer): number {
    return this.random.below(bytes.length + 1)
  }

  #piece(bytes: Buffer): Buffer {
    const at = this.random.below(bytes.length)
    return bytes.subarray(at, at + 1 + this.random.below(Math.min(32, bytes.length - at)))
  }
}

const interesting = [0, 1, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x27, 0x2b, 0x2c, 0x30, 0x3d, 0x5c, 0x7f, 0x80, 0xbf, 0xc0, 0xed, 0xef, 0xf4, 0xff]
const numbers = ['0', '1', '-1', '255', '256', '65535', '65536', '2147483648', '4294967295', '9007199254740991', '9007199254740993']
const moreNumbers = [...numbers, '18446744073709551615', '1e400', '0.1', '1E-7', '-0', '00', '123456789012345678901234567890']

const splice = (bytes: Buffer, from: number, to: number, middle: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(to)])

const range = (bytes: Buffer, { random }: Mutator): [number, number] => {
  const from = random.below(bytes.length + 1)
  return [from, Math.min(bytes.length, from + random.below(1 << random.below(7)))]
}

const flip: Change = (bytes, { random }) => {
  const out = Buffer.from(bytes)
  const at = random.below(out.length)
  if (out.length > 0) out[at] = out[at]! ^ (1 << random.below(8))
  return out
}

const set: Change = (bytes, { random }) => {
  const out = Buffer.from(bytes)
  if (out.length > 0) out[random.below(out.length)] = random.oneIn(2) ? random.pick(interesting) : random.below(256)
  return out
}

const insertByte: Change = (bytes, { random }) => {
  const at = random.below(bytes.length + 1)
  return splice(bytes, at, at, Buffer.from([random.oneIn(2) ? random.pick(interesting) : random.below(256)]))
}

const remove: Change = (bytes, mutator) => splice(bytes, ...range(bytes, mutator), Buffer.alloc(0))

const insertWord: Change = (bytes, { random, words }) => {
  const at = random.below(bytes.length + 1)
  return splice(bytes, at, at, random.pick(words))
}

const replaceByWord: Change = (bytes, mutator) => splice(bytes, ...range(bytes, mutator), mutator.random.pick(mutator.words))

/** One word of the grammar where another stands. */
const exchangeWord: Change = (bytes, mutator) => {
  const { random, words } = mutator
  const word = random.pick(words)
  const from = bytes.indexOf(word, random.below(bytes.length + 1))
  return from < 0 || word.length === 0 ? insertWord(bytes, mutator) : splice(bytes, from, from + word.length, random.pick(words))
}

const copy: Change = (bytes, mutator) => {
  const [from, to] = range(bytes, mutator)
  const at = mutator.random.below(bytes.length + 1)
  return splice(bytes, at, at, bytes.subarray(from, to))
}

const cross: Change = (bytes, mutator) => {
  const other = mutator.random.pick(mutator.corpus)
  return splice(bytes, ...range(bytes, mutator), other.subarray(...range(other, mutator)))
}

const cut: Change = (bytes, { random }) => bytes.subarray(0, random.below(bytes.length + 1))

const number: Change = (bytes, { random }) => {
  const found = [...bytes.toString('latin1').matchAll(/\d+/g)]
  if (found.length === 0) return set(bytes, { random } as Mutator)
  const { index, 0: text } = random.pick(found)
  return splice(bytes, index, index + text.length, Buffer.from(random.pick(moreNumbers)))
}

/** Two lines change their places. */
const swapLines: Change = (bytes, { random }) => {
  const lines = bytes.toString('latin1').split('\n')
  const [a, b] = [random.below(lines.length), random.below(lines.length)]
  ;[lines[a], lines[b]] = [lines[b]!, lines[a]!]
  return Buffer.from(lines.join('\n'), 'latin1')
}

const repeat: Change = (bytes, mutator) => {
  const [from, to] = range(bytes, mutator)
  return splice(bytes, to, to, Buffer.alloc((to - from) * (1 + mutator.random.below(8)), bytes.subarray(from, to)))
}

const changes: readonly Change[] = [
  flip,
  set,
  insertByte,
  remove,
  insertWord,
  insertWord,
  replaceByWord,
  exchangeWord,
  exchangeWord,
  copy,
  cross,
  cross,
  cut,
  number,
  swapLines,
  repeat,
]
