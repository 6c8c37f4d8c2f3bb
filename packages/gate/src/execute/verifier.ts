import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import { SelvageError } from '@selvage/kernel/model'
import { parseTree, type SqlTree, verifySecured } from '@selvage/kernel/query'
import { Recent } from '../recent.ts'
import { digestOf } from './digest.ts'

/** Texts whose verification is remembered, by digest. */
const textBound = 1_000
/** Templates whose tree is remembered. */
const templateBound = 200

/**
 * The child's own look at what it is told to run. Whoever sent the text says that it is secured; the child reads it
 * with its own engine's parser and believes nothing else.
 */
export class Verifier {
  readonly #serialize: DuckDBPreparedStatement
  readonly #verified = new Recent<string, true>(textBound)
  readonly #templates = new Recent<string, SqlTree>(templateBound)

  private constructor(serialize: DuckDBPreparedStatement) {
    this.#serialize = serialize
  }

  static async open(connection: DuckDBConnection): Promise<Verifier> {
    return new Verifier(await connection.prepare('SELECT json_serialize_sql($1::VARCHAR)'))
  }

  /** Throws `engine.refused` unless every base table stands inside one of the templates. */
  async verify(sql: string, templates: readonly string[]): Promise<void> {
    const key = digestOf([sql, ...templates])
    if (this.#verified.find(key)) return
    try {
      const trees: SqlTree[] = []
      for (const template of templates) trees.push(await this.#templateTree(template))
      verifySecured(parseTree(await this.#parse(sql)), trees)
    } catch (cause) {
      throw new SelvageError('engine.refused', { cause })
    }
    this.#verified.set(key, true)
  }

  async #templateTree(text: string): Promise<SqlTree> {
    const known = this.#templates.find(text)
    if (known !== undefined) return known
    return this.#templates.set(text, parseTree(await this.#parse(text)))
  }

  async #parse(sql: string): Promise<string> {
    this.#serialize.bindVarchar(1, sql)
    const [row] = await (await this.#serialize.run()).getRows()
    const json = row?.[0]
    if (typeof json !== 'string' || !json.startsWith('{"error":false,')) throw new Error('not a SELECT statement')
    return json
  }
}
