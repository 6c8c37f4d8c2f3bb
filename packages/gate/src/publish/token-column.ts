/** The name, inside of a product's file, of the column that holds the tokens of a column. */
export const tokenColumn = (name: string): string => `${name}~token`
