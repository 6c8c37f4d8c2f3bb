import { createServer } from 'node:net'
import { CommandError } from '../exit.ts'

/** The wanted port, or the next free one on loopback. */
export async function freePort(wanted: number, taken: Set<number>): Promise<number> {
  for (let port = wanted; port < wanted + 200 && port < 65_536; port++) {
    if (taken.has(port) || !(await isFree(port))) continue
    taken.add(port)
    return port
  }
  throw new CommandError('unavailable', `no port from ${wanted} on is free`, { help: 'Name another with --port-base.' })
}

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
