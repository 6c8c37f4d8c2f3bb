/** Tables of Verhoeff's scheme: multiplication in the dihedral group of order ten, and the permutation by place. */
const product = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
] as const
const permutation = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
  [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
  [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
  [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
  [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
  [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
  [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
] as const

const digitsOf = (text: string): number[] => text.split('').reverse().map(Number)

/** Verhoeff's check over all digits, the check digit last. */
const hasVerhoeffDigit = (digits: string): boolean =>
  digitsOf(digits).reduce<number>((sum, digit, place) => product[sum]![permutation[place % 8]![digit]!]!, 0) === 0

/** The Luhn check (ISO/IEC 7812-1 annex B) over all digits, the check digit last. */
const hasLuhnDigit = (digits: string): boolean =>
  digitsOf(digits).reduce((sum, digit, place) => sum + (place % 2 === 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9), 0) % 10 === 0

/** SNOMED CT identifiers have 6 to 18 digits, no leading zero, and end in a Verhoeff digit. */
export const hasCheckDigit: Readonly<Record<'snomed' | 'luhn', (text: string) => boolean>> = {
  snomed: text => /^[1-9][0-9]{5,17}$/.test(text) && hasVerhoeffDigit(text),
  luhn: text => /^[0-9]{2,64}$/.test(text) && hasLuhnDigit(text),
}
