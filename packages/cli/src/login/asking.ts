import { renewRecord } from '../device-management.ts'
import { CommandError } from '../exit.ts'
import { type Caller, demoCaller } from '../identity.ts'
import { openProofKey } from '../proof-key.ts'
import { readLogin, requireLogin } from './kept.ts'
import { liveCaller } from './live-token.ts'
import { type At, isOver, openAnew } from './sessions.ts'

export interface Who {
  readonly as?: string
  readonly for?: string
  readonly purpose?: string
}

/** Who asks of others, for whom no purpose is stated. */
export async function whoever(dir: string, as: string | undefined, usual: string): Promise<Caller> {
  if (as !== undefined || readLogin(dir) === undefined) return demoCaller(dir, as ?? usual)
  await renewRecord(dir, openProofKey(dir).thumbprint, Date.now())
  return liveCaller(dir)
}

/** With what a gate is asked. */
export interface Asking {
  readonly caller: Caller
  /** For the body, where the caller's token is no session's handle. */
  readonly session?: string
}

/**
 * Who asks: the login that `--as` names, else whoever is logged in, else the demo's `usual` one.
 * A session that the gate has no longer is opened anew, once, while its purpose is in use.
 */
export async function asWhoever<T>(dir: string, who: Who, at: At, usual: string, work: (asking: Asking) => Promise<T>): Promise<T> {
  if (who.as !== undefined || readLogin(dir) === undefined) return work({ caller: await demoCaller(dir, who.as ?? usual, who.for) })
  if (who.for !== undefined) throw new CommandError('usage', '--for is for an agent: name it with --as')
  await renewRecord(dir, openProofKey(dir).thumbprint, Date.now())
  if (who.purpose !== undefined) return work({ caller: await liveCaller(dir) })
  try {
    return await work(await inUse(dir, at))
  } catch (error) {
    if (!isOver(error) || readLogin(dir)?.use === undefined) throw error
    await openAnew(dir, at)
    return work(await inUse(dir, at))
  }
}

/** The session of this gate; where no purpose is in use, whoever is logged in. */
async function inUse(dir: string, at: At): Promise<Asking> {
  if (handleAt(dir, at) === undefined) await openAnew(dir, at)
  const handle = handleAt(dir, at)
  if (handle === undefined) return { caller: await liveCaller(dir) }
  if (requireLogin(dir).bound) return { caller: { token: handle, key: openProofKey(dir) } }
  return { caller: await liveCaller(dir), session: handle }
}

function handleAt(dir: string, { domain }: At): string | undefined {
  const { sessions } = requireLogin(dir)
  const session = Object.hasOwn(sessions, domain) ? sessions[domain] : undefined
  return session !== undefined && session.expires > Date.now() ? session.handle : undefined
}
