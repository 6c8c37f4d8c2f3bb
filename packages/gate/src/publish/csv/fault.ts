interface Place {
  /** 1-based line of the file. */
  readonly line: number
  /** 1-based byte inside that line. */
  readonly byte: number
  /** Which field of the record, from 0; absent where no single field is meant. */
  readonly field?: number
}

/** What is wrong with the shape of a CSV file, and where. Never holds what a cell says. */
export class CsvFault extends Error {
  readonly place: Place
  readonly help: string

  constructor(what: string, place: Place, help: string) {
    super(what)
    this.name = 'CsvFault'
    this.place = place
    this.help = help
  }
}

export const brokenEncoding = (byte: number, place: Place): CsvFault =>
  new CsvFault(
    `the byte 0x${byte.toString(16).toUpperCase().padStart(2, '0')} is not UTF-8`,
    place,
    'Save the file as UTF-8; it may be in Latin-1 or Windows-1252 now.',
  )

export const lineEndHelp = 'End every line in the same way, with LF or with CR LF.'
