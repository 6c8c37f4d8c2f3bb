import { openParser, type Parser } from '@selvage/gate/parser'
import type { SqlReader } from './ask-query.ts'

const mib = 1_048_576

/** The gate's own parser, a child that holds no data; it is started by the first query, and ended by `close`. */
export function lazyParser(): SqlReader & { readonly close: () => Promise<void> } {
  let parser: Parser | undefined
  const open = (): Parser => {
    parser ??= openParser({
      children: 1,
      memoryMb: 128,
      overheadMb: 512,
      treeBytes: 8 * mib,
      timeoutMs: 10_000,
      waitMs: 30_000,
      queue: 1_000,
      perSubject: { waiting: 1_000 },
      log: () => undefined,
    })
    return parser
  }
  return {
    parse: sql => open().parse(sql),
    bind: (sql, schema, parameters) => open().bind(sql, schema, parameters),
    close: async () => parser?.close(),
  }
}
