/** Issuers that we did not write, for tests: they are fetched, built, started and stopped here. */
export { type GoIssuer, type GoIssuerOptions, prepareGoIssuer, startGoIssuer } from './go-issuer.ts'
export { type Keycloak, prepareKeycloak, startKeycloak } from './keycloak/keycloak.ts'
export type { Login } from './oauth/browser.ts'
export { type Client, type ClientOptions, createClient } from './oauth/client.ts'
export { type Exchange, exchange, loginAsProgram, loginByCode, loginByDevice, renew, type Tokens } from './oauth/flows.ts'
export { createProofKey, type ProofKey } from './oauth/proof-key.ts'
export { goIssuerParts, keycloakParts, missingParts, type Part } from './parts.ts'
