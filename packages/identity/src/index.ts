export { bearerToken } from './bearer-token.ts'
export { createKeySource, type KeySource, type KeySourceOptions, type Log } from './key-source.ts'
export { createVerifier, type Verified, type Verifier, type VerifierOptions } from './verifier.ts'
