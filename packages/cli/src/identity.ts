import { fetchDemoToken } from '@selvage/testkit/issuer-client'
import { renewRecord } from './device-management.ts'
import { CommandError } from './exit.ts'
import { openProofKey, type ProofKey } from './proof-key.ts'
import { type DevState, readDevState } from './state.ts'

/** `LOGIN[@ISSUER]`, the first issuer when none is named; `forLogin`: as an agent, for a person. */
export async function demoToken(state: DevState, as: string, forLogin?: string, jkt?: string): Promise<string> {
  const [login, alias] = as.split('@') as [string, string?]
  const name = alias ?? Object.keys(state.issuers)[0] ?? ''
  const issuer = Object.hasOwn(state.issuers, name) ? state.issuers[name] : undefined
  if (issuer === undefined)
    throw new CommandError('usage', `there is no issuer ${name}`, { help: `Issuers: ${Object.keys(state.issuers).join(', ')}` })
  try {
    return await fetchDemoToken({ issuer, login, jkt, ...(forLogin === undefined ? {} : { for: forLogin }) })
  } catch (cause) {
    const unreachable = cause instanceof TypeError
    throw new CommandError(
      unreachable ? 'unavailable' : 'refused',
      unreachable ? `the issuer ${name} cannot be reached` : `the issuer gave no token for ${as}`,
      { help: `Logins: ${state.logins.join(', ')}`, cause },
    )
  }
}

/** Who sends requests to gates: a token, or the handle of a session, and the key that it is bound to. */
export interface Caller {
  readonly token: string
  /** Undefined where an issuer binds its tokens to none. */
  readonly key?: ProofKey
}

/** A demo login on this machine, whose device management says anew how it is, where that is due. */
export async function demoCaller(dir: string, as: string, forLogin?: string): Promise<Required<Caller>> {
  const key = openProofKey(dir)
  await renewRecord(dir, key.thumbprint, Date.now())
  return { token: await demoToken(readDevState(dir), as, forLogin, key.thumbprint), key }
}
