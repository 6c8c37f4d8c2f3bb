/**
 * DESCRIBE writes a struct without names (`row(1, 'a')`) as no text can write it: `STRUCT(INTEGER, VARCHAR)`. So its
 * fields get names to be read by, which `withoutNames` takes away again.
 */
export const withNames = (type: string): string => named(type, { given: 0 })

export const withoutNames = (type: string): string => type.replace(/"selvage nameless \d+"/g, '""')

/** A type that no name stands before. */
const alone = /^(?:TIMESTAMP WITH TIME ZONE|TIME WITH TIME ZONE|[A-Z_0-9]+(?:\(.*\))?)(?:\[\d*\])*$/s

function named(type: string, count: { given: number }): string {
  return type.replace(/^(.*?)\((.*)\)((?:\[\d*\])*)$/s, (_, word: string, inside: string, lists: string) => {
    if (!/(^| )(STRUCT|MAP|UNION)$/.test(word)) return type
    const fields = fieldsOf(inside).map(field => {
      const name = word.endsWith('STRUCT') && alone.test(field) ? `"selvage nameless ${++count.given}" ` : ''
      return name + named(field, count)
    })
    return `${word}(${fields.join(', ')})${lists}`
  })
}

/** What commas part, outside of brackets and quotes. */
function fieldsOf(inside: string): readonly string[] {
  const fields = ['']
  let depth = 0
  for (const [token] of inside.matchAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|./gs)) {
    depth += token === '(' ? 1 : token === ')' ? -1 : 0
    if (token === ',' && depth === 0) fields.push('')
    else fields.push(fields.pop()! + token)
  }
  return fields.map(field => field.trim())
}
