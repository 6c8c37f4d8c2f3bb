import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SqlRequest } from '../../packages/gate/src/decide/request.ts'
import { generated } from './generated.ts'

export interface Hostile {
  readonly family: string
  readonly sql: string
  readonly parameters?: SqlRequest['parameters']
}

const here = fileURLToPath(new URL('corpus', import.meta.url))

/** Families that take more than there is: their statements must end in time. */
const heavyFamilies: readonly string[] = ['exhaustion', 'depth']
/** Of more than fits in memory: a gate that gives them time and little disk ends them by that. */
const spillingFamily = 'spilling'

/** One statement to a line. Behind ` #` at its end may stand `{"parameters": …}`. */
function read(family: string): readonly Hostile[] {
  return readFileSync(`${here}/${family}.sql`, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [, sql = '', more] = /^(.*?)(?: #(\{"parameters":.*\}))?$/.exec(line)!
      return { family, sql, ...(more === undefined ? {} : (JSON.parse(more) as Pick<Hostile, 'parameters'>)) }
    })
}

const written = readdirSync(here)
  .sort()
  .flatMap(name => read(name.replace(/\.sql$/, '')))
const others = Object.entries(generated).flatMap(([family, list]) => list.map(sql => ({ family, sql })))

export const corpus: readonly Hostile[] = [...written, ...others]
export const families: readonly string[] = [...new Set(corpus.map(({ family }) => family))]
export const light: readonly Hostile[] = corpus.filter(({ family }) => !heavyFamilies.includes(family) && family !== spillingFamily)
export const heavy: readonly Hostile[] = corpus.filter(({ family }) => heavyFamilies.includes(family))
export const spilling: readonly Hostile[] = corpus.filter(({ family }) => family === spillingFamily)

/** Readable in a report: short, and nothing that a terminal would obey. */
export const nameOf = ({ family, sql }: Hostile): string =>
  `${family}: ${JSON.stringify(sql.slice(0, 150)).slice(1, -1)}`.replace(
    /[^\x20-\x7e]/g,
    sign => `\\u{${sign.codePointAt(0)!.toString(16)}}`,
  )
