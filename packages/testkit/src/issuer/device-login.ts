import type { errors as Errors, Middleware, PageContext } from 'oidc-provider'
import type { Guesses } from './guesses.ts'
import { type Asked, codePage, confirmPage, donePage, outOfDate, pageHeaders, refusedPage, sorryPage } from './pages.ts'
import { readPurpose } from './purpose-detail.ts'

const devicePath = '/device'
const maxSoftware = 200
const maxCode = 32

/** Logging a device in (RFC 8628): what oidc-provider is told of it, and the pages that it shows instead of its own. */
export const createDeviceFlow = (guesses: Guesses): object => ({
  enabled: true,
  deviceInfo: (ctx: PageContext): Asked => ({
    client: ctx.oidc.client?.clientId ?? '',
    address: ctx.ip,
    // attacker-controlled
    software: ctx.get('user-agent').slice(0, maxSoftware),
    purpose: readPurpose(ctx.oidc.params?.authorization_details),
  }),
  userCodeInputSource: (ctx: PageContext, _form: string, _out: unknown, error?: Error) =>
    error === undefined ? askForCode(ctx, guesses) : sayWhatIsWrong(ctx, error.name, guesses),
  userCodeConfirmSource: (ctx: PageContext, _form: string, _client: unknown, asked: Asked, code: string) =>
    show(ctx, 200, confirmPage(secretOf(ctx), code, asked)),
  successSource: async (ctx: PageContext) => {
    // The next login in this browser is nobody's who was here before.
    await ctx.oidc.session.destroy()
    show(ctx, 200, donePage(ctx.oidc.session.accountId ?? ''))
  },
})

/**
 * Before oidc-provider, which would answer an address that holds a code with a page that needs a script; and it looks
 * up as many codes as somebody likes to guess.
 */
export const holdCode =
  (guesses: Guesses): Middleware =>
  async (ctx, next) => {
    if (ctx.path !== devicePath) return next()
    const { user_code: code } = ctx.query
    if (ctx.method !== 'POST') ctx.querystring = ''
    if (typeof code === 'string') ctx.state.userCode = code.slice(0, maxCode)
    if (!guesses.spent()) return next()
    show(ctx, 429, sorryPage('Too many codes were wrong. Wait for a minute, then open the address that your device shows again.'))
  }

async function askForCode(ctx: PageContext, guesses: Guesses): Promise<void> {
  const { userCode } = ctx.state
  if (userCode === undefined) return show(ctx, 200, codePage(secretOf(ctx), false))
  const code = await ctx.oidc.provider.DeviceCode.findByUserCode(userCode.toUpperCase().replace(/\W/g, ''))
  if (code !== undefined && !code.isExpired && !code.error && !code.accountId && !code.inFlight)
    return show(ctx, 200, confirmPage(secretOf(ctx), shownCode(code.userCode), code.deviceInfo as Asked))
  if (code === undefined) guesses.count()
  show(ctx, 400, codePage(secretOf(ctx), true))
}

const aboutCodes: Readonly<Record<string, boolean>> = {
  NoCodeError: false,
  NotFoundError: true,
  ExpiredError: true,
  AlreadyUsedError: true,
}

/** `name`: of one of oidc-provider's errors. */
function sayWhatIsWrong(ctx: PageContext, name: string, guesses: Guesses): void {
  if (name === 'NotFoundError') guesses.count()
  const wrong = aboutCodes[name]
  if (name === 'AbortedError') show(ctx, 200, refusedPage())
  else if (wrong !== undefined) show(ctx, 400, codePage(secretOf(ctx), wrong))
  else {
    // oidc-provider would save a session that it never began.
    if (ctx.oidc.session.exp === undefined) ctx.oidc.session.touched = false
    show(ctx, ctx.status, sorryPage(outOfDate))
  }
}

/** As a device shows it, of its letters alone. */
export const shownCode = (letters: string): string => `${letters.slice(0, 4)}-${letters.slice(4)}`

const secretOf = (ctx: PageContext): string => ctx.oidc.session.state?.secret ?? ''

export function show(ctx: Pick<PageContext, 'status' | 'body' | 'set'>, status: number, html: string): void {
  ctx.status = status
  ctx.set(pageHeaders)
  ctx.body = html
}

/** RFC 9396, as far as it is shown to whoever approves; it gives nothing. Who names no scope (RFC 8628 asks for none) has `openid`. */
export const deviceParameters = (errors: typeof Errors) => ({
  authorization_details: (ctx: { readonly oidc: { readonly params: { scope?: string | undefined } } }, text: unknown): void => {
    ctx.oidc.params.scope ??= 'openid'
    if (text !== undefined && readPurpose(text) === undefined)
      throw new errors.InvalidAuthorizationDetails('one detail of the type selvage, with a purpose, is taken')
  },
})

/** Seconds for which a login can be renewed, however often: one that is renewed ends when the first one would have. */
const longestLogin = 12 * 3_600
export const refreshLifetime = (ctx: { oidc?: { entities: { RotatedRefreshToken?: { remainingTTL: number } } } }): number =>
  ctx.oidc?.entities.RotatedRefreshToken?.remainingTTL ?? longestLogin
