import { corpus } from './corpus.ts'

/** The statements of the corpus as texts for other places, those that are text at all. */
export const texts: readonly string[] = [...new Set(corpus.map(({ sql }) => sql))].filter(
  text => text.isWellFormed() && !text.includes('\0'),
)

/** A sign that moves, colours, hides or turns around what stands beside it on a terminal. */
export const obeyed = (text: string): string | undefined =>
  /[^\P{Cc}\n\t]|\p{Bidi_Control}|[\u2028\u2029\ufeff\u{e0000}-\u{e007f}]/u.exec(text)?.[0]
