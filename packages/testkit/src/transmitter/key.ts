import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'

export interface TransmitterKey {
  readonly kid: string
  /** RSA, 2048 bits. */
  readonly privateKey: KeyObject
}

export const newKey = (kid: string): TransmitterKey => ({ kid, privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey })

export const publicJwk = ({ kid, privateKey }: TransmitterKey): JsonWebKey => ({
  ...createPublicKey(privateKey).export({ format: 'jwk' }),
  kid,
  alg: 'RS256',
  use: 'sig',
})
