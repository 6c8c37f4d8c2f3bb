import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Interaction, Provider } from 'oidc-provider'
import type { Person } from './config.ts'
import { shownCode } from './device-login.ts'
import { type Asked, type Logins, loginPage, outOfDate, pageHeaders, sorryPage } from './pages.ts'

const maxBody = 4_096
export const interactionPath = '/interaction/'

interface Options {
  readonly provider: Provider
  readonly people: ReadonlyMap<string, Person>
  readonly audience: string
}

/**
 * The page on which somebody says who they are, and approves. Which login it is about, a cookie of oidc-provider's says
 * that no other page knows; other origins do not come here (server.ts).
 */
export async function answerInteraction(options: Options, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const interaction = await options.provider.interactionDetails(request, response)
    if (request.url !== `${interactionPath}${interaction.uid}`) throw new Error('the cookie of another login')
    const page = await pageOf(options, interaction)
    if (request.method !== 'POST') return show(response, 200, loginPage(page, false))
    const form = new URLSearchParams(await bodyOf(request))
    if (form.get('answer') !== 'approve') return await options.provider.interactionFinished(request, response, { error: 'access_denied' })
    const login = form.get('username') ?? ''
    if (!page.logins.includes(login)) return show(response, 400, loginPage(page, true))
    const grantId = await grant(options, interaction, login)
    await options.provider.interactionFinished(request, response, { login: { accountId: login, remember: false }, consent: { grantId } })
  } catch {
    show(response, 400, sorryPage(outOfDate))
  }
}

async function pageOf({ provider, people }: Options, { deviceCode }: Interaction): Promise<Logins> {
  const code = await provider.DeviceCode.find(deviceCode ?? '', { ignoreSessionBinding: true })
  if (code === undefined || code.isExpired) throw new Error('a login that nobody waits for')
  const logins = [...people.values()].filter(({ kind }) => kind === 'User').map(({ login }) => login)
  return { logins, code: shownCode(code.userCode), asked: code.deviceInfo as Asked }
}

function grant({ provider, audience }: Options, { params }: Interaction, accountId: string): Promise<string> {
  const given = new provider.Grant({ accountId, clientId: String(params.client_id) })
  given.addOIDCScope('openid offline_access')
  given.addResourceScope(audience, '')
  return given.save()
}

/** attacker-controlled. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > maxBody) throw new RangeError('a form that is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

const show = (response: ServerResponse, status: number, html: string): void => void response.writeHead(status, pageHeaders).end(html)
