import type { Extension } from './value.ts'

type Ip = Extract<Extension, { kind: 'ipaddr' }>

/** Longest text that the official engine looks at: eight groups of four and a prefix. */
const longest = 43

/** An IPv4 or IPv6 address or network, as Cedar reads it: RFC 5952's forms, without an IPv4 part inside IPv6. */
export function parseIp(text: string): Ip | undefined {
  if (text.length > longest) return undefined
  const [written = '', prefixText, ...more] = text.split('/')
  if (more.length > 0) return undefined
  const bits = written.includes(':') ? 128 : 32
  const address = bits === 32 ? parseIpv4(written) : parseIpv6(written)
  const prefix = prefixText === undefined ? bits : parsePrefix(prefixText, bits)
  return address === undefined || prefix === undefined ? undefined : { kind: 'ipaddr', bits, address, prefix }
}

function parsePrefix(text: string, bits: number): number | undefined {
  if (!/^(?:0|[1-9]\d{0,2})$/.test(text)) return undefined
  const prefix = Number(text)
  return prefix <= bits ? prefix : undefined
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return undefined
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail = []] = halves.map(half => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail]
  if (!groups.every(group => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}
