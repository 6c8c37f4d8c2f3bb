/** The name, inside of a product's file, of the column that holds a set of its rows. No column of a contract can have it. */
export const setColumn = (name: string): string => `${name}~set`
