export type Cell = string | number | boolean | null | object

// Control characters, and those that nobody sees but that order, hide or split what is shown. Joiners belong to scripts and emoji.
const steering = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
const hex = (unit: number): string =>
  unit < 0x100 ? `\\x${unit.toString(16).padStart(2, '0')}` : `\\u${unit.toString(16).padStart(4, '0')}`
const unitsOf = (character: string): number[] => Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
const escaped = (character: string): string => unitsOf(character).map(hex).join('')

/** attacker-controlled: a value, in one line, with nothing in it that a terminal obeys. */
export const plain = (cell: Cell | undefined): string => {
  const text = cell === null || cell === undefined ? '' : typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
  return text.replace(steering, escaped)
}

/** A message of several lines, in which only the line ends are left of what a terminal obeys. */
export const plainLines = (text: string): string => text.split('\n').map(plain).join('\n')

/** JSON that means the same and holds nothing that a terminal obeys but line ends, which stand between tokens only. */
export const plainJson = (json: string): string =>
  json.replace(steering, character =>
    character === '\n'
      ? character
      : unitsOf(character)
          .map(unit => `\\u${unit.toString(16).padStart(4, '0')}`)
          .join(''),
  )

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f1e6}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u
const onlyMarks = /^[\p{M}\u200c\u200d]+$/u
const graphemes = new Intl.Segmenter()
const ascii = /^[\x20-\x7e]*$/

/** What a reader sees as one character. */
const charactersOf = (text: string): string[] =>
  ascii.test(text) ? [...text] : Array.from(graphemes.segment(text), ({ segment }) => segment)
const cellsOf = (character: string): number => (wide.test(character) ? 2 : onlyMarks.test(character) ? 0 : 1)

/** Cells of a terminal. */
export const displayWidth = (text: string): number =>
  ascii.test(text) ? text.length : charactersOf(text).reduce((sum, character) => sum + cellsOf(character), 0)

export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let kept = ''
  let room = width - 1
  for (const character of charactersOf(text)) {
    room -= cellsOf(character)
    if (room < 0) break
    kept += character
  }
  return `${kept}…`
}
