import { browse } from './browser.ts'

export interface Approval {
  /** `verification_uri_complete`; or `verification_uri`, with the `userCode`. */
  readonly verificationUri: string | URL
  readonly userCode?: string
  /** One of the issuer's people of the kind User. */
  readonly login: string
  readonly refuse?: boolean
}

/**
 * Answers a device authorization (RFC 8628) of a development issuer: goes through its pages as somebody does whose browser runs
 * no scripts. Throws where a page says that it did not work.
 */
export async function approveDevice({ verificationUri, userCode, login, refuse = false }: Approval): Promise<void> {
  const answers = { username: login, password: '', ...(userCode !== undefined && { user_code: userCode }) }
  await browse(new URL(verificationUri), answers, undefined, refuse ? 'refusing' : 'given')
}
