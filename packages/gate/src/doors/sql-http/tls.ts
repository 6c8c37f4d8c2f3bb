import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { TLSSocket, type TlsOptions } from 'node:tls'
import type { Config } from '../../config.ts'

/**
 * A client is asked for a certificate and need not have one: most prove themselves by their token, or by a key of their own. One that is
 * not of `clientCa` is as none (`shownBy`).
 */
export function readTls({ key, certificate, clientCa }: NonNullable<Config['tls']>): TlsOptions {
  return {
    key: readFileSync(key),
    cert: readFileSync(certificate),
    ...(clientCa === undefined ? {} : { ca: readFileSync(clientCa) }),
    minVersion: 'TLSv1.2',
    requestCert: true,
    rejectUnauthorized: false,
  }
}

/** DER of the certificate whose key the other end of a connection has proven, if it counts here. */
export function shownBy(socket: Socket, tls: Config['tls']): Uint8Array | undefined {
  if (tls === undefined || !(socket instanceof TLSSocket)) return undefined
  if (tls.clientCa !== undefined && !socket.authorized) return undefined
  return socket.getPeerX509Certificate()?.raw
}
