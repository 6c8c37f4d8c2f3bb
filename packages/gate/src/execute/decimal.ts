import type { ByteWriter } from './byte-writer.ts'

/** @param value whole */
export function writeWide(out: ByteWriter, value: number | bigint): void {
  if (typeof value === 'number') out.integer(value)
  else out.ascii(value.toString())
}

/** @param value the number times 10^scale */
export function writeDecimal(out: ByteWriter, value: number | bigint, scale: number): void {
  if (scale === 0) writeWide(out, value)
  // Up to here the parts stay exact as numbers.
  else if (typeof value === 'number' && scale <= 15) writeSmall(out, value, scale)
  else writeLarge(out, BigInt(value), scale)
}

function writeLarge(out: ByteWriter, value: bigint, scale: number): void {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  out.ascii(`${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`)
}

function writeSmall(out: ByteWriter, value: number, scale: number): void {
  if (value < 0) out.ascii('-')
  const size = Math.abs(value)
  const unit = 10 ** scale
  const whole = Math.floor(size / unit)
  out.integer(whole)
  out.ascii('.')
  out.padded(size - whole * unit, scale)
}
