import { rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { Part } from './process.ts'

/** Stops and starts parts of a running `selvage dev`: over a socket in its state folder, which only its owner may enter. */
export function serveParts(path: string, parts: ReadonlyMap<string, Part>): Server {
  rmSync(path, { force: true })
  const server = createServer((incoming, reply) => {
    const [, verb, name] = (incoming.url ?? '').split('/')
    const part = parts.get(name ?? '')
    const work = part === undefined ? undefined : verb === 'stop' ? part.stop() : verb === 'start' ? part.start() : undefined
    if (work === undefined) return void reply.writeHead(404).end()
    work.then(
      () => reply.end(),
      () => reply.writeHead(500).end(),
    )
  })
  server.listen(path)
  return server
}

export const askParts = (path: string, verb: 'stop' | 'start', name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    request({ socketPath: path, path: `/${verb}/${name}`, method: 'POST' }, reply => {
      reply.resume()
      reply.once('end', () => (reply.statusCode === 200 ? resolve() : reject(new Error(`${verb} ${name}: ${reply.statusCode}`))))
    })
      .once('error', reject)
      .end()
  })
