import { readConfig } from './config.ts'
import { type RunningIssuer, startIssuer } from './server.ts'

/**
 * The development issuers: `node main.js [CONFIG.json]`. Says on stdout, in one line of JSON, when they
 * are ready; ends on SIGTERM, and when stdin ends.
 */
async function main(): Promise<void> {
  if (process.env.NODE_ENV === 'production') throw new Error('these issuers give tokens to anybody; they do not run in production')
  const running: RunningIssuer[] = []
  const stop = (): void => {
    for (const issuer of running) issuer.close()
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  const { mesh, stateDir, issuers } = await readConfig(process.argv[2], stop)
  for (const issuer of issuers) running.push(await startIssuer(mesh, stateDir, issuer))
  const urls = Object.fromEntries(running.map(({ alias, url }) => [alias, url]))
  process.stdout.write(`${JSON.stringify({ ready: true, issuers: urls })}\n`)
}

main().catch(error => {
  process.stderr.write(`issuers: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
