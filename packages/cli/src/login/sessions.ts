import { z } from 'zod'
import { CommandError } from '../exit.ts'
import { callGate } from '../gate-client.ts'
import type { Caller } from '../identity.ts'
import { openProofKey } from '../proof-key.ts'
import { keepLogin, type Login, readLogin, requireLogin, whileKept } from './kept.ts'
import { liveCaller } from './live-token.ts'

export interface At {
  readonly domain: string
  /** Address of its gate. */
  readonly http: string
}

/** Gates by domain. */
export type Gates = Readonly<Record<string, { readonly http: string }>>

export type Use = NonNullable<Login['use']>

const openedShape = z.looseObject({ session: z.string().max(200), expires: z.iso.datetime() })

/** What a gate said of a session: until when it lasts (ISO 8601), or why there is none. */
export interface Told {
  readonly domain: string
  readonly expires?: string
  readonly refused?: CommandError
}

/** What became of the sessions that were, and of those that are to be. */
export interface Used {
  readonly told: readonly Told[]
  /** Domains whose sessions of the purpose before last until they end by themselves. */
  readonly untold: readonly string[]
}

/** A purpose at each gate that lets one declare it; the sessions of another purpose end first. */
export async function usePurpose(dir: string, gates: Gates, use: Use): Promise<Used> {
  const untold = await endSessions(dir, gates)
  const caller = await liveCaller(dir)
  const told = await Promise.all(Object.entries(gates).map(([domain, { http }]) => openAt(caller, domain, http, use)))
  await whileKept(dir, async () => {
    const sessions = Object.fromEntries(told.flatMap(({ domain, kept }) => (kept === undefined ? [] : [[domain, kept]])))
    const { use: _before, ...login } = requireLogin(dir)
    keepLogin(dir, { ...login, sessions, ...(Object.keys(sessions).length > 0 && { use }) })
  })
  return { told: told.map(({ kept: _secret, ...rest }) => rest), untold }
}

type Kept = Login['sessions'][string]

async function openAt(caller: Caller, domain: string, gate: string, { purpose, reason, until }: Use): Promise<Told & { kept?: Kept }> {
  const seconds = Math.max(1, Math.floor((until - Date.now()) / 1_000))
  try {
    const body = { purpose, reason, seconds }
    const { session, expires } = await callGate({ gate, path: '/v1/sessions', caller, body }, openedShape)
    return { domain, expires, kept: { handle: session, expires: Date.parse(expires) } }
  } catch (error) {
    if (error instanceof CommandError) return { domain, refused: error }
    throw error
  }
}

/** With what runs in them. Gates that could not be told are named; their sessions end by themselves. */
export async function endSessions(dir: string, gates: Gates): Promise<string[]> {
  const ended = await whileKept(dir, async () => {
    const login = readLogin(dir)
    if (login === undefined) return undefined
    const { use: _use, ...rest } = login
    keepLogin(dir, { ...rest, sessions: {} })
    return login
  })
  const open = Object.entries(ended?.sessions ?? {}).filter(([, { expires }]) => expires > Date.now())
  const untold = await Promise.all(
    open.map(async ([domain, { handle }]) => ((await endAt(dir, ended!, gates[domain]?.http, handle)) ? [] : [domain])),
  )
  return untold.flat()
}

async function endAt(dir: string, login: Login, gate: string | undefined, handle: string): Promise<boolean> {
  if (gate === undefined) return false
  try {
    const caller = login.bound ? { token: handle, key: openProofKey(dir) } : await liveCaller(dir)
    await callGate({ gate, method: 'DELETE', path: `/v1/sessions/${login.bound ? 'current' : handle}`, caller }, z.unknown())
    return true
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return isOver(error)
  }
}

/** The gate has it no longer: it started anew, or something ended the session. */
export const isOver = (error: unknown): boolean =>
  error instanceof CommandError && (error.json as { code?: unknown } | undefined)?.code === 'identity.session'

/** A session at one gate, while a purpose is in use. Throws what the gate said. */
export async function openAnew(dir: string, { domain, http }: At): Promise<void> {
  const { use } = requireLogin(dir)
  if (use === undefined || use.until <= Date.now()) return
  const { kept, refused } = await openAt(await liveCaller(dir), domain, http, use)
  if (kept === undefined) throw refused
  await whileKept(dir, async () => {
    const login = requireLogin(dir)
    keepLogin(dir, { ...login, sessions: { ...login.sessions, [domain]: kept } })
  })
}
