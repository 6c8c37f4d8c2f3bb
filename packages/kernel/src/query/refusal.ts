/** A tree that is not taken. It becomes a `SelvageError` where it is known who asked. */
export class Refusal extends Error {
  /** Public: says what to write instead, and repeats nothing but names that the asker wrote. */
  readonly detail: string
  /** Bytes from the start of the text. */
  readonly location: number | undefined

  constructor(detail: string, location?: number) {
    super(detail)
    this.name = 'Refusal'
    this.detail = detail
    this.location = location
  }
}

const nameLength = 40

/** A name of the asker's own text, short and plain enough to stand in a sentence. */
export const shown = (name: string): string => {
  const plain = name.replace(/[^\p{L}\p{N}_.~!@%^&*|/<>=+-]/gu, '?')
  return plain.length > nameLength ? `${plain.slice(0, nameLength)}…` : plain
}
