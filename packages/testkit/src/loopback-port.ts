import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * A free port on loopback. It lies below those that the kernel gives to outgoing connections: a slow server may bind it
 * much later, and no connection takes it meanwhile.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(20_000, 32_000)
    if (await isFree(port)) return port
  }
  throw new Error('no port on loopback is free')
}

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
