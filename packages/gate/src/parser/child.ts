import type { DuckDBPreparedStatement } from '@duckdb/node-api'
import { SelvageError } from '@selvage/kernel/model'
import { openPipe } from '../execute/child-pipe.ts'
import { lockDatabase, openDatabase } from '../execute/database.ts'
import { engineErrorOf, parseEngineError } from '../execute/engine-error.ts'
import type { Frame } from '../execute/frame.ts'
import { isWorn } from '../execute/wall.ts'
import {
  type BindMessage,
  fromParser,
  isMemory,
  type OpenParserMessage,
  type ParserFailure,
  parserFrameBound,
  toParser,
} from './message.ts'
import { Twins } from './twins.ts'

/** The parser child: reads hostile text and holds no data. One request at a time; each gets one answer. */
interface Opened {
  readonly serialize: DuckDBPreparedStatement
  readonly deserialize: DuckDBPreparedStatement
  readonly treeBytes: number
}

let opened: Opened | undefined
let started = 0
const twins = new Twins()

const { send } = openPipe(parserFrameBound, frame => void answer(frame))

async function answer({ kind, payload }: Frame): Promise<void> {
  const text = payload.toString()
  started = performance.now()
  try {
    if (kind === toParser.open) await open(JSON.parse(text) as OpenParserMessage)
    else if (kind === toParser.parse) await parse(text)
    else if (kind === toParser.print) await print(text)
    else if (kind === toParser.bind) await bind(JSON.parse(text) as BindMessage)
    else throw new Error('unknown frame')
  } catch (error) {
    if (error instanceof SelvageError)
      fail({ kind: 'parameters', ...(error.options.detail === undefined ? {} : { detail: error.options.detail }) })
    else fail({ kind: 'engine', error: parseEngineError(error) })
  }
}

/** What a request took may not have been given back: the next one, of somebody else, is not to pay for it. */
function reply(kind: number, payload: object | string, outOfMemory = false): void {
  if (outOfMemory || isWorn(performance.now() - started)) send(fromParser.worn, {})
  send(kind, payload)
}

const fail = (failure: ParserFailure): void => reply(fromParser.failed, failure, isMemory(failure))

async function open({ memoryMb, treeBytes }: OpenParserMessage): Promise<void> {
  const database = await openDatabase({ memoryMb, threads: 1 })
  const connection = await database.connect()
  await lockDatabase(connection)
  opened = {
    treeBytes,
    serialize: await connection.prepare(
      "SELECT tree, json_array_length(tree, '$.statements') FROM (SELECT json_serialize_sql($1::VARCHAR) AS tree)",
    ),
    deserialize: await connection.prepare('SELECT json_deserialize_sql($1::VARCHAR::JSON)'),
  }
  send(fromParser.ready, {})
}

async function parse(sql: string): Promise<void> {
  const [tree, statements] = await firstRow('serialize', sql)
  const json = String(tree)
  if (json.startsWith('{"error":true')) return fail({ kind: 'engine', error: engineErrorOf(JSON.parse(json) as Record<string, unknown>) })
  // All that follows takes the more time the larger the tree is, and some of it in the gate itself.
  if (Buffer.byteLength(json) > (opened?.treeBytes ?? 0)) return fail({ kind: 'size' })
  if (Number(statements) !== 1) return fail({ kind: 'count', statements: Number(statements) })
  reply(fromParser.text, json)
}

async function print(tree: string): Promise<void> {
  const [sql] = await firstRow('deserialize', tree)
  reply(fromParser.text, String(sql))
}

async function bind({ sql, key, tables, parameters }: BindMessage): Promise<void> {
  const twin = twins.find(key) ?? (tables === undefined ? undefined : await twins.open(key, tables))
  if (twin === undefined) return send(fromParser.needSchema, {})
  reply(fromParser.columns, { columns: await twin.bind(sql, parameters) })
}

async function firstRow(name: 'serialize' | 'deserialize', text: string): Promise<readonly unknown[]> {
  const statement = opened?.[name]
  if (statement === undefined) throw new Error('not open')
  statement.bindVarchar(1, text)
  const [row] = await (await statement.run()).getRows()
  return row ?? []
}
