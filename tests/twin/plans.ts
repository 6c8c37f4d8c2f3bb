import type { DuckDBConnection } from '@duckdb/node-api'
import { SelvageError } from '@selvage/kernel/model'
import { lockDatabase, openDatabase, quoteName, quoteText } from '../../packages/gate/src/execute/database.ts'
import { filesOf } from '../../packages/gate/src/execute/stage.ts'
import { explain } from '../../packages/gate/src/pipeline.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { senderNamed } from '../golden/ask.ts'
import { notStrictly } from './opened.ts'
import { purpose } from './world.ts'

/** Statements that were planned, and those of them that are planned otherwise over the other database. */
export interface PlanCount {
  readonly planned: number
  readonly otherwise: number
}

export const addCounts = (a: PlanCount, b: PlanCount): PlanCount => ({
  planned: a.planned + b.planned,
  otherwise: a.otherwise + b.otherwise,
})

/** Whether the engine plans a statement otherwise over the other database: what makes comparing the two worth it. */
export class Plans {
  readonly #gate: Gate
  readonly #connections: readonly DuckDBConnection[]

  private constructor(gate: Gate, connections: readonly DuckDBConnection[]) {
    this.#gate = gate
    this.#connections = connections
  }

  static async open(gate: Gate, other: Gate): Promise<Plans> {
    return new Plans(notStrictly(gate), await Promise.all([gate, other].map(connectionTo)))
  }

  /** Of those that this asker may ask. */
  async count(texts: readonly string[]): Promise<PlanCount> {
    const differ = []
    for (const sql of texts) differ.push(await this.#differ(sql))
    return { planned: differ.filter(one => one !== undefined).length, otherwise: differ.filter(one => one === true).length }
  }

  async #differ(sql: string): Promise<boolean | undefined> {
    const sender = senderNamed('party')
    const explained = await explain(this.#gate, { sender, request: { sql, purpose } }).catch((error: unknown) => {
      if (error instanceof SelvageError && error.code.startsWith('policy.')) return undefined
      throw error
    })
    if (explained === undefined) return undefined
    const [a, b] = await Promise.all(this.#connections.map(connection => planOf(connection, explained.rewritten.sql)))
    return a !== b
  }

  close(): void {
    for (const connection of this.#connections) connection.closeSync()
  }
}

/** As an engine child that is not strict has it. */
async function connectionTo(gate: Gate): Promise<DuckDBConnection> {
  const database = await openDatabase({ memoryMb: 256, threads: 2 })
  const connection = await database.connect()
  for (const { alias, path } of filesOf(gate.generation().products))
    await connection.run(`ATTACH ${quoteText(path)} AS ${quoteName(alias)} (READ_ONLY)`)
  await lockDatabase(connection)
  return connection
}

/** Its operators, without how many rows each is thought to give. */
async function planOf(connection: DuckDBConnection, sql: string): Promise<string> {
  const reader = await connection.runAndReadAll(`EXPLAIN (FORMAT json) ${sql}`)
  const plan: unknown = JSON.parse(String(reader.getRows()[0]?.[1]))
  return JSON.stringify(plan, (name, value: unknown) => (name === 'Estimated Cardinality' ? undefined : value))
}
