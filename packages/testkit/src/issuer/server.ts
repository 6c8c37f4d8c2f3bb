import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { IssuerConfig } from './config.ts'
import { createProvider } from './provider.ts'

export interface RunningIssuer {
  readonly alias: string
  readonly url: string
  readonly close: () => void
}

const host = '127.0.0.1'

/** Listens on loopback only, then makes the provider: its name is the address that it got. */
export async function startIssuer(mesh: string, stateDir: string, config: IssuerConfig): Promise<RunningIssuer> {
  let provided: (answer: RequestListener) => void = () => undefined
  const answers = new Promise<RequestListener>(resolve => {
    provided = resolve
  })
  let authority = ''
  // Whoever comes before the provider is made waits for it: a request without a listener would never be answered.
  const server = createServer((request, response) => {
    void answers.then(answer => {
      // A page in a browser that reaches this machine by another name, or asks from another origin, is not served.
      const { host: named, origin } = request.headers
      if (named !== authority) response.writeHead(421).end()
      else if (origin !== undefined && origin !== `http://${authority}`) response.writeHead(403).end()
      else answer(request, response)
    })
  })
  await listen(server, config.port)
  authority = `${host}:${(server.address() as AddressInfo).port}`
  const url = `http://${authority}`
  provided(await createProvider({ issuer: url, audience: `selvage:${mesh}`, config, stateDir }))
  return { alias: config.alias, url, close: () => server.close().closeAllConnections() }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
}
