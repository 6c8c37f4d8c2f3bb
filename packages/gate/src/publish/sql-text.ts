/** Double-quoted identifier. */
export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Text literal. The engine reads no escapes in it but the doubled quote. */
export const textLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A number as the engine reads it exactly where it can: digits are decimal, an exponent makes a double. */
export const numberLiteral = (value: number): string => (Number.isFinite(value) ? String(value) : textLiteral(String(value)))
