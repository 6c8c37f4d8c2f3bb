import { goIssuerParts, keycloakParts, missingParts, prepareGoIssuer, prepareKeycloak } from '@selvage/testkit/foreign'

/** Before the suites, so that none waits for what another builds. What cannot be made here is told by the suites. */
export default async function prepare(): Promise<void> {
  if (missingParts(keycloakParts).length === 0) await prepareKeycloak()
  if (missingParts(goIssuerParts).length === 0) await prepareGoIssuer()
}
