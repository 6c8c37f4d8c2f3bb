import type { Middleware } from 'oidc-provider'
import { deviceGrant } from './protocol.ts'

/** Seconds between two questions for one code (RFC 8628, 3.2), at first and how much more each time that somebody asks too soon. */
const interval = 1
const slower = 5
/** Milliseconds that a question may come early: it takes its time to get here. */
const leeway = 250
const most = 1_000

interface Poll {
  readonly expiresAt: number
  readonly wait: number
  readonly askedAt: number
}

export interface Polls {
  readonly open: (code: string, expiresIn: number) => void
  readonly close: (code: string) => void
  /** The error that is told where oidc-provider, which keeps no time and forgets what expired, would tell `error`. */
  readonly refine: (code: string, error: string) => string
}

/** Who waits for an approval (RFC 8628, 3.5): the latest 1,000 codes. */
export function createPolls(now: () => number): Polls {
  const polls = new Map<string, Poll>()
  const pace = (code: string, poll: Poll): string => {
    const soon = now() - poll.askedAt < poll.wait * 1_000 - leeway
    polls.set(code, { ...poll, wait: poll.wait + (soon ? slower : 0), askedAt: now() })
    return soon ? 'slow_down' : 'authorization_pending'
  }
  return {
    open: (code, expiresIn) => {
      polls.set(code, { expiresAt: now() + expiresIn * 1_000, wait: interval, askedAt: 0 })
      const [oldest = ''] = polls.keys()
      if (polls.size > most) polls.delete(oldest)
    },
    close: code => void polls.delete(code),
    refine: (code, error) => {
      const poll = polls.get(code)
      if (poll === undefined) return error
      if (error === 'invalid_grant' && now() >= poll.expiresAt) return 'expired_token'
      return error === 'authorization_pending' ? pace(code, poll) : error
    },
  }
}

interface Answer {
  readonly device_code?: string
  readonly expires_in?: number
  readonly access_token?: string
  readonly error?: string
}

/** Tells clients how often to ask, and those that ask more often to slow down. */
export const keepPace =
  (polls: Polls): Middleware =>
  async (ctx, next) => {
    await next()
    const { route, params } = ctx.oidc ?? {}
    const answer = ctx.body as Answer
    if (route === 'device_authorization' && answer.device_code !== undefined) {
      polls.open(answer.device_code, answer.expires_in ?? 0)
      ctx.body = { ...answer, interval }
    }
    if (route !== 'token' || params?.grant_type !== deviceGrant) return
    const code = String(params.device_code)
    if (answer.access_token !== undefined) polls.close(code)
    if (answer.error !== undefined) ctx.body = { ...answer, error: polls.refine(code, answer.error) }
  }
