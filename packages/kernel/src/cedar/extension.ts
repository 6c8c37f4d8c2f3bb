import { parseIp } from './ip-address.ts'
import { parseDatetime, parseDuration } from './time.ts'
import { type Extension, isLong, type Value } from './value.ts'

/** Nothing: the text is none of this type, and the call errs. */
type Parsed = Extension | undefined

const decimalPattern = /^(-?)(\d+)\.(\d{1,4})$/

export function parseDecimal(text: string): Parsed {
  const [, sign, whole = '', fraction = ''] = decimalPattern.exec(text) ?? []
  if (sign === undefined) return undefined
  const value = BigInt(`${sign}${whole}${fraction.padEnd(4, '0')}`)
  return isLong(value) ? { kind: 'decimal', value } : undefined
}

const constructors: ReadonlyMap<string, (text: string) => Parsed> = new Map<string, (text: string) => Parsed>([
  ['decimal', parseDecimal],
  ['ip', parseIp],
  ['datetime', parseDatetime],
  ['duration', parseDuration],
])

/** What an extension's function can give. */
type Answer = boolean | bigint | Extension
type Method = (self: Extension, other: Value | undefined) => Answer | undefined

const compareDecimals =
  (test: (a: bigint, b: bigint) => boolean): Method =>
  (a, b) =>
    a.kind === 'decimal' && isKind(b, 'decimal') ? test(a.value, b.value) : undefined
const ofIp =
  (test: (ip: Extract<Extension, { kind: 'ipaddr' }>) => boolean): Method =>
  self =>
    self.kind === 'ipaddr' ? test(self) : undefined
const durationIn =
  (unit: bigint): Method =>
  self =>
    self.kind === 'duration' ? self.value / unit : undefined

const day = 86_400_000n

/** Bits that an address shares with a network. */
const inNetwork = (address: bigint, bits: number, network: bigint, prefix: number): boolean =>
  address >> BigInt(bits - prefix) === network >> BigInt(bits - prefix)

const methods: ReadonlyMap<string, { readonly arity: 1 | 2; readonly call: Method }> = new Map<string, { arity: 1 | 2; call: Method }>([
  ['lessThan', { arity: 2, call: compareDecimals((a, b) => a < b) }],
  ['lessThanOrEqual', { arity: 2, call: compareDecimals((a, b) => a <= b) }],
  ['greaterThan', { arity: 2, call: compareDecimals((a, b) => a > b) }],
  ['greaterThanOrEqual', { arity: 2, call: compareDecimals((a, b) => a >= b) }],
  ['isIpv4', { arity: 1, call: ofIp(ip => ip.bits === 32) }],
  ['isIpv6', { arity: 1, call: ofIp(ip => ip.bits === 128) }],
  [
    'isLoopback',
    {
      arity: 1,
      call: ofIp(ip =>
        ip.bits === 32 ? ip.prefix >= 8 && inNetwork(ip.address, 32, 0x7f00_0000n, 8) : ip.prefix === 128 && ip.address === 1n,
      ),
    },
  ],
  [
    'isMulticast',
    {
      arity: 1,
      call: ofIp(ip =>
        ip.bits === 32
          ? ip.prefix >= 4 && inNetwork(ip.address, 32, 0xe000_0000n, 4)
          : ip.prefix >= 8 && inNetwork(ip.address, 128, 0xffn << 120n, 8),
      ),
    },
  ],
  [
    'isInRange',
    {
      arity: 2,
      call: (a, b) =>
        a.kind === 'ipaddr' && isKind(b, 'ipaddr')
          ? a.bits === b.bits && a.prefix >= b.prefix && inNetwork(a.address, a.bits, b.address, b.prefix)
          : undefined,
    },
  ],
  [
    'offset',
    { arity: 2, call: (a, b) => (a.kind === 'datetime' && isKind(b, 'duration') ? time('datetime', a.value + b.value) : undefined) },
  ],
  [
    'durationSince',
    { arity: 2, call: (a, b) => (a.kind === 'datetime' && isKind(b, 'datetime') ? time('duration', a.value - b.value) : undefined) },
  ],
  ['toDate', { arity: 1, call: self => (self.kind === 'datetime' ? time('datetime', self.value - sinceMidnight(self.value)) : undefined) }],
  ['toTime', { arity: 1, call: self => (self.kind === 'datetime' ? time('duration', sinceMidnight(self.value)) : undefined) }],
  ['toMilliseconds', { arity: 1, call: durationIn(1n) }],
  ['toSeconds', { arity: 1, call: durationIn(1_000n) }],
  ['toMinutes', { arity: 1, call: durationIn(60_000n) }],
  ['toHours', { arity: 1, call: durationIn(3_600_000n) }],
  ['toDays', { arity: 1, call: durationIn(day) }],
])

/** Of the day that the moment is in, also before 1970. */
const sinceMidnight = (value: bigint): bigint => ((value % day) + day) % day

const time = (kind: 'datetime' | 'duration', value: bigint): Extension | undefined => (isLong(value) ? { kind, value } : undefined)

function isKind<K extends Extension['kind']>(value: Value | undefined, kind: K): value is Extract<Extension, { kind: K }> {
  return typeof value === 'object' && value.kind === kind
}

const isExtension = (value: Value | undefined): value is Extension =>
  typeof value === 'object' &&
  (value.kind === 'decimal' || value.kind === 'ipaddr' || value.kind === 'datetime' || value.kind === 'duration')

/** How many arguments a function or method of an extension takes, the value it is called on among them. */
export function extensionArity(name: string): number | undefined {
  return constructors.has(name) ? 1 : methods.get(name)?.arity
}

/** Undefined: the call errs. */
export function callExtension(name: string, [self, other]: readonly Value[]): Answer | undefined {
  const construct = constructors.get(name)
  if (construct !== undefined) return typeof self === 'string' ? construct(self) : undefined
  return isExtension(self) ? methods.get(name)?.call(self, other) : undefined
}

/** A constructor by its name, for values as Cedar's JSON writes them. */
export const parseExtension = (name: string, text: string): Extension | undefined => constructors.get(name)?.(text)
