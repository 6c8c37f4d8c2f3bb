import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { type Code, errorTable, findForeign, problemOf, SelvageError } from '@selvage/kernel/model'
import { LedgerError } from '@selvage/ledger'
import { type LogOptions, type LogWriter, openLog } from '@selvage/ledger/io'
import type { Config } from '../config.ts'
import type { Log } from '../ports.ts'

const retryEvery = 500

/**
 * Opens the audit log; while the disk refuses, says `ledger.unavailable` to whoever asks and tries again. What time does
 * not mend is thrown: another writer, a log that is damaged or was taken back, another key.
 */
export async function openAudit(options: LogOptions, { config, log }: { config: Config; log: Log }): Promise<LogWriter> {
  let door: Server | undefined
  try {
    for (;;) {
      try {
        return await openLog(options)
      } catch (error) {
        if (error instanceof LedgerError && error.code !== 'write_failed') throw error
        if (door === undefined) log('ledger.waiting', { cause: String(error instanceof Error ? (error.cause ?? error) : error) })
        door ??= await openClosedDoor(config)
        await wait(retryEvery)
      }
    }
  } finally {
    if (door !== undefined) await close(door)
  }
}

const told = (code: Code): string => JSON.stringify(problemOf(new SelvageError(code), '0000000000000000'))

/** Alive, not ready, and 503 `ledger.unavailable` to everything else; nothing that is sent is read. */
async function openClosedDoor({ host, port, hosts, limits }: Config): Promise<Server> {
  const server = createServer((request, reply) => {
    const { headers, socket } = request
    const foreign = findForeign({ host: headers.host, origin: headers.origin }, { port: socket.localPort ?? 0, hosts })
    if (foreign !== undefined) {
      reply.writeHead(errorTable[foreign].http, {
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        connection: 'close',
      })
      reply.end(told(foreign))
      return
    }
    const alive = request.url === '/livez'
    const ready = JSON.stringify({ ready: false, why: 'ledger.unavailable' })
    reply.writeHead(alive ? 200 : 503, {
      'content-type': alive || request.url === '/readyz' ? 'application/json' : 'application/problem+json',
      'cache-control': 'no-store',
      'retry-after': '1',
      connection: 'close',
    })
    reply.end(alive ? JSON.stringify({ live: true }) : request.url === '/readyz' ? ready : told('ledger.unavailable'))
  })
  server.maxConnections = limits.connections
  server.listen({ host, port })
  await once(server, 'listening')
  return server
}

async function close(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}
