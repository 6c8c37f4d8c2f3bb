import { CommandError } from '../exit.ts'
import type { Caller } from '../identity.ts'
import { openProofKey } from '../proof-key.ts'
import { findIssuer, renew } from './issuer.ts'
import { keepLogin, type Login, requireLogin, whileKept } from './kept.ts'

/** Milliseconds that a token must still be good for, to be sent. */
const margin = 20_000

const isLive = (login: Login): boolean => login.accessExpires - margin > Date.now()

/** Whoever is logged in, with a token that is good now: renewed where it has to be. */
export async function liveCaller(dir: string): Promise<Caller> {
  const login = requireLogin(dir)
  return callerOf(dir, isLive(login) ? login : await whileKept(dir, () => renewed(dir)))
}

export const callerOf = (dir: string, { access, bound }: Login): Caller => ({
  token: access,
  ...(bound && { key: openProofKey(dir) }),
})

/** Another command may have renewed it meanwhile. */
async function renewed(dir: string): Promise<Login> {
  const login = requireLogin(dir)
  if (isLive(login)) return login
  const { issuer, client, resource, refresh } = login
  if (refresh === undefined) throw new CommandError('refused', 'the login is over', { help: 'Log in with `selvage login`.' })
  const next = { ...login, ...(await renew(await findIssuer(issuer, client, openProofKey(dir)), refresh, resource)) }
  keepLogin(dir, next)
  return next
}
