import { fetchDemoToken } from '@selvage/testkit/issuer-client'
import { CommandError } from './exit.ts'
import type { DevState } from './state.ts'

/** `LOGIN[@ISSUER]`, the first issuer when none is named; `forLogin`: as an agent, for a person. */
export async function demoToken(state: DevState, as: string, forLogin?: string): Promise<string> {
  const [login, alias] = as.split('@') as [string, string?]
  const name = alias ?? Object.keys(state.issuers)[0] ?? ''
  const issuer = Object.hasOwn(state.issuers, name) ? state.issuers[name] : undefined
  if (issuer === undefined)
    throw new CommandError('usage', `there is no issuer ${name}`, { help: `Issuers: ${Object.keys(state.issuers).join(', ')}` })
  try {
    return await fetchDemoToken({ issuer, login, ...(forLogin === undefined ? {} : { for: forLogin }) })
  } catch (cause) {
    const unreachable = cause instanceof TypeError
    throw new CommandError(
      unreachable ? 'unavailable' : 'refused',
      unreachable ? `the issuer ${name} cannot be reached` : `the issuer gave no token for ${as}`,
      { help: `Logins: ${state.logins.join(', ')}`, cause },
    )
  }
}
