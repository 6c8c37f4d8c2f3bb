import { CommandError } from '../exit.ts'
import { openProofKey } from '../proof-key.ts'
import { findIssuer, revoke } from './issuer.ts'
import { forgetLogin, type Login, makeEndable, readLogin, whileKept } from './kept.ts'
import { endSessions, type Gates } from './sessions.ts'

/** What could not be told, and ends by itself. */
export interface Untold {
  /** Domains whose sessions last until then. */
  readonly gates: readonly string[]
  readonly issuer: boolean
}

/** Ends a login, its sessions and what runs in them. It is forgotten here, whatever cannot be told. Undefined: nobody was logged in. */
export async function endLogin(dir: string, gates: Gates): Promise<Untold | undefined> {
  if (!(await whileKept(dir, async () => makeEndable(dir)))) return { gates: Object.keys(gates), issuer: true }
  const untold = await endSessions(dir, gates)
  const login = await whileKept(dir, async () => {
    const last = readLogin(dir)
    forgetLogin(dir)
    return last
  })
  return login && { gates: untold, issuer: !(await isRevoked(dir, login)) }
}

async function isRevoked(dir: string, { issuer, client, refresh }: Login): Promise<boolean> {
  if (refresh === undefined) return true
  try {
    return await revoke(await findIssuer(issuer, client, openProofKey(dir)), refresh)
  } catch (error) {
    if (error instanceof CommandError) return false
    throw error
  }
}

export function tellUntold({ gates, issuer }: Untold, say: (text: string) => void): void {
  if (gates.length > 0) say(`these gates could not be told; their sessions last until they end by themselves: ${gates.join(', ')}`)
  if (issuer) say('the issuer could not be told; the login lasts there until it ends by itself')
}
