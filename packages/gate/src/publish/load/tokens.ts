import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { tokenOf } from '@selvage/kernel/protect'
import type { TableJob } from '../wire.ts'
import type { Session } from './session.ts'
import { appendTexts, streamTexts } from './texts.ts'

export type TokenKeys = ReadonlyMap<string, KeyObject>

export const tokenKeys = (keys: Readonly<Record<string, string>>): TokenKeys =>
  new Map(Object.entries(keys).map(([scope, key]) => [scope, createSecretKey(Buffer.from(key, 'base64'))]))

/** Indices of the columns that have tokens. */
export const tokenised = ({ table, scopes }: TableJob): number[] =>
  [...table.columns.keys()].filter(index => Object.hasOwn(scopes, table.columns[index]!.name))

/**
 * The table `tokens`: row by row beside `raw`, in the same order, the tokens of column `c3` in `t3`. What is NULL has
 * a token that is NULL. Without columns that have tokens there is no table.
 */
export async function createTokens(session: Session, job: TableJob, keys: TokenKeys, onRows: (rows: number) => void): Promise<void> {
  const columns = tokenised(job)
  if (columns.length === 0) return
  const tokenisers = columns.map(index => tokeniser(keys.get(job.scopes[job.table.columns[index]!.name]!)!))
  async function* tokens(): AsyncGenerator<(string | null)[][]> {
    let rows = 0
    const texts = streamTexts(session, { columns: columns.map(index => `c${index}`), from: 'raw', ordered: true })
    for await (const batch of texts) {
      yield batch.map((values, index) => values.map(value => (value === null ? null : tokenisers[index]!(value))))
      rows += batch[0]!.length
      onRows(rows)
    }
  }
  await session.run(`CREATE TABLE tokens (${columns.map(index => `t${index} VARCHAR`).join(', ')})`)
  await appendTexts(session, 'tokens', tokens())
}

const cacheSize = 20_000
const cachedLength = 100

/** Remembers short texts: most columns repeat themselves. */
function tokeniser(key: KeyObject): (text: string) => string {
  const known = new Map<string, string>()
  const hmac = (data: Uint8Array): Uint8Array => createHmac('sha256', key).update(data).digest()
  return text => {
    const held = known.get(text)
    if (held !== undefined) return held
    const token = tokenOf(text, hmac)
    if (known.size >= cacheSize) known.clear()
    if (text.length <= cachedLength) known.set(text, token)
    return token
  }
}
