import { join } from 'node:path'
import { formatPublicKey, parsePublicKey, signingKeyFile } from '@selvage/bundle'
import pino from 'pino'
import { openCentre } from './centre.ts'
import { readConfig } from './config.ts'
import { createServer } from './server.ts'

/** Composition root: `node main.js CONFIG.json`. Says on stdout, in one line of JSON, when it is ready. */
async function main(): Promise<void> {
  const config = readConfig(process.argv[2] ?? '')
  const log = pino({ name: 'control' }, pino.destination(2))
  const privateKey = signingKeyFile(join(config.stateDir, 'keys', 'freshness.pem'))
  const centre = openCentre({
    mesh: config.mesh,
    stateDir: config.stateDir,
    centreKey: parsePublicKey(config.centreKey),
    key: { id: 'control', privateKey },
    now: Date.now,
  })
  const server = createServer(centre, (event, attributes) => log.info({ event, ...attributes }), config.hosts)
  const url = await server.listen({ host: config.host, port: config.port })
  process.stdout.write(`${JSON.stringify({ ready: true, url, freshnessKey: formatPublicKey(privateKey) })}\n`)
  log.info({ event: 'control.ready', url })
  const stop = (): void => {
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  if (config.attached) process.stdin.once('end', stop).resume()
}

await main()
